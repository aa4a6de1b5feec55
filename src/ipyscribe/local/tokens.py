"""Temporary tokens: ``GET /v3/token`` and what a session may do with one.

A token says until when it opens a session and how long that session may last. It is signed with a secret of
the server's own, so that the server remembers none of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ipyscribe.local.values import RefusalError

TOKEN_PATH = "/v3/token"  # noqa: S105 - a path
LONGEST_SESSION_S = 10_800

_UNAUTHORIZED = "Unauthorized Connection"
_LIMITS = {"expires_in_seconds": (1, 600), "max_session_duration_seconds": (60, LONGEST_SESSION_S)}


class Authenticator:
    """Knows the key (None: there is none) and signs tokens."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self._secret = secrets.token_bytes(32)

    def admit(self, header: str | None, token: str | None) -> int | None:
        """Judge a session's ``Authorization`` header or ``token``; a token's longest session in s, None for a key.

        Raises ``RefusalError`` (1008).
        """
        credential = header or token
        longest_s = None if credential is None else self._longest_of(credential)
        if longest_s is not None:
            return longest_s
        if self._key is None:
            return None
        if not credential:
            raise RefusalError(1008, f"{_UNAUTHORIZED}: Missing Authorization header")
        if not _same(credential, self._key):
            raise RefusalError(1008, f"{_UNAUTHORIZED}: Invalid API key")
        return None

    def answer(self, header: str | None, query: Mapping[str, str]) -> tuple[HTTPStatus, dict[str, Any]]:
        """The answer to ``GET /v3/token``: status and JSON body. Here ``Bearer KEY`` counts as ``KEY``."""
        problems = [] if header else [_problem("missing", ("header", "authorization"), "Field required", None, {})]
        values = {}
        for name, (low, high) in _LIMITS.items():
            value, detail = _limited(name, query.get(name), low, high)
            problems += [detail] if detail else []
            values[name] = value
        if problems:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": problems}
        if self._key is not None and not _same((header or "").removeprefix("Bearer "), self._key):
            return HTTPStatus.UNAUTHORIZED, {"error": "Invalid API key"}
        expires_s = values["expires_in_seconds"]
        token = self._mint(time.time() + expires_s, values["max_session_duration_seconds"])
        return HTTPStatus.OK, {"token": token, "expires_in_seconds": expires_s}

    def _mint(self, opens_until: float, longest_s: int) -> str:
        claims = json.dumps({"until": opens_until, "longest_s": longest_s, "salt": secrets.token_hex(8)})
        body = base64.urlsafe_b64encode(claims.encode())
        return f"{body.decode()}.{self._sign(body)}"

    def _longest_of(self, credential: str) -> int | None:
        """The longest session of a token of ours, None for anything else. Raises if its time is over."""
        body, _, signature = credential.encode().rpartition(b".")
        if not body or not hmac.compare_digest(signature, self._sign(body).encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(body))
        if time.time() > claims["until"]:
            raise RefusalError(1008, f"{_UNAUTHORIZED}: Signature has expired")
        return int(claims["longest_s"])

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()


def _same(credential: str, key: str) -> bool:
    return hmac.compare_digest(credential.encode(), key.encode())


def _limited(name: str, text: str | None, low: int, high: int) -> tuple[int, dict[str, Any] | None]:
    location = ("query", name)
    if text is None:
        missing = None if name.startswith("max") else _problem("missing", location, "Field required", None, {})
        return high, missing
    try:
        value = int(text)
    except ValueError:
        message = "Input should be a valid integer, unable to parse string as an integer"
        return high, _problem("int_parsing", location, message, text, {})
    if value < low:
        message = f"Input should be greater than or equal to {low}"
        return high, _problem("greater_than_equal", location, message, text, {"ge": low})
    if value > high:
        message = f"Input should be less than or equal to {high}"
        return high, _problem("less_than_equal", location, message, text, {"le": high})
    return value, None


def _problem(
    error_type: str, location: tuple[str, str], message: str, credential: str | None, limits: dict[str, int]
) -> dict[str, Any]:
    detail = {"type": error_type, "loc": list(location), "msg": message, "input": credential}
    return {**detail, "ctx": limits} if limits else detail
