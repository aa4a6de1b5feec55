"""All checks, one after the other, into one report."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from ipyscribe.access.keys import find_key
from ipyscribe.diagnostics.credentials import check_key
from ipyscribe.diagnostics.installation import check_extras, check_packages, check_python
from ipyscribe.diagnostics.network import check_network, check_proxy
from ipyscribe.diagnostics.notebook import check_notebook
from ipyscribe.diagnostics.recogniser import check_recogniser
from ipyscribe.diagnostics.report import Finding, Report
from ipyscribe.diagnostics.sound import check_devices, play_back, record_microphone
from ipyscribe.errors import ParameterError
from ipyscribe.protocol.secret import hidden

CHECKS = ("installation", "notebook", "sound", "network", "key", "recogniser")


def doctor(
    *,
    microphone: bool = False,
    play: bool | None = None,
    only: Sequence[str] = CHECKS,
    endpoint: str | None = None,
    api_key: str | None = None,
) -> Report:
    """Check this computer, its network and its notebook; the report is returned at once and grows for about 15 s.

    In a notebook, make it the last expression of a cell. ``microphone=True`` records two seconds of the default input
    of the machine where Python runs; nothing is recorded otherwise. ``play`` plays them on that machine; by default
    only outside of notebooks, as a notebook's page can play them. ``only`` names some of "installation", "notebook",
    "sound", "network", "key" and "recogniser". ``endpoint`` is an address to try instead of AssemblyAI's hosts, with
    ``api_key`` if it wants one.

    The key, if one is found, goes to AssemblyAI's host with a request for a temporary token, which costs nothing; no
    session is opened there. Raises ``ParameterError``.
    """
    api_key = hidden(api_key)
    names = [only] if isinstance(only, str) else list(only)
    unknown = [name for name in names if name not in CHECKS]
    if unknown or not names:
        raise ParameterError(f"only={only!r:.80} cannot be used.", advice=f"Expected some of: {', '.join(CHECKS)}.")
    report = Report()
    checks: dict[str, Callable[[], Iterable[Finding]]] = {
        "installation": lambda: (check_python(), check_packages(), check_extras()),
        "notebook": lambda: (check_notebook(),),
        "sound": lambda: _sound(report, microphone=microphone, play=play),
        "network": lambda: (check_proxy(), *check_network(endpoint, key_found=_has_key(api_key))),
        "key": lambda: (check_key(endpoint, api_key),),
        "recogniser": lambda: (check_recogniser(),),
    }
    chosen = [(name, checks[name]) for name in CHECKS if name in names]
    threading.Thread(target=_run, args=(report, chosen), name="ipyscribe-doctor", daemon=True).start()
    return report


def _run(report: Report, checks: Iterable[tuple[str, Callable[[], Iterable[Finding]]]]) -> None:
    try:
        for name, check in checks:
            try:
                for finding in check():
                    report.add(finding)
            except Exception as error:  # one check that fails must not hide what the others find
                report.add(Finding(name, "fix", f"this check failed ({type(error).__name__}: {error})."))
    finally:
        report.finish()


def _sound(report: Report, *, microphone: bool, play: bool | None) -> Iterable[Finding]:
    yield check_devices()
    if not microphone:
        return
    finding, report.recording = record_microphone()
    yield finding
    if report.recording and (play if play is not None else not check_notebook().text.startswith("ipykernel")):
        yield play_back(report.recording)


def _has_key(api_key: str | None) -> bool:
    try:
        return find_key(api_key) is not None
    except ParameterError:
        return True
