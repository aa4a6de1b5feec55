"""Temporary tokens, with which a program can open a session without having the key."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib import error as urllib_error
from urllib import request as urllib_request
from urllib.parse import urlencode, urlsplit

from ipyscribe.access.endpoint import PATH, Address, remote_endpoint
from ipyscribe.access.local_server import server_of
from ipyscribe.connection.failure import LOOPBACK, connect_error, without_frames
from ipyscribe.errors import ParameterError, TokenError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.closing import server_sentence
from ipyscribe.protocol.models import LOCAL_MODEL
from ipyscribe.protocol.parameters import ALL, Parameter, check_value
from ipyscribe.protocol.secret import SecretMask, hidden

TOKEN_PATH = "/v3/token"  # noqa: S105 - a path
TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 65_536
_EXPIRES = Parameter("expires_in_s", "integer", ALL, "Time in which a session can be opened", "s", 1, 600)
_SESSION = Parameter("max_session_s", "integer", ALL, "Longest session", "s", 60, 10_800)


def temporary_token(
    *, expires_in_s: int, max_session_s: int | None = None, endpoint: str | None = None, api_key: str | None = None
) -> str:
    """A token that opens a session for ``expires_in_s`` seconds (1 to 600) from now, instead of the key.

    The session may last ``max_session_s`` seconds (60 to 10,800; left out, the longest). ``endpoint`` is that of
    the session and ``api_key`` comes from where a session's does. Raises ``ParameterError``,
    ``MissingKeyError``, ``LocalServerError``, the ``ConnectError`` that names the cause, and
    ``TokenError`` with the server's own message.
    """
    api_key = hidden(api_key)
    query = {"expires_in_seconds": check_value(_EXPIRES, expires_in_s)}
    if max_session_s is not None:
        query["max_session_duration_seconds"] = check_value(_SESSION, max_session_s)
    address = _address("edge" if endpoint is None else endpoint, api_key)
    status, body = _get(address, urlencode(query))
    token = body.get("token")
    if status == 200 and isinstance(token, str) and token:
        return token
    text = plain(_error_text(body))
    raise TokenError(
        f"{urlsplit(address.base).netloc} gave no temporary token (HTTP {status}).{server_sentence(text)}",
        status=status,
        advice=_advice(status),
    )


def _address(endpoint: str, api_key: str | None) -> Address:
    if endpoint != "local":
        return remote_endpoint(endpoint, api_key, None, "A temporary token is requested with a key").resolve()
    if api_key is not None:
        raise ParameterError("The local server has a key of its own.", advice="Leave api_key out.")
    return Address(*server_of(LOCAL_MODEL).address())


def _get(address: Address, query: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of the answer. Errors leave out the request, which holds the key."""
    headers = {"User-Agent": "ipyscribe"} | ({"Authorization": address.key} if address.key else {})
    request = urllib_request.Request(f"{_url(address.base)}?{query}", headers=headers)  # noqa: S310 - http or https
    mask = SecretMask(() if address.key is None else (address.key,))
    failure: BaseException
    handlers: list[urllib_request.BaseHandler] = [_NoRedirect()]
    if urlsplit(address.base).hostname in LOOPBACK:
        handlers.append(urllib_request.ProxyHandler({}))
    try:
        try:
            answer = urllib_request.build_opener(*handlers).open(request, timeout=TIMEOUT_S)
        except urllib_error.HTTPError as refusal:
            answer = refusal
        with answer:
            return int(answer.status), _object(mask.data(answer.read(_MAX_ANSWER_BYTES)))
    except BaseException as error:
        failure = without_frames(error)
    # Out of the except block, so that no traceback leads to urllib's frames, in which the key lies.
    if not isinstance(failure, (OSError, http.client.HTTPException)):
        raise failure
    reason = getattr(failure, "reason", failure)
    raise connect_error(reason if isinstance(reason, Exception) else failure, address.base, TIMEOUT_S)


class _NoRedirect(urllib_request.HTTPRedirectHandler):
    """The key must not follow to where another host points."""

    def redirect_request(self, *_: Any) -> None:
        """Nowhere."""


def _url(base: str) -> str:
    parts = urlsplit(base)
    scheme = "https" if parts.scheme == "wss" else "http"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(PATH)}{TOKEN_PATH}"


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _error_text(body: dict[str, Any]) -> str:
    """The text of ``{"error": ...}``, or of each problem in FastAPI's ``{"detail": [{"loc", "msg"}]}``."""
    detail = body.get("detail")
    if isinstance(detail, list):
        problems = [problem for problem in detail if isinstance(problem, dict)]
        return "; ".join(f"{_field(problem)}: {problem.get('msg')}" for problem in problems)[:300]
    text = body.get("error") or body.get("message") or detail or ""
    return str(text)[:300]


def _field(problem: dict[str, Any]) -> str:
    path = problem.get("loc")
    return str(path[-1]) if isinstance(path, list) and path else "request"


def _advice(status: int) -> str:
    match status:
        case 401 | 403:
            return "Check the key with ipyscribe.login(), and the account."
        case 422:
            return "Correct the named value; authorization stands for the key."
        case 429:
            return "Too many requests: wait a minute and try again."
    return "Try again in a moment." if status >= 500 else "Check the endpoint."
