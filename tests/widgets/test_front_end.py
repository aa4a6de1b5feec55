from __future__ import annotations

import re

import pytest

import ipyscribe.widgets  # noqa: F401  defines every view
from ipyscribe.widgets.shared.front_end import script, style
from ipyscribe.widgets.shared.view import View


def below(view: type[View]) -> set[type[View]]:
    return {view}.union(*map(below, view.__subclasses__()))


MODULES = sorted({view.front for view in below(View) if view.front})


def test_every_view_is_here() -> None:
    assert len(MODULES) >= 7


@pytest.mark.parametrize("name", MODULES)
def test_a_module_stands_alone(name: str) -> None:
    text = script(name)
    assert "import " not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert text.count("export ") == text.count("export default") == 1
    assert text.count("function make(") == 1
    names = re.findall(
        r"^(?:export default )?(?:async )?(?:const|let|function|class) (\w+)(?! = \$\{)\b", text, flags=re.MULTILINE
    )
    assert [name for name in names if names.count(name) > 1] == [], "modules share one scope once they are one text"


SVG = "http://www.w3.org/2000/svg"
"""The name of a kind of elements, which no page fetches."""


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_fetched_and_no_markup_is_made_of_text(name: str) -> None:
    both = (script(name) + style(name)).replace(SVG, "")
    assert re.search(r"https?://|@import|url\(", both) is None
    assert re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", both) is None
