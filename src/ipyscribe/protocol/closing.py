"""Close codes and their texts, as errors with advice.

The server sends an ``Error`` frame and then closes with the same code; the close reason is then only a
pointer to that frame. Older servers put the text into the close reason. 1008 means the key, a token's time or
the number of sessions, told apart by the text.
"""

from __future__ import annotations

from ipyscribe.errors import (
    AudioRuleError,
    AuthenticationError,
    InactivityError,
    InvalidRequestError,
    NetworkLostError,
    RateLimitError,
    ServerFailureError,
    SessionClosedError,
    SessionExpiredError,
    TokenExpiredError,
)
from ipyscribe.plain_text import plain
from ipyscribe.protocol.messages import ServerError

NORMAL = 1000
NO_CLOSE_FRAME = 1006
_POINTER = "see error message for details"


def closing_error(code: int, reason: str, frame: ServerError | None = None) -> SessionClosedError:
    """The error of a close with ``code`` and ``reason``; the text of the ``Error`` frame before it wins."""
    code = frame.code if frame is not None and frame.code is not None else code
    text = plain(frame.text if frame is not None and frame.text else reason)
    if text.lower() == _POINTER:
        text = ""
    kind, cause, advice = _classify(code, text)
    return kind(f"{cause} (close code {code}).{server_sentence(text)}", code=code, reason=text, advice=advice)


def server_sentence(text: str) -> str:
    """The server's own words as a sentence that can follow another; nothing where it had none."""
    if not text:
        return ""
    return f" The server said: {text}" if text.endswith((".", "!", "?")) else f" The server said: {text}."


def _classify(code: int, text: str) -> tuple[type[SessionClosedError], str, str]:
    lowered = text.lower()
    if "too many concurrent" in lowered:
        code = 3009
    elif code == 1008 and ("signature has expired" in lowered or "token has expired" in lowered):
        return (
            TokenExpiredError,
            "The temporary token can no longer open a session",
            "Get another with ipyscribe.temporary_token(), or give token= a function that does so for each connection.",
        )
    elif code == 3006 and "inactivity" in lowered:
        return InactivityError, "The session ended because nothing was sent", "Start again when there is sound."
    return _CODES.get(
        code,
        (
            ServerFailureError,
            "The server ended the session",
            "Start again; if it happens again, look up the close code in AssemblyAI's documentation.",
        ),
    )


_CODES: dict[int, tuple[type[SessionClosedError], str, str]] = {
    1006: (
        NetworkLostError,
        "The connection broke without a close frame",
        "Check the network and start again; the settled turns are kept.",
    ),
    1008: (
        AuthenticationError,
        "The key or the account was not accepted",
        "Check the key with ipyscribe.login(), and the account's balance.",
    ),
    1009: (AudioRuleError, "A message was larger than 128 KB", "Send shorter chunks."),
    1011: (ServerFailureError, "The server failed while it opened the session", "Start again in a moment."),
    3005: (ServerFailureError, "The server failed", "Start again in a moment."),
    3006: (
        InvalidRequestError,
        "The server refused a parameter or a message",
        "Correct the named value and start again.",
    ),
    3007: (
        AudioRuleError,
        "The audio sent broke the server's rules",
        "Send chunks of 50 to 1,000 ms, not faster than real time.",
    ),
    3008: (
        SessionExpiredError,
        "The session reached its maximum duration",
        "Start a new session; the transcript is kept.",
    ),
    3009: (RateLimitError, "Too many new sessions in a minute", "Wait a minute and start again."),
}  # fmt: skip
