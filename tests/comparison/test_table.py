"""How the table of a comparison is shown."""

from __future__ import annotations

from ipyscribe.comparison.static_page import table_html, words_table
from ipyscribe.comparison.table import Table
from ipyscribe.metrics import conditions

RECORDS = [{"model": "quick", "words": 9}, {"model": "patient", "words": 8}]
UNEQUAL = conditions({"quick": {"max_turn_silence": 300}, "patient": {"max_turn_silence": None}})


def test_unequal_conditions_stand_in_the_cells_of_each_model() -> None:
    table = Table(RECORDS, ["quick is faster."], [each.note for each in UNEQUAL], unequal=UNEQUAL)
    assert table.shown() == [
        ["model", "words", "max_turn_silence"],
        ["quick", "9", "300"],
        ["patient", "8", "not stated"],
    ]
    assert "Unequal conditions: max_turn_silence (a setting, not the model, decides how soon a turn ends)." in str(
        table
    )
    assert table.to_dataframe().attrs["unequal"] == {"max_turn_silence": {"quick": 300, "patient": None}}


def test_differences_are_in_view_and_notes_are_folded() -> None:
    table = Table(RECORDS, ["quick is <faster>."], ["n = 9 & 8 words"])
    text = {"rows": table.shown(), "differences": table.differences, "notes": table.notes}
    for shown in (table._repr_html_(), table_html(text)):  # what Jupyter calls
        before, folded = shown.split("<details class='i-notes'>")
        assert "quick is &lt;faster&gt;." in before
        assert folded.startswith("<summary>1 note on these figures</summary><ul><li>n = 9 &amp; 8 words</li>")
    assert "<details" not in table_html({"rows": [], "notes": ["No reference."]})


def test_a_row_in_which_one_model_has_no_words_yet() -> None:
    rows = [{"start": 1000, "cells": [[["hello", "", 0, -1]], []]}]
    page = words_table(["quick", "patient"], rows, 0, partial=False)
    assert page.count("<td dir='auto'") == 2
    assert "hello" in page
