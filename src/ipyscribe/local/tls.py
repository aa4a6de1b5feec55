"""TLS for the local server: a certificate of the user's, or one that is valid for a day."""

from __future__ import annotations

import contextlib
import datetime
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ipyscribe.errors import LocalServerError, MissingDependencyError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_VALIDITY = datetime.timedelta(days=1)
_CLOCK_ERROR = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TLS:
    """The server's side of TLS. Clients trust it by ``authority``, a PEM file; None where the user's own is served."""

    context: ssl.SSLContext
    authority: Path | None = None


def certificate(cert: str | Path, key: str | Path | None = None) -> TLS:
    """TLS with the PEM file ``cert``, a certificate or a chain of them, and its private ``key``.

    Without ``key`` the private key is expected in ``cert``. Raises ``LocalServerError``.
    """
    for path in (cert, *([] if key is None else [key])):
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise LocalServerError(
                f"{str(path)!r} cannot be read ({error.strerror or error}).", advice="Name a PEM file."
            ) from None
    context = _context()
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except ssl.SSLError as error:
        raise LocalServerError(
            f"{str(cert)!r}{'' if key is None else f' with the key {str(key)!r}'} is not a certificate with its "
            f"private key ({(error.reason or 'no PEM data').replace('_', ' ').lower()}).",
            advice="Give PEM files that belong together: --cert FILE --key FILE.",
        ) from None
    return TLS(context)


@contextlib.contextmanager
def one_day_certificate() -> Iterator[TLS]:
    """TLS with a certificate for the names of this computer that is valid for a day.

    The authority that signs it exists for this call alone: its private key is written nowhere, and the file of its
    certificate is deleted at the end. Raises ``MissingDependencyError``.
    """
    try:
        import trustme
    except ImportError:
        raise MissingDependencyError("trustme", purpose="A certificate for --tls", extra="tls") from None
    authority = trustme.CA(organization_name="ipyscribe")
    context = _context()
    now = datetime.datetime.now(datetime.UTC)
    leaf = authority.issue_cert(*LOOPBACK_NAMES, not_before=now - _CLOCK_ERROR, not_after=now + _VALIDITY)
    leaf.configure_cert(context)
    with tempfile.TemporaryDirectory(prefix="ipyscribe-tls-") as folder:
        path = Path(folder, "ca.pem")
        authority.cert_pem.write_to_path(str(path))
        yield TLS(context, path)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _no_password() -> NoReturn:
    """OpenSSL would ask at the terminal, where nobody may be."""
    raise LocalServerError(
        "The private key is protected by a passphrase.", advice="Give one without: openssl pkey -in KEY -out NEW"
    )
