import re

import pytest

from ipyscribe.widgets.shared.front_end import script, style

FRONTS = [
    "transcriber/controls",
    "transcript/transcript_view",
    "timeline/timeline_view",
    "timeline/travel_bar",
    "microphone/browser_microphone",
    "comparison/comparison_panel",
    "replay/replay_head",
    "save/save_view",
]


@pytest.mark.parametrize("name", FRONTS)
def test_a_module_stands_alone(name: str) -> None:
    text = script(name)
    assert "import " not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert text.count("export ") == text.count("export default") == 1
    assert text.count("function make(") == 1


@pytest.mark.parametrize("name", FRONTS)
def test_nothing_is_fetched_and_no_markup_is_made_of_text(name: str) -> None:
    both = script(name) + style(name)
    assert re.search(r"https?://|@import|url\(", both) is None
    assert re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", both) is None
