"""What a page of HTML holds."""

from __future__ import annotations

from html.parser import HTMLParser


class Reader(HTMLParser):
    """``tags`` with their attributes, and the ``text``, a line for each piece of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"
