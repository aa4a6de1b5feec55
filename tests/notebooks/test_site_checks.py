"""The build of the site fails for a broken link, a missing docstring and a failing cell, and says where each is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebooks.running import ROOT, tool

MODULE = '''
"""A module."""
def bare():
    pass
class Thing:
    """A thing."""
    def bare(self):
        pass
    def documented(self):
        """What it does."""
'''
PAGE = """
# Pages

[A page](nowhere.md), [a heading](#nothing).

```{eval-rst}
.. autofunction:: tiny_module.bare
.. autoclass:: tiny_module.Thing
```

```{toctree}
failing
```
"""


@pytest.mark.kernel
@pytest.mark.timeout(600)
def test_each_problem_fails_the_build_with_a_line_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "extra").mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "site" / "static", source / "static")
    shutil.copy(ROOT / "docs" / "site" / "conf.py", source)
    (source / "index.md").write_text(PAGE, encoding="utf-8")
    (source / "tiny_module.py").write_text(MODULE, encoding="utf-8")
    cells = [nbformat.v4.new_markdown_cell("# Failing"), nbformat.v4.new_code_cell("1 / 0")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), source / "failing.ipynb")
    command = [sys.executable, str(ROOT / "tools" / "site.py"), "--source", str(source), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(source)}, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for line in (
        "index.md:4: WARNING: 'myst' cross-reference target not found: 'nowhere.md'",
        "WARNING: 'myst' cross-reference target not found: 'nothing'",
        "WARNING: function tiny_module.bare has no docstring",
        "WARNING: tiny_module.Thing.bare has no docstring",
        "error: failing.ipynb: ZeroDivisionError: division by zero",
    ):
        assert line in done.stderr
    assert "documented has no docstring" not in done.stderr


def test_links_of_built_pages_lead_somewhere(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">T</h1><a href="pages/one.html#part">1</a><a href="#top">2</a><a href="https://example.com/no">3</a>'
        '<iframe src="pages/none.html"></iframe><a href="pages/one.html#gone">4</a><img src="data:image/png;base64,">',
        encoding="utf-8",
    )
    (tmp_path / "pages" / "one.html").write_text('<p id="part"><a href="..">up</a>', encoding="utf-8")
    assert tool("site").broken_links(tmp_path) == [
        "index.html: pages/none.html leads to no file.",
        "index.html: pages/one.html#gone leads to no such place in its page.",
    ]


def test_the_empty_corner_of_a_table_is_no_header() -> None:
    table = '<tr style="text-align: right;">\n<th class="corner">{}</th>\n<th>start_ms</th></tr>'
    for nothing in ("", "<p></p>", "\n"):
        assert '<td class="corner"></td>\n<th>start_ms</th>' in tool("site").named(table.format(nothing))


def test_lines_of_prose_may_break_and_columns_may_not() -> None:
    output = (
        '<div class="output stream highlight-myst-ansi"><div class="highlight"><pre><span></span>{}\n</pre></div></div>'
    )
    for text, prose in (("One sentence\n  and <b>another</b>", True), ("errors    3\nwords   119", False)):
        assert ("output prose stream" in tool("site").with_prose(output.format(text))) is prose
