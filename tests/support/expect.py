"""What a page has to show in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from playwright import sync_api
from playwright.sync_api import Locator, LocatorAssertions

_WITHOUT_ELEMENT = ("not_to_be_visible", "to_be_hidden", "to_have_count")
"""What may hold of an element that is not there."""


class _OncePresent:
    """Playwright's checks of an element, each made once the element is there.

    While it is not, Playwright 1.65 describes the whole page for screen readers each time that it looks: in JupyterLab
    a quarter of what a page has to do.
    """

    def __init__(self, locator: Locator) -> None:
        self._locator = locator

    def __getattr__(self, name: str) -> Callable[..., None]:
        check = getattr(sync_api.expect(self._locator), name)

        def check_once_present(*expected: Any, **options: Any) -> None:
            of_several = bool(expected) and isinstance(expected[0], list)
            if name not in _WITHOUT_ELEMENT and not of_several:
                self._locator.wait_for(state="attached")
            check(*expected, **options)

        return check_once_present


def expect(locator: Locator) -> LocatorAssertions:
    """Playwright's ``expect``, at less cost to the page."""
    return cast(LocatorAssertions, _OncePresent(locator))
