"""Keys and tokens: a text that no repr shows, and a mask that finds them in whatever spelling a server repeats them."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Self, SupportsIndex, TypeVar
from urllib.parse import quote

HIDDEN = "..."
_SHORTEST = 4
_SHORTEST_IN_BASE64 = 8
_SHORTEST_BEGINNING = 6
SECRET_SETTINGS = ("api_key", "token", "webhook_auth_header_value")
"""The settings of a session that are keys and tokens."""
_NAMED_ENTITIES = {'"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos"}
Value = TypeVar("Value")


class Secret(str):
    """A key or token. It is sent as the text that it is; a traceback that prints variables shows ``'...'``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(HIDDEN)

    def __getitem__(self, index: SupportsIndex | slice) -> Self:
        # rich and pydoc print the beginning of a long text.
        return type(self)(super().__getitem__(index))

    def __add__(self, other: str) -> Self:
        return type(self)(super().__add__(other))


def hidden(value: Value) -> Value:
    """``value``, as a ``Secret`` where it is text."""
    return Secret(value) if isinstance(value, str) else value  # type: ignore[return-value]


def hidden_settings(settings: Mapping[str, Value]) -> dict[str, Value]:
    """A copy of ``settings`` in which keys and tokens are hidden."""
    return {name: hidden(value) if name in SECRET_SETTINGS else value for name, value in settings.items()}


def secrets_among(settings: Mapping[str, object]) -> list[str]:
    """The names of ``settings`` that hold a key or a token."""
    return [name for name in SECRET_SETTINGS if settings.get(name) is not None]


class SecretMask:
    """Takes ``secrets`` out of texts and frames, however they are spelled there.

    As they are; escaped as in JSON (``\\/``, ``\\uXXXX``), in addresses (``%2F``) and in HTML (``&#47;``), each once or
    several times over; in base64, alone or within a longer text.
    """

    def __init__(self, secrets: Iterable[str] = (), *, mask: str = HIDDEN) -> None:
        self._secrets = _longest_first(secret for secret in secrets if len(secret) >= _SHORTEST)
        self._mask, self._mask_bytes = mask, mask.encode()
        literals = _longest_first({*self._secrets, *(text for secret in self._secrets for text in _base64(secret))})
        self._literals = tuple((text, text.encode()) for text in literals)

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def __repr__(self) -> str:
        return f"<SecretMask of {len(self._secrets)}>"

    def text(self, text: str) -> str:
        """``text`` without the secrets."""
        if not self._secrets:
            return text
        for literal, _ in self._literals:
            if literal in text:
                text = text.replace(literal, self._mask)
        if "\\" in text or "%" in text or "&" in text:
            return _escaped(self._secrets)[0].sub(self._replacement(self._mask), text)
        return text

    def data(self, data: bytes) -> bytes:
        """The same of UTF-8."""
        if not self._secrets:
            return data
        for _, literal in self._literals:
            if literal in data:
                data = data.replace(literal, self._mask_bytes)
        if b"\\" in data or b"%" in data or b"&" in data:
            return _escaped(self._secrets)[1].sub(self._replacement(self._mask_bytes), data)
        return data

    def cut_off_text(self, text: str) -> str:
        """``text`` without the secrets, also without the beginning of one where the text was cut off."""
        text = self.text(text)
        for secret in self._secrets:
            for length in range(len(secret) - 1, _SHORTEST_BEGINNING - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + self._mask
        return text

    @staticmethod
    def _replacement(mask: Value) -> Callable[[object], Value]:
        return lambda _: mask  # a template would be looked at for backslashes


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    """One may hold another."""
    return tuple(sorted({str(secret) for secret in secrets}, key=lambda secret: (-len(secret), secret)))


def _base64(secret: str) -> Iterable[str]:
    """What is in any base64 of a text that holds ``secret``: it may begin at each of three places in a group."""
    if len(secret) < _SHORTEST_IN_BASE64:
        return
    for before in range(3):
        bits = 8 * (before + len(secret.encode()))
        whole = base64.b64encode(bytes(before) + secret.encode()).decode()[-(-8 * before // 6) : bits // 6]
        for text in (whole, whole.replace("+", "-").replace("/", "_")):
            yield from (text, text.replace("/", "\\/"), quote(text, safe=""))


@functools.lru_cache(maxsize=64)
def _escaped(secrets: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    pattern = "|".join("".join(map(_spellings, secret)) for secret in secrets)
    return re.compile(pattern), re.compile(pattern.encode())


def _spellings(character: str) -> str:
    """A pattern for ``character`` as it is and escaped. Each way begins with a literal, so that a search is fast."""
    if not character.isascii():
        return re.escape(character)
    percent_code, entity_code = _either_case(f"{ord(character):02x}"), _either_case(f"{ord(character):x}")
    percent = rf"(?:25|\\u0025|%25)*{percent_code}"
    ways = [
        rf"\\\\{{0,3}}u00{percent_code}",
        rf"%{percent}",
        rf"\\\\{{0,3}}u0025{percent}",
        rf"&#0*{ord(character)};",
        rf"&#[xX]0*{entity_code};",
    ]
    if character in _NAMED_ENTITIES:
        ways.append(f"&{_NAMED_ENTITIES[character]};")
    if not character.isalnum():
        ways.append(rf"\\\\{{0,3}}{re.escape(character)}")
    return f"(?:{'|'.join([*ways, re.escape(character)])})"


def _either_case(code: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in code)
