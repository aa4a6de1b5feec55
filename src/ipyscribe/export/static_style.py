"""The look of HTML without script: in the colours of the page that shows it, where the page has said what they are.

JupyterLab, VS Code and the pages of ``Frozen`` name theirs as custom properties; anywhere else it is a light card.
"""

from __future__ import annotations

import base64
import re
from html import escape

from ipyscribe.protocol.html_table import PRINT_RULE

INK, MUTE, LINE, PAPER, WARNING, WARM = (f"var(--{name})" for name in ("k", "m", "l", "p", "w", "v"))
COLOURS = (
    "--p:var(--jp-layout-color0,var(--vscode-editor-background,#fff));"
    "--k:var(--jp-ui-font-color1,var(--vscode-editor-foreground,#1f2430));"
    "--m:var(--jp-ui-font-color2,var(--vscode-descriptionForeground,#5d6673));"
    "--l:var(--jp-border-color2,var(--vscode-panel-border,#dfe3e8));"
    "--w:var(--i-page-warn,var(--jp-error-color0,#b4472f));--v:var(--i-page-warm,transparent)"
)
"""What the frame of a piece of HTML sets for all that is in it."""
_PRINTED = "--p:#fff!important;--k:#1f2430!important;--m:#5d6673!important;--l:#dfe3e8!important;--w:#b4472f!important"
"""Paper is white, whatever the page that is printed: browsers leave backgrounds out."""
PAGE_STYLE = """<style>
:root { color-scheme: light dark; --jp-layout-color0: #fff; --jp-ui-font-color1: #1f2430; --jp-ui-font-color2: #5d6673;
  --jp-border-color2: #dfe3e8; --i-page-warn: #b4472f; --i-page-warm: #fdf1eb; background: var(--jp-layout-color0); }
@media (prefers-color-scheme: dark) { :root { --jp-layout-color0: #14181d; --jp-ui-font-color1: #e6e8eb;
  --jp-ui-font-color2: #9aa3ad; --jp-border-color2: #2a2f36; --i-page-warn: #f4a259; --i-page-warm: #2b2119; }
  .i-light { display: none !important } .i-dark { display: block !important } }
</style>
"""
"""The colours of a page of its own, which follow those of the reader's system."""
SAVED_COPY = "Saved copy; run the cell to listen again."


_WIDE = "table:has(tr > :nth-child(4))"


def host_rules(css_class: str) -> str:
    """Rules that a host applies which trusts the notebook: for its dark theme, for print, and for what is gone.

    On paper a wide table is set smaller, as nobody can scroll there.

    The output before a saved copy is the widget, of which only an error message is left without its kernel.
    """
    if not re.fullmatch(r"[\w-]+", css_class):
        return ""
    one = f".{css_class}"
    dark = ", ".join(f"{host} {one} .i-dark" for host in ('[data-jp-theme-light="false"]', ".vscode-dark"))
    light = dark.replace("i-dark", "i-light")
    return (
        f"<style>@media screen {{ {dark} {{ display: block !important }} {light} {{ display: none !important }} }}"
        f" @media print {{ {one} {{ {_PRINTED}; overflow: visible !important }}"
        f" {one} .i-light {{ display: block !important }} {one} .i-dark {{ display: none !important }}"
        f" {one} img {{ min-width: 0 !important }}"
        f" {one} div {{ overflow: visible !important }} {one} :is(td, th) {{ white-space: normal !important }}"
        f" {one} {_WIDE} {{ font-size: 10px }} {one} {_WIDE} :is(td, th) {{ padding: 2px 4px !important }} }}"
        f" {PRINT_RULE}"
        f" .jp-OutputArea-child:has(+ .jp-OutputArea-child {one}):not(:has(.ipyscribe)) {{ display: none }}</style>"
    )


def picture_html(light: bytes, dark: bytes | None, description: str, style: str) -> str:
    """A picture for light pages, and one for dark ones that stays hidden where no rule shows it."""
    images = f"<img class='i-light' style='{style}' alt='{escape(description, quote=True)}' src='{_data(light)}'>"
    if dark is not None:
        images += f"<img class='i-dark' style='{style};display:none' alt='' src='{_data(dark)}'>"
    return images if dark is not None else images.replace(" class='i-light'", "")


def _data(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
