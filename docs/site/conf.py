"""Sphinx: the documents, the lessons with their outputs, and the reference, as pages that need no network."""

from __future__ import annotations

import inspect
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

import ipyscribe

project = "ipyscribe"
author = "The ipyscribe developers"
copyright = "The ipyscribe developers, MIT licence"  # noqa: A001
version = release = ipyscribe.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["README.md"]
nitpicky = False
suppress_warnings = ["mystnb.unknown_mime_type"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_dmath_double_inline = False

nb_execution_mode = "force"
nb_execution_raise_on_error = False  # which would end the build with advice to report a bug of Sphinx; -W fails it too
nb_execution_timeout = 600
nb_execution_show_tb = False
nb_merge_streams = True
# Widgets live only with a kernel. Each leaves an element that shows nothing; the saved copy beside it is shown.
nb_ipywidgets_js: dict[str, Any] = {}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", 0)]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "inherited-members": False, "show-inheritance": False}
add_module_names = False
default_role = None

html_theme = "furo"
html_title = "ipyscribe"
html_extra_path = ["extra"]
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_search_summary = False  # it fetches pages, which a browser allows no page that was opened from disk
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {"navigation_with_keys": False}

_log = logging.getLogger(__name__)


def _require_docstrings(_: Sphinx, kind: str, name: str, value: Any, __: Any, lines: list[str]) -> None:
    """A missing docstring is a warning, and each warning fails the build. Autodoc leaves out methods without one."""
    if not any(line.strip() for line in lines):
        _log.warning("%s %s has no docstring", kind, name)
    if inspect.isclass(value):
        for member, each in vars(value).items():
            documentable = inspect.isroutine(each) or isinstance(each, property)
            if documentable and not member.startswith("_") and not inspect.getdoc(getattr(value, member)):
                _log.warning("%s.%s has no docstring", name, member)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _require_docstrings)
