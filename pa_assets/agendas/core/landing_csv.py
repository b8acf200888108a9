"""CSV text -> rows: comma, semicolon or tab, found in the header; every row as wide as the header.

Text of one file in, table of text out. Finding and decoding files is `landing`.
"""

from __future__ import annotations

import csv
import io
from collections import Counter

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError

_DELIMITERS = (",", ";", "\t")


def parse_csv(text: str, file: str) -> pd.DataFrame:
    """Rows of a CSV text, all cells as text, with the column `source_row` (1 is the row below the header).

    Blank lines and rows without any value are left out, but count in `source_row`.

    Raises:
        LandingError: a row is ragged, a quote is not closed, or a column has no name or the name of another.
    """
    delimiter = _delimiter(text, file)
    header, *rows = _records(text, delimiter, file)
    names = _names(header, file)
    width = len(names)
    numbers = [number for number, row in enumerate(rows, start=1) if _says_anything(row)]
    filled = [row for row in rows if _says_anything(row)]
    if any(len(row) != width for row in filled):
        filled = [_fitted(row, width, number, file) for number, row in zip(numbers, filled, strict=True)]
    table = pd.DataFrame(filled, columns=names, dtype=object)
    table = _without_unnamed(table, file)
    return table.assign(source_row=pd.Series(numbers, dtype="int64"))


def _says_anything(row: list[str]) -> bool:
    return any(map(str.strip, row))


def _records(text: str, delimiter: str, file: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as error:
        begun = f"row {len(records)}" if records else "the header"
        raise LandingError(
            f"{file}: the CSV breaks off in {begun}, at line {reader.line_num} of the file ({error}). "
            "Most often a quote is not closed there: double each quote inside a quoted cell."
        ) from error
    while records and not _says_anything(records[0]):
        del records[0]
    return records


def _delimiter(text: str, file: str) -> str:
    """The delimiter that gives the first line the most columns."""
    first = text.lstrip().split("\n", 1)[0]
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


def _names(header: list[str], file: str) -> list[str]:
    names = [name.strip() for name in header]
    doubled = sorted(name for name, count in Counter(names).items() if count > 1 and name)
    if doubled:
        raise LandingError(
            f"{file}: the header names {', '.join(map(repr, doubled))} more than once. "
            "Rename or drop the surplus column."
        )
    return [name or f"\0{position}" for position, name in enumerate(names, start=1)]


def _fitted(row: list[str], width: int, number: int, file: str) -> list[str]:
    """`row` without surplus blank cells at its end."""
    if len(row) > width and not any(row[width:]):
        return row[:width]
    if len(row) != width:
        raise LandingError(
            f"{file}: row {number} below the header has {len(row)} cells where the header has {width}. "
            "Quote cells that hold the delimiter, and fill up short rows."
        )
    return row


def _without_unnamed(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Drop columns that have neither name nor value."""
    unnamed = [name for name in table.columns if name.startswith("\0")]
    for name in unnamed:
        if table[name].str.strip().ne("").any():
            raise LandingError(f"{file}: column {name[1:]} holds values but has no name. Name it in the header.")
    return table.drop(columns=unnamed)
