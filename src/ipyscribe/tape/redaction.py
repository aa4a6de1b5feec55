"""What is kept off a tape: keys and tokens, paths, names of the user, the computer and its devices."""

from __future__ import annotations

import contextlib
import functools
import getpass
import platform
import re
from collections.abc import Mapping
from typing import Any

from ipyscribe.audio.block import AudioSource
from ipyscribe.protocol.parameters import PARAMETERS, bare_address
from ipyscribe.protocol.secret import HIDDEN, SECRET_SETTINGS, SecretMask

_NO_SECRETS = SecretMask()
_SHORTEST = 4
_ORDINARY_NAMES = frozenset(("root", "user", "admin", "runner", "jovyan", "localhost", "computer", "host"))
_QUOTED_PATH = re.compile(r"""(['"])(?:~|/|\\\\|[A-Za-z]:[\\/])[^'"\n]*[\\/]([^'"\\/\n]+)\1""")
_PATH = re.compile(r"""(?<![\w:/\\.])(?:~?/|[A-Za-z]:[\\/]|\\\\)(?:[^\s'"\\/:,;()<>|]+[\\/])+([^\s'"\\/,;()<>|]*)""")
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_IN_BRACKETS = re.compile(r" \([^()\n]*\)")


def redacted_text(text: str, mask: SecretMask = _NO_SECRETS) -> str:
    """``text`` without secrets, folders, and the names of the user and the computer."""
    text = _QUOTED_PATH.sub(r"\1\2\1", mask.text(text))
    text = _PATH.sub(r"\1", text)
    for name in _own_names():
        text = re.sub(rf"(?<![\w]){re.escape(name)}(?![\w])", HIDDEN, text)
    return text


def redacted_device_text(text: str, mask: SecretMask = _NO_SECRETS) -> str:
    """The same for texts about a microphone, whose name may hold a serial number or a person's name."""
    return _IN_BRACKETS.sub("", _QUOTED.sub(f"'{HIDDEN}'", redacted_text(text, mask)))


def source_summary(source: AudioSource) -> dict[str, Any]:
    """A source for the manifest: its kind and length, and a file's name without its folder."""
    summary = {"kind": type(source).__name__, "live": source.live, "duration_s": source.duration_s}
    return summary if source.live else summary | {"label": redacted_text(str(source.label))}


def redacted_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a connection without the values that are secret."""
    return {name: _redacted_value(name, value) for name, value in parameters.items()}


def secrets_in(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that are secret, and the parts of an address that may be."""
    secrets = [str(value) for name, value in parameters.items() if _is_secret(name)]
    secrets += _secrets_in_url(str(parameters.get("webhook_url", "")))
    return tuple(value for value in secrets if len(value) >= _SHORTEST)


def _secrets_in_url(url: str) -> list[str]:
    """Name and password, query and fragment of an address, each as it stands there.

    Not the bare values: "true" is one of many, and a frame without it would be no JSON.
    """
    after_host = "".join(re.findall(r"[?#].*", url, re.DOTALL)[:1])
    user, at, _ = url.removesuffix(after_host).partition("://")[2].partition("/")[0].rpartition("@")
    return [user + at, after_host, *(pair for pair in re.split(r"[?&#]", after_host) if "=" in pair)]


def _redacted_value(name: str, value: Any) -> Any:
    if _is_secret(name):
        return HIDDEN
    return bare_address(value) if name == "webhook_url" else value


def _is_secret(name: str) -> bool:
    return name in SECRET_SETTINGS or (name in PARAMETERS and PARAMETERS[name].secret)


@functools.cache
def _own_names() -> tuple[str, ...]:
    names = {platform.node(), platform.node().partition(".")[0]}
    with contextlib.suppress(OSError, KeyError, ImportError):  # an account without a name
        names.add(getpass.getuser())
    return tuple(name for name in names if len(name) >= _SHORTEST and name.lower() not in _ORDINARY_NAMES)
