"""CSV text -> rows: comma, semicolon or tab, found in the header; every row as wide as the header.

A stream of text in, table of text out. Finding and decoding files is `landing` and `landing_files`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import chain, compress, islice
from typing import TextIO

import pandas as pd

from pa_assets.agendas.core import landing_cells
from pa_assets.agendas.core.landing_cells import Cells
from pa_assets.agendas.core.landing_columns import LandingError, quoted

_DELIMITERS = (",", ";", "\t")
_Row = list[str]


def read_csv(text: TextIO, file: str) -> pd.DataFrame:
    """Rows of a CSV text, all cells as text, with the column `source_row` (1 is the row below the header).

    Blank lines and rows without any value are left out, but count in `source_row`.

    Args:
        text: the file from its start, opened with `newline=""`, not blank.
        file: its name, for messages.

    Raises:
        LandingError: a row is ragged, a quote is not closed, a column has no name or the name of another, or the
            file is a line of text, such as the message of a server.
    """
    records = _Records(text, file)
    names = _names(records.header, file)
    cells: Cells[str] = Cells()
    cells.add(dict.fromkeys(filter(None, names), ()), ())
    for first, rows in records.chunks():
        told = [_says_anything(row) for row in rows]
        numbers = list(compress(range(first, first + len(rows)), told))
        filled = list(compress(rows, told))
        if any(len(row) != len(names) for row in filled):
            filled = [_fitted(row, len(names), number, file) for number, row in zip(numbers, filled, strict=True)]
        columns = dict(enumerate(zip(*filled, strict=True)))
        _refuse_unnamed(names, columns, file)
        cells.add({name: columns[position] for position, name in enumerate(names) if name and columns}, numbers)
    table = pd.DataFrame({**cells.columns(), "source_row": cells.numbers()}, copy=False)
    if table.empty and len(names) == 1:
        raise LandingError(f"{file}: this is one line of text without columns, not CSV or JSON. Export it again.")
    return table


class _Records:
    """The records of a CSV text: its header, and chunks of the rows below."""

    def __init__(self, text: TextIO, file: str) -> None:
        self._file = file
        self._skipped = 0
        first = self._first_line(text)
        # The character zero ends a text for some of the libraries that compare texts.
        lines = (line.replace("\0", "\ufffd") for line in chain([first], text))
        self._reader = csv.reader(lines, delimiter=_delimiter(first, file), strict=True)
        self.header: _Row = []
        while not _says_anything(self.header):
            records = self._read(1, "the header")
            if not records:
                raise LandingError(f"{file}: the CSV holds no header. Name its columns in the first line.")
            self.header = records[0]

    def _first_line(self, text: TextIO) -> str:
        for line in text:
            if line.strip():
                return line
            self._skipped += 1
        return ""

    def chunks(self) -> Iterator[tuple[int, list[_Row]]]:
        """Number of the first row (1 is the one below the header), and the rows."""
        first = 1
        while rows := self._read(landing_cells.ROWS_AT_A_TIME, first):
            yield first, rows
            first += len(rows)

    def _read(self, count: int, begun: str | int) -> list[_Row]:
        rows: list[_Row] = []
        try:
            rows.extend(islice(self._reader, count))
        except csv.Error as error:
            where = begun if isinstance(begun, str) else f"row {begun + len(rows)}"
            raise LandingError(
                f"{self._file}: the CSV breaks off in {where}, at line {self._skipped + self._reader.line_num} of the "
                f"file ({error}). Most often a quote is not closed there: double each quote inside a quoted cell."
            ) from error
        return rows


def _says_anything(row: _Row) -> bool:
    return any(map(str.strip, row))


def _delimiter(first: str, file: str) -> str:
    """The delimiter that gives the first line the most columns."""
    widths = {mark: _width(first, mark) for mark in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda mark: widths[mark])
    if widths[best] == 0:
        raise LandingError(f"{file}: the header line cannot be read as CSV. Check its quotes.")
    return best


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 0


def _names(header: _Row, file: str) -> list[str]:
    names = [name.strip() for name in header]
    doubled = sorted(name for name, count in Counter(names).items() if count > 1 and name)
    if doubled:
        raise LandingError(
            f"{file}: the header names {quoted(doubled)} more than once. Rename or drop the surplus column."
        )
    return names


def _fitted(row: _Row, width: int, number: int, file: str) -> _Row:
    """`row` without surplus blank cells at its end."""
    if len(row) > width and not any(row[width:]):
        return row[:width]
    if len(row) != width:
        raise LandingError(
            f"{file}: row {number} below the header has {len(row)} cells where the header has {width}. "
            "Quote cells that hold the delimiter, and fill up short rows."
        )
    return row


def _refuse_unnamed(names: list[str], columns: dict[int, tuple[str, ...]], file: str) -> None:
    """Columns that have neither name nor value are left out; values need a name."""
    for position, name in enumerate(names):
        if not name and any(map(str.strip, columns.get(position, ()))):
            raise LandingError(f"{file}: column {position + 1} holds values but has no name. Name it in the header.")
