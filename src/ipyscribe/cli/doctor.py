"""A check of this computer and its network, a line for each topic."""

from __future__ import annotations

import argparse
import sys

from ipyscribe.cli.waiting import waiting
from ipyscribe.diagnostics import doctor
from ipyscribe.diagnostics.checks import CHECKS
from ipyscribe.plain_text import plain

_QUESTION = "Record two seconds of this machine's microphone and play them back? [y/N] "


def check(options: argparse.Namespace) -> int:
    """Print the report as it grows; returns 0, or 1 where something has to be fixed."""
    only = options.only or CHECKS
    microphone = options.microphone
    if microphone is None:
        microphone = "sound" in only and sys.stdin.isatty() and sys.stdout.isatty() and _agreed()
    report = doctor(microphone=microphone, only=only, endpoint=options.endpoint)
    findings = report.follow()
    while True:
        with waiting("Checking"):
            finding = next(findings, None)
        if finding is None:
            return 0 if report.ok else 1
        print(plain(finding.line), flush=True)


def _agreed() -> bool:
    try:
        return input(_QUESTION).strip().lower() in ("y", "yes")
    except EOFError:
        return False
