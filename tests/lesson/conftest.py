from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.waiting import no_new_threads


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    with no_new_threads():
        yield
