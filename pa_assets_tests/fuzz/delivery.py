"""A landing file in the making: rows, then text, then bytes; and what a reader owes to it.

Faults change it at one of these levels. What is known of its rows is kept here, by the generator's own count.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

Layout = Literal["csv", "array", "graphql"]
Row = dict[str, Any]

NESTED = "questionResponses"
PERSONAL = frozenset({"forename", "surname", "email", "tel", "mobile"})
IDENTIFIERS = frozenset({"badgeid", "sessionid", "shortname", "seminarname", "title"})
"""Columns whose values name a row in the tables that are made of it; `title` of programmes alone."""


def plain(name: str) -> str:
    """A column's name, letters and digits alone."""
    return "".join(filter(str.isalnum, name)).lower()


def tag(value: Any) -> str:
    """A value as it is compared across files and tables."""
    return " ".join(str(value).split()).casefold()


@dataclass
class Parts:
    """The text of a file; `lines` holds one text per row."""

    head: str
    lines: list[str]
    joiner: str
    tail: str

    def text(self) -> str:
        return self.head + self.joiner.join(self.lines) + self.tail


@dataclass
class Delivery:
    """One landing file."""

    name: str
    role: str
    layout: Layout
    columns: list[str]
    rows: list[Row]
    exempt: set[str] = field(default_factory=set)
    """Identifiers (`tag`) of rows that a fault touched: only the others must come through."""
    refuse: bool = False
    """It must end in an error: whoever reads it reads something wrong."""
    loose: bool = False
    """Values of untouched rows may differ; their keys must come through."""
    adrift: bool = False
    """Untouched rows may be lost as well, if the account says so."""
    count: int | None = None
    """Rows that a reader must find; None: it cannot be said."""
    parts: Parts | None = None
    content: bytes = b""
    beside: dict[str, bytes] = field(default_factory=dict)
    """Further files that land with it."""

    def copy(self) -> Delivery:
        """One to spoil."""
        return Delivery(self.name, self.role, self.layout, list(self.columns), deepcopy(self.rows))

    # Rows

    def touch(self, *positions: int) -> None:
        """Note rows as touched, under the names they have now."""
        for position in positions:
            for column, value in self.rows[position].items():
                name = plain(column)
                if name in IDENTIFIERS and (name != "title" or self.role == "programme"):
                    self.exempt.add(tag(value))

    def put(self, position: int, column: str, value: Any) -> None:
        """Change a cell; the row counts as touched under its old and its new name."""
        self.touch(position)
        if plain(column) in PERSONAL and isinstance(value, str):
            value = f"{value}{CANARY}"
        self.rows[position][column] = value
        self.touch(position)

    def add(self, row: Row) -> int:
        """Add a row, touched from the start."""
        self.rows.append(row)
        self.touch(len(self.rows) - 1)
        return len(self.rows) - 1

    def some(self, chance: Random, most: int = 3) -> list[int]:
        """Positions of one to `most` rows."""
        return sorted(chance.sample(range(len(self.rows)), min(len(self.rows), chance.randint(1, most))))

    def column(self, chance: Random, *names: str) -> str:
        """A column of one of the plain names, or any."""
        known = [column for column in self.columns if plain(column) in names and column != NESTED]
        return chance.choice(known or [column for column in self.columns if column != NESTED])

    def has(self, *names: str) -> bool:
        """Whether a column bears one of the plain names."""
        return any(plain(column) in names for column in self.columns)

    # Text and bytes

    def to_text(self) -> None:
        """Rows -> text, and count them."""
        if self.parts is not None:
            return
        if self.layout == "csv":
            cells = [[_csv_cell(row.get(column)) for column in self.columns] for row in self.rows]
            self.parts = Parts(csv_line(self.columns) + "\n", [csv_line(row) for row in cells], "\n", "\n")
            self.count = sum(any(map(str.strip, row)) for row in cells)
            return
        lines = [_json_line(row) for row in self.rows]
        self.count = sum(map(_answers, self.rows)) if self.role == "demographics" else len(self.rows)
        if self.layout == "array":
            self.parts = Parts("[\n", lines, ",\n", "\n]\n")
        else:
            self.parts = Parts(f'{{"data": {{"{self.role}": [\n', lines, ",\n", "\n]}}\n")

    def to_bytes(self) -> None:
        """Text -> bytes."""
        self.to_text()
        assert self.parts is not None
        if not self.content:
            self.content = self.parts.text().encode("utf-8", "replace")

    @property
    def text(self) -> Parts:
        """The text, for faults of that level."""
        assert self.parts is not None
        return self.parts

    def must_fail(self) -> None:
        """Nobody may read this."""
        self.refuse = True
        self.count = None

    def lose(self, positions: Iterable[int]) -> None:
        """Rows that are cut off from the text."""
        self.touch(*positions)


CANARY = "quill"
"""Stands in every personal value that lands."""


def csv_line(cells: Iterable[str], delimiter: str = ",") -> str:
    """Cells as one line of CSV without its end."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return stream.getvalue().removesuffix("\r\n")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json_line(row: Row) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(row)
    return text


def _answers(row: Row) -> int:
    nested = row.get(NESTED)
    answers = nested if isinstance(nested, list) else [nested]
    return max(1, sum(isinstance(answer, dict) for answer in answers))
