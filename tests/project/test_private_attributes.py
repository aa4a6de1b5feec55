"""A test uses a private attribute of another object only with a comment that says why."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
PUBLIC_PROTOCOLS = frozenset({"_replace", "_fields", "_asdict", "_exit"})
"""Public in spite of the underscore, as all ``_names_`` are: of named tuples, and ``os._exit``."""
PRIVATE = re.compile(r"_[A-Za-z](\w*[^\W_])?")
IN_A_PROGRAM = re.compile(r"(?<!\bself)(?<!\bcls)(?<=[\w)\]])\.(_[A-Za-z]\w*)")
PATCHES = frozenset({"setattr", "delattr", "getattr", "setitem"})


def is_private(name: str) -> bool:
    return PRIVATE.fullmatch(name) is not None and name not in PUBLIC_PROTOCOLS


def private_uses(text: str) -> Iterator[int]:
    """The line of each use; what stands in a string may be a program for another process."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if any(map(is_private, names_in(node))):
            yield node.lineno if isinstance(node, ast.Call | ast.ImportFrom) else node.end_lineno  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                if any(map(is_private, IN_A_PROGRAM.findall(lines[number - 1]))):
                    yield number


def names_in(node: ast.AST) -> list[str]:
    """The names by which ``node`` reaches into another object or module."""
    match node:
        case ast.Attribute(value=ast.Name(id="self" | "cls")):
            return []
        case ast.Attribute(attr=name):
            return [name]
        case ast.ImportFrom(module=str(module), names=names):
            return [*module.split("."), *(alias.name for alias in names)]
        case ast.Call(func=ast.Attribute(attr=call) | ast.Name(id=call), args=[_, ast.Constant(value=str(name)), *_]):
            return [name] if call in PATCHES else []
    return []


def commented(text: str) -> set[int]:
    """The lines with a comment on them or right before them; those of programs in strings count too."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = set()
    for token in tokens:
        if token.type == tokenize.COMMENT:
            comments.add(token.start[0])
        elif token.type == tokenize.STRING and "\n" in token.string:
            for offset, line in enumerate(token.string.splitlines()):
                if re.search(r"(^|\s)# \w", line):
                    comments.add(token.start[0] + offset)
    return comments | {number + 1 for number in comments}


def test_private_attributes_come_with_a_reason() -> None:
    bare = []
    for path in sorted(TESTS.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        bare += [f"{path.relative_to(TESTS)}:{line}" for line in sorted(set(private_uses(text)) - commented(text))]
    assert bare == []


def test_a_use_without_a_reason_is_found() -> None:
    # Examples, of which the fourth and fifth reach into an object by a string.
    lines = ("a._b", "self._b", "a._repr_html_()", 'setattr(a, "_b", 1)', 'run("a._b")', "a._b  # why", "# why", "a._b")
    text = "\n".join((*lines, "from a._b import c"))  # an import too
    assert sorted(set(private_uses(text)) - commented(text)) == [1, 4, 5, 9]
