"""The local server in the foreground, with its address, token and certificate on standard output."""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
from pathlib import Path
from typing import TextIO

from ipyscribe import local
from ipyscribe.errors import ParameterError, StorageError
from ipyscribe.local.journal import Journal
from ipyscribe.local.tls import TLS, certificate, one_day_certificate

_WHO_MAY_CONNECT = (
    "no token: programs of this computer may connect, and pages whose address begins with http://localhost, "
    "http://127.0.0.1 or http://[::1] (or https), with any port; no other page"
)


def serve(options: argparse.Namespace) -> int:
    """Serve until a signal comes; returns 0."""
    if "list" in options.fault:
        for name, kind in local.FAULT_KINDS.items():
            print(f"{name:15} {kind.meaning} (at {', '.join(kind.stages)})")
        return 0
    script = local.ScriptedRecognition.from_file(options.script) if options.script else None
    recorded: tuple[local.RecordedConnection, ...] = ()
    if options.tape:
        from ipyscribe.cli.tape_frames import recorded_of

        script, recorded = local.ScriptedRecognition({"turns": []}), recorded_of(options.tape)
    faults = [local.parse_fault(text) for text in options.fault]
    token = _token(options)
    lines = [] if options.token else [_WHO_MAY_CONNECT if token is None else f"token {token}"]

    with contextlib.ExitStack() as stack:
        tls = _tls(options, stack)
        if tls is not None and tls.authority is not None:
            lines.append(f"ca {tls.authority}")
        return local.serve(
            host=options.host,
            port=options.port,
            tls=None if tls is None else tls.context,
            token=token,
            model_dir=options.model,
            load=(lambda: script) if script else None,
            simulate=options.simulate,
            formatting=options.formatting,
            older=options.older,
            faults=faults,
            watch=Journal(stack.enter_context(_opened_log(options.log))) if options.log else None,
            recorded=recorded,
            idle_exit_s=options.idle_exit,
            exit_with_stdin=options.exit_with_stdin,
            announce=lambda line: print(line, *lines, sep="\n", flush=True),
        )


def _token(options: argparse.Namespace) -> str | None:
    if options.token == "-":  # noqa: S105 - stands for standard input
        return sys.stdin.readline().strip() or None
    if options.token is None and not options.no_token:
        return secrets.token_urlsafe(24)
    return str(options.token) if options.token else None


def _tls(options: argparse.Namespace, stack: contextlib.ExitStack) -> TLS | None:
    if options.cert:
        return certificate(options.cert, options.key)
    if options.key:
        raise ParameterError(
            "--key was given without --cert.", advice="Give both, or use --tls for a temporary certificate."
        )
    return stack.enter_context(one_day_certificate()) if options.tls else None


def _opened_log(path: str) -> TextIO:
    try:
        return Path(path).open("a", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The log {path!r} cannot be written ({error.strerror or error}).", advice="Name another file."
        ) from None
