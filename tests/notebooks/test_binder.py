"""What Binder would build from ``binder/`` agrees with the package, so that its notebooks run there."""

from __future__ import annotations

import os
import subprocess
import tomllib

from notebooks.running import ROOT
from packaging.requirements import Requirement

BINDER = ROOT / "binder"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def lines(name: str) -> list[str]:
    return (BINDER / name).read_text(encoding="utf-8").split("\n")[:-1]


def test_the_package_comes_whole_from_this_repository() -> None:
    assert lines("requirements.txt")[:2] == ["-c ../tools/tested-versions.txt", "-e .[all]"]
    [everything] = PROJECT["project"]["optional-dependencies"]["all"]
    optional = set(PROJECT["project"]["optional-dependencies"]) - {"all"}
    assert Requirement(everything).extras == optional


def test_the_server_brings_sound_during_cells_and_the_kernel_is_not_one_that_is_refused() -> None:
    wanted = {each.name: each for each in map(Requirement, lines("requirements.txt")[2:])}
    developed = [Requirement(each) for each in PROJECT["dependency-groups"]["notebook"] if isinstance(each, str)]
    assert wanted["jupyter-server-proxy"] in developed
    for refused in ("7.0.0", "7.0.1"):
        assert not wanted["ipykernel"].specifier.contains(refused)


def test_python_and_system_packages_are_those_that_the_package_needs() -> None:
    [runtime] = lines("runtime.txt")
    version = runtime.removeprefix("python-")
    assert Requirement(f"python{PROJECT['project']['requires-python']}").specifier.contains(version)
    for package in lines("apt.txt"):
        assert f"need {package}" in (ROOT / "tools" / "setup").read_text(encoding="utf-8")


def test_the_last_step_is_a_script() -> None:
    assert os.access(BINDER / "postBuild", os.X_OK)
    subprocess.run(["sh", "-n", BINDER / "postBuild"], check=True)
