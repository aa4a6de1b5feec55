"""Where the API key comes from: the argument, the environment, this process's memory, the system's keyring."""

from __future__ import annotations

import getpass
import os

from ipyscribe.errors import MissingKeyError, ParameterError
from ipyscribe.protocol.secret import Secret, hidden

ENVIRONMENT = "ASSEMBLYAI_API_KEY"
_SERVICE, _ACCOUNT = "ipyscribe", "assemblyai"
_remembered: list[str] = []


def find_key(api_key: str | None = None) -> str | None:
    """The key from ``api_key``, then ``ASSEMBLYAI_API_KEY``, then ``login()``, then the keyring; or None."""
    if api_key is not None:
        return check_key(hidden(api_key))
    in_environment = Secret(os.environ.get(ENVIRONMENT, "").strip())
    if in_environment:
        return check_key(in_environment)
    if _remembered:
        return _remembered[-1]
    return _from_keyring()


def check_token(token: object) -> str:
    """The temporary token without surrounding space. Raises ``ParameterError``, which does not repeat it."""
    token = hidden(token)
    text = _one_word(token)
    if not text:
        raise ParameterError(
            "The temporary token is empty or contains characters that no token has.",
            advice="Give the result of ipyscribe.temporary_token() as token=, or a function that returns such a token.",
        )
    return text


def _one_word(text: object) -> str:
    word = Secret(text.strip()) if isinstance(text, str) else ""
    return word if word.isascii() and word.isprintable() and " " not in word else ""


def check_key(key: str) -> str:
    """The key without surrounding space. Raises ``ParameterError``, which does not repeat it."""
    key = _one_word(hidden(key))
    if not key:
        raise ParameterError(
            "The API key is empty or contains characters that no key has.",
            advice="Copy it again from AssemblyAI's dashboard.",
        )
    if key.lower().startswith("bearer"):
        raise ParameterError("The API key starts with 'Bearer'.", advice="Give the key alone.")
    return key


def login(api_key: str | None = None) -> str:
    """Ask for the key without showing it, and keep it in the system's keyring, or in memory where there is none.

    Returns a sentence that says where it was kept.
    """
    api_key = Secret(getpass.getpass("AssemblyAI API key (it is not shown): ")) if api_key is None else hidden(api_key)
    key = check_key(api_key)
    _remembered[:] = [key]
    try:
        import keyring

        keyring.set_password(_SERVICE, _ACCOUNT, key)
    except Exception:  # keyring is optional, and each back end has its own errors
        return "The key is kept in memory until this process ends."
    return "The key is kept in this system's keyring."


def logout() -> None:
    """Forget the key that ``login()`` kept, here and in the keyring."""
    _remembered.clear()
    try:
        import keyring

        keyring.delete_password(_SERVICE, _ACCOUNT)
    except Exception:
        return


def require_key(api_key: str | None, reason: str) -> str:
    """``find_key`` or ``MissingKeyError``; ``reason`` says what needs a key, as the beginning of a sentence."""
    key = find_key(api_key)
    if key is None:
        raise MissingKeyError(
            f"{reason} and no API key was found.",
            advice=f"Run ipyscribe.login(), set {ENVIRONMENT}, or choose 'local-whisper-tiny.en', which needs none.",
        )
    return key


def _from_keyring() -> str | None:
    try:
        import keyring

        key: str | None = keyring.get_password(_SERVICE, _ACCOUNT)
    except Exception:
        return None
    return Secret(key) if key else None
