"""What the documents for contributors say is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PATH = re.compile(r"(?:src|tests|tools|docs|benchmarks|notebooks|\.ci|\.github)/[\w./-]*\w|\w+\.(?:md|toml|json|py)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def paths_in(document: str) -> set[str]:
    """The paths from the root that stand between backticks, or in commands, of a document."""
    return {path for path in re.findall(PATH, text_of(document)) if "/" in path}


@pytest.mark.parametrize(
    "document", ["docs/architecture.md", "docs/security.md", "CONTRIBUTING.md", "benchmarks/README.md"]
)
def test_every_path_exists(document: str) -> None:
    paths = paths_in(document)
    assert len(paths) >= 5
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {path.parent.name for path in (ROOT / "src" / "ipyscribe").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`src/ipyscribe/{room}`" not in text_of("docs/architecture.md")] == []


def test_every_benchmark_is_described() -> None:
    described = text_of("benchmarks/README.md")
    assert [path.name for path in (ROOT / "benchmarks").glob("*.py") if path.name not in described] == []


def test_the_hooks_of_pre_commit_are_the_checks_of_make_lint() -> None:
    hooks = re.findall(r"^ +entry: (.+)$", text_of(".pre-commit-config.yaml"), re.MULTILINE)
    makefile = text_of("Makefile").replace("$(BIN)", ".venv/bin").replace("$(NPX)", "npx --no --")
    recipes = dict(re.findall(r"^([\w-]+):.*\n((?:\t.+\n)+)", makefile, re.MULTILINE))
    [targets] = re.findall(r"^CHECKS := (.+)$", makefile, re.MULTILINE)
    assert "$(CHECKS)" in recipes["lint"]
    checks = [line.strip() for target in targets.split() for line in recipes[target].splitlines()]
    assert sorted(hooks) == sorted(checks)


def pinned(name: str) -> dict[str, str]:
    lines = [line for line in text_of(f"tools/{name}").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!-]+", line)] == [], "no addresses, no ranges"
    return {canonicalize_name(package): version for package, version in (line.split("==") for line in lines)}


def wanted(groups: list[str], *, extras: bool) -> list[Requirement]:
    project = tomllib.loads(text_of("pyproject.toml"))
    listed = [each for group in groups for each in project["dependency-groups"][group]]
    if extras:
        optional = project["project"]["optional-dependencies"]
        listed += [*project["project"]["dependencies"], *(each for part in optional.values() for each in part)]
    found = [Requirement(each) for each in listed if isinstance(each, str)]
    return [each for each in found if each.name != "ipyscribe"]


@pytest.mark.parametrize(
    ("file", "requirements"),
    [
        ("tested-versions.txt", wanted(["lint", "notebook", "test"], extras=True)),
        ("tested-versions-foreign.txt", wanted(["foreign", "foreign-plugins"], extras=False)),
    ],
)
def test_everything_that_is_installed_has_a_tested_version(file: str, requirements: list[Requirement]) -> None:
    versions = pinned(file)
    assert len(requirements) >= 2
    for each in requirements:
        assert each.specifier.contains(versions[canonicalize_name(each.name)]), each


def test_node_packages_are_exact() -> None:
    versions = re.findall(r'^ {4}"[@\w/-]+": "(.+)",?$', text_of("package.json").split("devDependencies")[1], re.M)
    assert len(versions) >= 4
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
