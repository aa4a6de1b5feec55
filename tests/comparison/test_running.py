"""The figures of a comparison that still runs."""

from __future__ import annotations

from comparison.test_comparison import FIRST, SECOND, comparing
from session.sources import Endless
from support.waiting import wait_for


def test_error_rates_of_what_still_runs_are_said_to_be() -> None:
    with comparing(FIRST, SECOND, source=Endless(live=True), reference="so we meet at noon") as both:
        with both:
            wait_for(lambda: any(transcript.turns for transcript in both.transcripts.values()))
            table = both.table()
            assert "still running" in table.notes[-1]
            assert [record["wer"] for record in table] == [None, None]  # what nobody has spoken yet is not left out
            assert not any("No reference" in note for note in table.notes)
        assert both.table()[0]["wer"] is not None
        assert not any("still running" in note for note in both.table().notes)
