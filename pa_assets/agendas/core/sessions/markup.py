"""HTML -> plain text, for titles and synopses that were typed into web forms.

Only tags that web forms write are taken for markup: `a < b` and `<list>` stay as they stand.
"""

from __future__ import annotations

import html
from html.parser import HTMLParser

from pa_assets.agendas.core.text import tidy

_BREAKS = frozenset(
    [
        "p",
        "br",
        "div",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "tbody",
        "thead",
        "tr",
        "td",
        "th",
        "blockquote",
        "pre",
        "hr",
        "section",
        "article",
        "figure",
    ]
)
_INLINE = frozenset(
    [
        "a",
        "b",
        "i",
        "u",
        "s",
        "em",
        "strong",
        "span",
        "font",
        "sup",
        "sub",
        "code",
        "small",
        "mark",
        "abbr",
        "cite",
        "q",
        "img",
        "del",
        "ins",
        "tt",
        "center",
    ]
)
_HIDDEN = frozenset(("script", "style"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _HIDDEN:
            self._hidden += 1
        else:
            self._tag(tag, self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._tag(tag, self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        else:
            self._tag(tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _tag(self, tag: str, written: str) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")
        elif tag not in _INLINE:
            self.parts.append(written)


def plain_text(text: str) -> str:
    """`text` without HTML, entities decoded, each run of white space one space.

    Markup that was escaped once more (`&amp;amp;`, `&lt;p&gt;`) goes as well, so that plain text stays as it is.
    """
    plain = _unwrapped(text)
    while ("<" in plain or "&" in plain) and len(again := _unwrapped(plain)) < len(plain):
        plain = again
    return plain


def _unwrapped(text: str) -> str:
    if "<" in text:
        parser = _Text()
        parser.feed(text)
        parser.close()
        return tidy("".join(parser.parts))
    return tidy(html.unescape(text) if "&" in text else text)
