"""The catalogue of models, which a person can add to and correct.

A model's name is free text to the protocol: the server's own list grows every few weeks, and names that are
not in this table are passed on.
"""

from __future__ import annotations

import difflib
import html
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import platformdirs

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.html_table import table_element
from ipyscribe.protocol.languages import NINETEEN, SIX, THIRTY_TWO, WHISPER
from ipyscribe.protocol.model import FAMILIES, Family, Model, simulated
from ipyscribe.protocol.python_values import python_values

__all__ = [
    "DEFAULT_CLOUD_MODEL",
    "LOCAL_MODEL",
    "LOCAL_SERVER",
    "SPHINX",
    "SPHINX_MODEL",
    "Catalogue",
    "Family",
    "Model",
    "find_model",
    "models",
    "simulated",
]

LOCAL_MODEL = "local-whisper-tiny.en"
DEFAULT_CLOUD_MODEL = "universal-3-6-pro"
"""The model that AssemblyAI's documentation gives as the one that runs where none is named (autumn 2026)."""
LOCAL_SERVER = "ipyscribe"
"""The HTTP header ``Server`` of the local server: whoever sees it talks to a recogniser of this computer."""
SPHINX = "pocketsphinx"
SPHINX_MODEL = "local-pocketsphinx"
MODELS_FILE = "models.toml"
_LOCAL_WHISPER = "local-whisper-"
_STREAMING_3_7 = "assemblyai-stt-3-7-realtime"
_PRE_RECORDED: Mapping[str, str] = {
    "assemblyai-stt-3-7": f"For streaming choose {_STREAMING_3_7!r}, or {_STREAMING_3_7 + '-agent'!r} for agents.",
    "universal-2": f"For streaming choose {DEFAULT_CLOUD_MODEL!r}.",
}


def _u3(name: str, codes: tuple[str, ...] | None, price: float | None, note: str, source: str, as_of: str) -> Model:
    return Model(
        name, "u3", "AssemblyAI", "first words in about a second", "partials revise the whole turn",
        "always formatted", "prompt and key terms", codes, price, note, source, as_of,
    )  # fmt: skip


_MODELS = (
    Model(
        LOCAL_MODEL, "local", "this computer", "words in about half a second", "partials revise their last words",
        "always formatted", "no prompt", ("en",), 0.0, "Whisper tiny.en, offline. Not an AssemblyAI model.",
        "this package",
    ),
    _u3(DEFAULT_CLOUD_MODEL, THIRTY_TWO, 0.45, "Successor of u3-rt-pro, since 2026-09-29; AssemblyAI's default.",
        "docs: model selection; pricing page", "2026-10-07"),
    _u3(f"{_STREAMING_3_7}-agent", None, None, "For voice agents. Its price and languages are not "
        "published, as far as we found; its messages are taken to be those of its predecessors.",
        "docs: Pipecat and LiveKit pages", "2026-11-29"),
    _u3(_STREAMING_3_7, None, None, "Recommended for speaker labels. Its price and languages are not "
        "published, as far as we found; its messages are taken to be those of its predecessors.",
        "docs: streaming diarization", "2026-11-29"),
    _u3("universal-3-5-pro", NINETEEN, 0.45, "Successor of u3-rt-pro.", "docs: model selection", "2026-09-29"),
    _u3("u3-rt-pro", SIX, 0.45, "AssemblyAI announced a redirect to universal-3-5-pro from 2026-09-02; on 2026-09-24 "
        "it still answered under its own name.", "changelog; live sessions of others", "2026-09-24"),
    Model(
        "universal-streaming-english", "english", "AssemblyAI", "word by word", "partials never change a word",
        "formatted finals on request", "key terms", ("en",), 0.15, "", "pricing page, read by others", "2026-09-30",
    ),
    Model(
        "universal-streaming-multilingual", "multilingual", "AssemblyAI", "word by word",
        "partials never change a word", "formatted finals on request", "key terms", SIX, 0.15, "",
        "pricing page, read by others", "2026-09-30",
    ),
    Model(
        "whisper-rt", "whisper", "AssemblyAI", "first words in about three seconds", "few partials or none",
        "formatted finals on request", "no prompt", WHISPER, 0.30,
        "Legacy in AssemblyAI's documentation; still accepted on 2026-09-24. Detects the language by itself.",
        "docs: models", "2026-03-23", has_confidences=False,
    ),
    Model(
        SPHINX_MODEL, "local", "this computer", "words as they are spoken", "partials revise the whole turn",
        "never formatted", "no prompt", ("en",), 0.0,
        "pocketsphinx, the classical way, offline: about every second word is wrong. Not an AssemblyAI model.",
        "this package", has_confidences=False,
    ),
)  # fmt: skip


class Catalogue:
    """The known models in the order in which a person should see them; a table in a notebook.

    A person's own rows come from ``models.toml`` in the folder where programs of this system keep their settings
    (``models.file``), read once when the catalogue is first used, and from ``add()``. In the file each table is a
    model: ``[name]`` with any of ``family``, ``price_per_hour_usd``, ``add_ons``, ``languages`` and ``note``.
    """

    def __init__(self, rows: Sequence[Model] = _MODELS, *, file: Path | None = None) -> None:
        """``file`` is read in the place of the usual one."""
        self._shipped = {model.name: model for model in rows}
        self._own: dict[str, Model] | None = None
        self.file = file or platformdirs.user_config_path("ipyscribe", appauthor=False) / MODELS_FILE

    def __call__(self) -> Catalogue:
        """The catalogue itself, so that ``models()`` shows it."""
        return self

    def __iter__(self) -> Iterator[Model]:
        return iter((self._shipped | self._added()).values())

    def __len__(self) -> int:
        return len(tuple(iter(self)))

    def __contains__(self, name: object) -> bool:
        return any(name in (model, model.name) for model in self)

    @overload
    def __getitem__(self, key: int | str) -> Model: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Model, ...]: ...
    def __getitem__(self, key: int | str | slice) -> Model | tuple[Model, ...]:
        rows = tuple(iter(self))
        if not isinstance(key, str):
            return rows[key]
        for model in rows:
            if model.name == key:
                return model
        raise KeyError(key)

    def get(self, name: str) -> Model | None:
        """The row of that name."""
        return self._added().get(name) or self._shipped.get(name)

    def add(
        self,
        name: str,
        *,
        family: Family | None = None,
        price_per_hour_usd: float | None = None,
        add_ons: Mapping[str, float] | None = None,
        languages: Sequence[str] | None = None,
        note: str | None = None,
    ) -> Model:
        """Add a model, or correct one, until this program ends; what is left out stays as it is.

        ``price_per_hour_usd`` is the price of an open hour without add-ons; ``add_ons`` gives US dollars an hour by
        the setting's name (``{"speaker_labels": 0.12}``, 0.0 where it is included); ``languages`` are codes. What
        a person gave is marked as corrected wherever a price is shown, and on tapes. Raises ``ParameterError``.
        """
        _check_name(name)
        own = self._added()
        row = self.get(name) or _unlisted(name)
        values = _checked_row(name, family, price_per_hour_usd, add_ons, languages, note)
        own[name] = replace(row, **values, corrected=True, known=True, source="given by you", as_of="")
        return own[name]

    def remove(self, name: str) -> None:
        """Remove what was added or corrected under ``name``. Raises ``KeyError`` where nothing was."""
        del self._added()[name]

    def to_records(self) -> list[dict[str, Any]]:
        """One dict per model."""
        return [model.to_record() for model in self]

    def __repr__(self) -> str:
        width = max(len(model.name) for model in self)
        return "\n".join(f"{model.name:<{width}}  {model.summary}" for model in self)

    def _repr_html_(self) -> str:
        records = self.to_records()
        head = "".join(f"<th style='text-align:left'>{html.escape(name)}</th>" for name in records[0])
        rows = "".join(
            "<tr>"
            + "".join(f"<td style='text-align:left'>{html.escape(str(v))}</td>" for v in record.values())
            + "</tr>"
            for record in records
        )
        caption = "<caption>Prices are those of an open hour without add-ons; each row says since when.</caption>"
        return table_element(f"{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>", len(records[0]))

    def _added(self) -> dict[str, Model]:
        if self._own is None:
            self._own = {}
            try:
                self._read()
            except ParameterError:
                self._own = None
                raise
        return self._own

    def _read(self) -> None:
        if not os.path.exists(self.file):  # nor a home that is none, or may not be entered: Path.exists raises there
            return
        try:
            tables = tomllib.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ParameterError(
                f"{self.file} cannot be read: {error}.",
                advice="Correct it, or move it away to use the built-in models.",
            ) from error
        for name, table in tables.items():
            if not isinstance(table, dict) or not table.keys() <= _ROW_KEYS:
                raise ParameterError(
                    f"{self.file}: [{name}] is not a model.", advice=f"Write [name] with any of {', '.join(_ROW_KEYS)}."
                )
            try:
                self.add(name, **table)
            except ParameterError as error:
                raise ParameterError(f"{self.file}: [{name}]: {error.message}", advice=error.advice) from error


_ROW_KEYS = dict.fromkeys(("family", "price_per_hour_usd", "add_ons", "languages", "note")).keys()
models = Catalogue()
"""The catalogue of models: the offline one, AssemblyAI's, and at the end the classical contrast."""


def find_model(name: str) -> Model:
    """The model of that name.

    ``local-whisper-NAME`` is another model of the offline recogniser; any other name that is not in the
    catalogue is taken as a new AssemblyAI model. Raises ``ParameterError``, also for a name that is known to be
    AssemblyAI's pre-recorded model.
    """
    _check_name(name)
    row = models.get(name)
    if row is None and name in _PRE_RECORDED:
        raise ParameterError(
            f"{name} is AssemblyAI's model for recordings, not for streaming.", advice=_PRE_RECORDED[name]
        )
    return row or _unlisted(name)


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip() or name != plain(name).strip():
        raise ParameterError(
            f"model={name!r} is not a model's name.", advice="Choose one of ipyscribe.models(), or give a name as text."
        )


def _unlisted(name: str) -> Model:
    if name.startswith(_LOCAL_WHISPER) and name != _LOCAL_WHISPER:
        return Model(
            name, "local", "this computer", "depends on the model's size", "partials revise their last words",
            "always formatted", "no prompt", (), 0.0, "Another Whisper model, offline. Not an AssemblyAI model.",
            "this package",
        )  # fmt: skip
    near = difflib.get_close_matches(name, [model.name for model in models()], n=1, cutoff=0.8)
    did_you_mean = f"Did you mean {near[0]!r}? " if near else ""
    if name.startswith("local-"):
        raise ParameterError(
            f"There is no local model {name!r}.",
            advice=f"{did_you_mean}There are {LOCAL_MODEL!r}, 'local-whisper-NAME' and {SPHINX_MODEL!r}.",
        )
    return Model(
        name, _family(name), "AssemblyAI", "not in ipyscribe's catalogue", "partials unknown",
        "formatting unknown", "prompting unknown", None, None,
        f"{did_you_mean}It is passed on to AssemblyAI as it is.",
        has_confidences=_family(name) != "whisper", known=False,
    )  # fmt: skip


def _family(name: str) -> Family:
    if "whisper" in name:
        return "whisper"
    if name.startswith("universal-streaming"):
        return "multilingual" if "multi" in name else "english"
    return "u3"


def _checked_row(
    name: str, family: object, price: object, add_ons: object, languages: object, note: object
) -> dict[str, Any]:
    """What is given of a row, as fields of ``Model``. Raises ``ParameterError``."""
    row: dict[str, Any] = {}
    if family is not None:
        if family not in FAMILIES or (family == "local") != name.startswith("local-"):
            raise _unusable("family", family, "'u3', 'english', 'multilingual' or 'whisper'")
        row["family"] = family
        row["has_confidences"] = family != "whisper"
    if price is not None:
        row["price_per_hour_usd"] = checked_price("price_per_hour_usd", price)
    if add_ons is not None:
        if not isinstance(add_ons, Mapping):
            raise _unusable("add_ons", add_ons, "US dollars an hour by the setting's name")
        row["add_on_prices"] = tuple(
            (plain(str(setting)), checked_price(f"add_ons[{setting!r}]", amount)) for setting, amount in add_ons.items()
        )
    if languages is not None:
        codes = None if isinstance(languages, str) or not isinstance(languages, Sequence) else tuple(languages)
        if not codes or not all(isinstance(code, str) and code.isalpha() and code.islower() for code in codes):
            raise _unusable("languages", languages, "a list of codes such as ['en', 'de']")
        row["language_codes"] = codes
    if note is not None:
        row["note"] = plain(str(note))
    return row


def checked_price(name: str, value: object) -> float:
    """A price in US dollars an hour. Raises ``ParameterError`` that names it."""
    value = python_values(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise _unusable(name, value, "US dollars an hour, 0 or more")
    return float(value)


def _unusable(name: str, value: object, wanted: str) -> ParameterError:
    return ParameterError(f"{name}={value!r:.80} cannot be used.", advice=f"Expected {wanted}.")
