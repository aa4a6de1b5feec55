"""Every error of ipyscribe, in one tree.

::

    ScribeError
    ├── ParameterError              an argument that cannot be used
    ├── MissingDependencyError      an optional package is not installed
    ├── MissingKeyError             an AssemblyAI model without an API key
    ├── SessionStateError           a call that the state of a session does not allow
    │   └── SessionLimitError           more new sessions at once than the account may open
    ├── LocalServerError            the loopback server did not start
    ├── UnsupportedKernelError      this version of ipykernel cannot update widgets while idle
    ├── StorageError                a file or folder that cannot be written or read
    ├── TapeError                   a malformed tape, or one without the requested data
    ├── MetricError                 a measure that is undefined for its input
    │   ├── EmptyReferenceError         an error rate for a reference without words
    │   └── MixedScoresError            scores of different normalisers in one table
    ├── AudioError                  no audio could be captured or read
    │   ├── AudioFileError              a file that cannot be read as sound
    │   ├── PortAudioMissingError       the PortAudio library is not installed
    │   ├── NoInputDeviceError          this machine has no microphone
    │   ├── UnknownDeviceError          no device, or several, of that name
    │   ├── DeviceRefusedError          the device exists and could not be opened
    │   └── DeviceLostError             the device was disconnected while it was in use
    ├── ConnectError                no session was opened
    │   ├── ConnectTimeoutError         no answer, or no Begin, in time
    │   ├── HandshakeError              an HTTP answer other than 101
    │   ├── TokenError                  no temporary token was issued
    │   ├── NameResolutionError         the host name is unknown
    │   ├── ConnectionRefusedByHostError  nothing listens there
    │   ├── ProxyConnectError           the proxy did not let the connection through
    │   └── TLSError                    the certificate was not accepted
    └── SessionClosedError          the server ended the session with an error
        ├── AuthenticationError         key, token or account
        │   └── TokenExpiredError           an expired temporary token
        ├── RateLimitError              too many new sessions
        ├── InvalidRequestError         a parameter or message the server refused
        ├── InactivityError             nothing was sent for too long
        ├── AudioRuleError              chunk length, message size or pace
        ├── SessionExpiredError         the maximum session duration was reached
        ├── ServerFailureError          the server's own failure
        └── NetworkLostError            the connection broke without a close frame

Each has a ``message`` that says what happened, ``advice`` on what to do next, and ``retry``, whether the same call
may succeed later. The texts of servers, files and tapes in them are plain.
"""

from typing import ClassVar

from ipyscribe.plain_text import plain


class ScribeError(Exception):
    """Base of all errors.

    ``message`` says what happened and names the value; ``advice`` says what to do next; ``retry`` is true
    where the same call may succeed later; ``docs`` is the address of a page that explains it, where there is one.
    """

    retry = False
    docs: ClassVar[str] = ""

    def __init__(self, message: str, *, advice: str = "") -> None:
        self.message = plain(message)
        self.advice = plain(advice)
        super().__init__(self.message, self.advice)

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ParameterError(ScribeError, ValueError):
    """An argument that cannot be used."""


class MissingDependencyError(ScribeError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, *, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed.",
            advice=f"Install it with: pip install 'ipyscribe[{extra}]'",
        )
        self.package = package
        self.extra = extra


class MissingKeyError(ScribeError):
    """An AssemblyAI model was requested and there is no API key."""


class SessionStateError(ScribeError, RuntimeError):
    """A call that the state of a session does not allow."""


class SessionLimitError(SessionStateError):
    """More sessions would be opened at once than the account is known to open in a minute; none was opened.

    ``sessions`` is how many would be opened, ``allowed`` how many may be.
    """

    def __init__(self, message: str, *, sessions: int, allowed: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.sessions = sessions
        self.allowed = allowed


class LocalServerError(ScribeError):
    """The loopback server with the offline recogniser did not start."""


class MetricError(ScribeError, ValueError):
    """A measure that is undefined for its input."""


class EmptyReferenceError(MetricError):
    """An error rate is undefined for a reference without words."""


class MixedScoresError(MetricError):
    """Scores that were made with different normalisers cannot be added or stand in one table."""


class StorageError(ScribeError, OSError):
    """A file or folder that cannot be written or read: a full disk, a missing folder, no permission.

    ``errno``, ``strerror`` and ``filename`` are those of the system's error, where there was one.
    """

    def __init__(self, message: str, *, advice: str = "", cause: OSError | None = None) -> None:
        super().__init__(message, advice=advice)
        self.errno, self.strerror, self.filename = (
            (None, None, None) if cause is None else (cause.errno, cause.strerror, cause.filename)
        )


class TapeError(ScribeError, ValueError):
    """A malformed tape, or one without the requested data."""


class IncompleteTapeWarning(UserWarning):
    """A tape that is loaded or saved is missing the end of its session."""


class UnsupportedKernelError(ScribeError, RuntimeError):
    """This version of ipykernel cannot update widgets while no cell runs."""


class AudioError(ScribeError):
    """No audio could be captured or read."""


class AudioFileError(AudioError, ValueError):
    """A file that cannot be read as sound."""


class PortAudioMissingError(AudioError):
    """The PortAudio library is not installed on this machine."""


class NoInputDeviceError(AudioError):
    """This machine has no microphone that PortAudio can see."""


class UnknownDeviceError(AudioError, ValueError):
    """No input device, or more than one, has that name."""


class DeviceRefusedError(AudioError):
    """The device exists and could not be opened."""

    retry = True


class DeviceLostError(AudioError):
    """The device was disconnected while it was in use."""

    retry = True


class ConnectError(ScribeError):
    """No session was opened."""

    retry = True


class ConnectTimeoutError(ConnectError, TimeoutError):
    """The host did not answer, or sent no ``Begin``, in time."""


class HandshakeError(ConnectError):
    """The host answered the WebSocket handshake with an HTTP status other than 101.

    ``retry_after_s`` is how long it asked to wait, in seconds, where it did.
    """

    def __init__(self, message: str, *, status: int, advice: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.retry_after_s = retry_after_s
        self.retry = status == 429 or status >= 500


class TokenError(ConnectError):
    """The server issued no temporary token; ``status`` is that of its HTTP answer."""

    def __init__(self, message: str, *, status: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.retry = status == 429 or status >= 500


class NameResolutionError(ConnectError):
    """The host name could not be resolved."""


class ConnectionRefusedByHostError(ConnectError, ConnectionRefusedError):
    """Nothing is listening at that address."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        ConnectError.__init__(self, message, advice=advice)


class ProxyConnectError(ConnectError):
    """The proxy between here and the host did not let the connection through."""


class TLSError(ConnectError):
    """The host's certificate was not accepted."""

    retry = False


class SessionClosedError(ScribeError):
    """The server ended the session with an error.

    ``code`` is the WebSocket close code (RFC 6455, AssemblyAI's 3xxx), ``reason`` the server's own text.
    """

    docs = "https://www.assemblyai.com/docs/streaming/common-session-errors-and-closures"

    def __init__(self, message: str, *, code: int, reason: str = "", advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.code = code
        self.reason = plain(reason)


class AuthenticationError(SessionClosedError):
    """The key, the token or the account was not accepted (1008)."""


class TokenExpiredError(AuthenticationError):
    """The temporary token has expired (1008)."""


class RateLimitError(SessionClosedError):
    """Too many new sessions in a minute (1008 or 3009)."""

    retry = True


class InvalidRequestError(SessionClosedError):
    """A parameter or a message that the server refused (3006)."""


class InactivityError(SessionClosedError):
    """Nothing was sent for longer than ``inactivity_timeout`` (3006)."""

    retry = True


class AudioRuleError(SessionClosedError):
    """Chunk length, message size or pace outside the server's rules (3007, 1009)."""


class SessionExpiredError(SessionClosedError):
    """The maximum session duration was reached (3008)."""

    retry = True


class ServerFailureError(SessionClosedError):
    """The server's own failure (3005, 1011)."""

    retry = True


class NetworkLostError(SessionClosedError):
    """The connection broke without a close frame (1006)."""

    retry = True
    docs = ""
