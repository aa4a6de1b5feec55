"""The recordings of an evaluation as a list: sorted, searched, and one page of it at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ipyscribe.evaluation.overview import RecordingRow

Json = dict[str, Any]
PAGE_ROWS = 20
_SORTS = frozenset({"number", "name", "rate", "disagreement", "length", "group"})
_LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a person has chosen: the column to sort by, of a model or a group the one; what to search for.

    A search is words that are part of a recording's name, groups or reference, and bounds: ``errors>20`` and
    ``differ<5`` in percent, ``length>30`` in seconds.
    """

    sort: str = "number"
    of: int = -1
    """The number of a model for "rate", -1 for the worst of all; of a group for "group"."""
    descending: bool = False
    search: str = ""
    page: int = 0

    @classmethod
    def of_message(cls, message: Json) -> ListQuery:
        """The query of a message of the page; anything unusable is left out."""
        sort, of, page = message.get("sort"), message.get("of"), message.get("page")
        search = message.get("search")
        return cls(
            sort=sort if isinstance(sort, str) and sort in _SORTS else "number",
            of=of if type(of) is int else -1,
            descending=message.get("descending") is True,
            search=search[:_LONGEST_SEARCH] if isinstance(search, str) else "",
            page=max(0, page) if type(page) is int else 0,
        )

    def page_of(self, rows: Sequence[RecordingRow]) -> Json:
        """The rows of the page that is shown, how many rows there are, and which page it is."""
        terms = [_term(word) for word in self.search.casefold().split()]
        matching = [row for row in rows if all(matches(row) for matches in terms)]
        matching.sort(key=lambda row: row.number)
        if self.sort != "number" or self.descending:
            matching.sort(key=self._key)
        pages = max(1, math.ceil(len(matching) / PAGE_ROWS))
        page = min(self.page, pages - 1)
        shown = matching[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
        return {
            "rows": [row.as_json for row in shown],
            "total": len(matching),
            "all": len(rows),
            "page": page,
            "pages": pages,
            "first": page * PAGE_ROWS + 1,
            "sort": self.sort,
            "of": self.of,
            "descending": self.descending,
        }

    def _key(self, row: RecordingRow) -> tuple[bool, Any]:
        """Rows without a value come last, whichever way it is sorted."""
        value = self._value(row)
        if value is None:
            return True, 0
        if isinstance(value, str):
            return False, _Reversed(value.casefold()) if self.descending else value.casefold()
        return False, -value if self.descending else value

    def _value(self, row: RecordingRow) -> float | str | None:
        if self.sort == "name":
            return row.name
        if self.sort == "rate":
            scored_rates = [rate for rate in row.rates if rate is not None]
            return row.rates[self.of] if 0 <= self.of < len(row.rates) else max(scored_rates, default=None)
        if self.sort == "group":
            return row.groups[self.of] if 0 <= self.of < len(row.groups) else None
        values = {"disagreement": row.disagreement, "length": row.duration_s}
        return values.get(self.sort, float(row.number))


def _term(word: str) -> Callable[[RecordingRow], bool]:
    """Whether a row has what was typed: a bound such as "errors>20", or a part of its texts."""
    bound = _BOUND.fullmatch(word)
    if bound is None:
        return lambda row: word in row.searched
    value_of, limit = _BOUNDED[bound["figure"]], float(bound["limit"])
    above = bound["sign"] == ">"

    def within(row: RecordingRow) -> bool:
        value = value_of(row)
        return value is not None and (value > limit if above else value < limit)

    return within


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


_BOUNDED: dict[str, Callable[[RecordingRow], float | None]] = {
    "errors": lambda row: _percent(row.worst_rate),
    "differ": lambda row: _percent(row.disagreement),
    "length": lambda row: row.duration_s,
}
_BOUND = re.compile(rf"(?P<figure>{'|'.join(_BOUNDED)})(?P<sign>[<>])(?P<limit>\d+(?:\.\d+)?)%?")


class _Reversed(str):
    """A text that comes after those that it comes before."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)
