"""Python, and the packages that ipyscribe and its extras need."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from ipyscribe.diagnostics.report import Finding

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
_PACKAGE = "ipyscribe"
_ALL = "all"
_RECOGNISER = "local"


def check_python() -> Finding:
    """The interpreter, the system, and how many cores there are to work on."""
    system = f"{platform.system()} {platform.machine()}"
    cores = available_cores()
    return Finding(
        "Python",
        "fine",
        f"{platform.python_implementation()} {platform.python_version()} on {system}, "
        f"{cores:g} core{'' if cores == 1 else 's'}; ipyscribe {metadata.version(_PACKAGE)}",
    )


def available_cores() -> float:
    """How many cores this process may use: a container may have part of one, which ``os.cpu_count()`` ignores."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = float(len(affinity(0)) if affinity else os.cpu_count() or 1)
    try:
        quota, period = _CGROUP_LIMIT.read_text(encoding="ascii").split()
        return min(cores, round(int(quota) / int(period), 2))
    except (OSError, ValueError):  # no control groups, or "max"
        return cores


def check_packages() -> Finding:
    """The required packages, in versions that are supported."""
    unusable = _unusable(extra="")
    if not unusable:
        return Finding("packages", "fine", "all installed")
    return Finding(
        "packages",
        "fix",
        f"missing or too old: {', '.join(unusable)}.",
        f"Run: pip install {' '.join(repr(each) for each in unusable)}",
    )


def check_extras() -> Finding:
    """Which extras are installed; without ``local`` nothing can be transcribed without a key."""
    extras = sorted(set(metadata.metadata(_PACKAGE).get_all("Provides-Extra") or ()) - {_ALL})
    missing = [extra for extra in extras if _unusable(extra=extra)]
    if not missing:
        return Finding("extras", "fine", f"all installed: {', '.join(extras)}")
    there = ", ".join(extra for extra in extras if extra not in missing) or "none"
    return Finding(
        "extras",
        "fix" if _RECOGNISER in missing else "note",
        f"installed: {there}; missing: {', '.join(missing)}.",
        f"If you need them: pip install 'ipyscribe[{','.join(missing)}]'",
    )


def installed_version(package: str) -> str:
    """The version of a package; empty where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _unusable(*, extra: str) -> list[str]:
    """The requirements of ``extra``, or those of the package itself, that are not met."""
    unmet = []
    for line in metadata.requires(_PACKAGE) or ():
        requirement = Requirement(line)
        marker = requirement.marker
        belongs = marker is None or marker.evaluate({"extra": extra})
        always = marker is None or marker.evaluate({"extra": ""})
        if not belongs or (extra and always) or requirement.name == _PACKAGE:
            continue
        version = installed_version(requirement.name)
        if not version or not requirement.specifier.contains(version, prereleases=True):
            unmet.append(f"{requirement.name}{requirement.specifier}")
    return unmet
