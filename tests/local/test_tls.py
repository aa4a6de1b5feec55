"""TLS of the local server: certificates for a day and of one's own, and what cannot be one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
import websocket
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from local.harness import Client, CountingRecognition, running
from local.scripts import SECOND
from local.test_limits import idle

from ipyscribe.errors import LocalServerError
from ipyscribe.local import parse_fault
from ipyscribe.local.server import MOST_PENDING
from ipyscribe.local.tls import TLS, certificate, one_day_certificate


@pytest.fixture(scope="module")
def one_day() -> Iterator[TLS]:
    with one_day_certificate() as tls:
        yield tls


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ca.pem``, ``cert.pem`` and ``key.pem`` of somebody's own, and keys that do not fit."""
    folder = tmp_path_factory.mktemp("pem")
    authority = trustme.CA()
    leaf, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    other.private_key_pem.write_to_path(str(folder / "other.pem"))
    (folder / "locked.pem").write_bytes(encrypted(leaf.private_key_pem.bytes()))
    (folder / "empty.pem").write_bytes(b"")
    return folder


def encrypted(private_key_pem: bytes) -> bytes:
    key = load_pem_private_key(private_key_pem, None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


def test_of_connections_that_begin_no_handshake_few_are_kept(one_day: TLS) -> None:
    assert one_day.authority is not None
    trust = {"ca_certs": str(one_day.authority)}
    with running(CountingRecognition, tls=one_day.context) as url, Client(url, sslopt=trust) as session:
        session.until("Begin")
        with idle(urlsplit(url).port or 0, left=MOST_PENDING):
            session.audio(SECOND)
            session.send(type="Terminate")
            session.until("Termination")
            with Client(url, sslopt=trust) as another:
                another.until("Begin")


def test_a_certificate_for_a_day_serves_every_name_of_this_computer(one_day: TLS) -> None:
    assert one_day.authority is not None
    with running(CountingRecognition, tls=one_day.context) as url:
        assert url.startswith("wss://127.0.0.1:")
        for host in ("127.0.0.1", "localhost"):
            with Client(url.replace("127.0.0.1", host), sslopt={"ca_certs": str(one_day.authority)}) as client:
                client.until("Begin")
                if host == "localhost":
                    served = client.socket.sock.getpeercert(binary_form=True)
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(url)
    leaf = x509.load_der_x509_certificate(served)
    lifetime_h = (leaf.not_valid_after_utc - leaf.not_valid_before_utc).total_seconds() / 3600
    assert lifetime_h == 25


def test_a_connection_that_is_dropped_ends_without_a_close_frame(one_day: TLS) -> None:
    assert one_day.authority is not None
    with (
        running(CountingRecognition, tls=one_day.context, faults=[parse_fault("drop@begin")]) as url,
        Client(url, sslopt={"ca_certs": str(one_day.authority)}) as client,
    ):
        client.until("Begin")
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            client.next()
        assert client.close_code is None


@pytest.mark.parametrize(("cert", "key"), [("cert.pem", "key.pem"), ("both.pem", None)])
def test_a_certificate_of_ones_own(pem: Path, cert: str, key: str | None) -> None:
    tls = certificate(pem / cert, None if key is None else pem / key)
    assert tls.authority is None
    with running(CountingRecognition, tls=tls.context) as url:
        url = url.replace("127.0.0.1", "localhost")
        with Client(url, sslopt={"ca_certs": str(pem / "ca.pem")}) as client:
            client.until("Begin")


@pytest.mark.parametrize(
    ("cert", "key", "message"),
    [
        ("cert.pem", "other.pem", "key values mismatch"),
        ("cert.pem", None, "is not a certificate with its private key"),
        ("empty.pem", None, "is not a certificate with its private key"),
        ("cert.pem", "locked.pem", "passphrase"),
        ("absent.pem", None, "absent.pem' cannot be read"),
        ("cert.pem", "absent.pem", "absent.pem' cannot be read"),
    ],
)
def test_what_is_not_a_certificate_with_its_key(pem: Path, cert: str, key: str | None, message: str) -> None:
    with pytest.raises(LocalServerError, match=message) as caught:
        certificate(pem / cert, None if key is None else pem / key)
    assert caught.value.advice
