"""Take records out of text files and leave every other character as it was: CSV by row, JSON by item, Parquet by row.

Text in, text out; nothing is parsed and written anew. Which records go is told by their numbers: 1 is the first row
below the header, or the first object of the array of rows. Packed files and encodings are the caller's matter.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pa_assets.kit.files import replacing

if TYPE_CHECKING:
    import numpy.typing as npt

Write = Callable[[str], Any]
"""Takes the next piece of the result."""

DELIMITERS = (",", ";", "\t")
_AT_A_TIME = 1 << 20
_BLANK = re.compile(r"[ \t\n\r]*")


class ScrubError(ValueError):
    """The text is not what its records were counted in."""


def csv_without(text: TextIO, write: Write, numbers: Collection[int]) -> int:
    """Copy a CSV text without some rows; returns how many were left out.

    The delimiter is that which gives the header the most columns. Blank lines count as rows.

    Args:
        text: opened with `newline=""`, from its start.
        write: takes the pieces.
        numbers: rows to leave out, 1 for the first below the header.
    """
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in text:
            taken.append(line)
            yield line.replace("\0", "\ufffd")

    source = lines()
    first = next((line for line in source if line.strip()), "")
    write("".join(taken[:-1]))
    del taken[:-1]
    reader = csv.reader(chain([first], source), delimiter=_delimiter(first), strict=True)
    header = next((row for row in reader if any(map(str.strip, row))), None)
    write("".join(taken))
    taken.clear()
    left_out = 0
    if header is not None:
        for number, _ in enumerate(reader, start=1):
            if number in numbers:
                left_out += 1
            else:
                write("".join(taken))
            taken.clear()
    write("".join(taken))
    return left_out


def _delimiter(first: str) -> str:
    def width(mark: str) -> int:
        try:
            return len(next(csv.reader([first], delimiter=mark), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=width)


def json_without(text: TextIO, write: Write, numbers: Collection[int], *, lines: bool) -> int:
    """Copy a JSON text without some items of its array of rows; returns how many were left out.

    The array of rows is the first, at any depth, that holds an object. No more than a record beyond a piece of the file
    is held in memory once the array has begun.

    Args:
        text: from its start.
        write: takes the pieces.
        numbers: items to leave out, 1 for the first; with `lines`, lines that hold a text.
        lines: one object per line in place of an array.

    Raises:
        ScrubError: there is no array of objects.
    """
    return _lines_without(text, write, numbers) if lines else _Window(text, write).rows_without(numbers)


def _lines_without(text: TextIO, write: Write, numbers: Collection[int]) -> int:
    """A single line that stays becomes an array: alone, it would be taken for an object that holds the rows."""
    number, left_out, kept = 0, 0, 0
    waiting: list[str] = []
    for line in text:
        holds_text = bool(line.strip())
        number += holds_text
        if holds_text and number in numbers:
            left_out += 1
            continue
        kept += holds_text
        waiting.append(line)
        if kept > 1:
            write("".join(waiting))
            waiting.clear()
    if kept == 1:
        waiting = ["[", *(line for line in waiting if line.strip()), "]\n"]
    write("".join(waiting))
    return left_out


class _Window:
    """A part of a JSON text that moves along it; what was written is dropped when more is read."""

    def __init__(self, text: TextIO, write: Write) -> None:
        self._source = text
        self._write = write
        self._text = ""
        self._place = 0
        self._written = 0
        """Up to here all is written or left out."""
        # numbers as texts: their value does not count, and long ones would be refused
        self._decoder = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)

    def rows_without(self, numbers: Collection[int]) -> int:
        if not self._find_rows():
            raise ScrubError("the JSON holds no array of objects")
        left_out = self._items(numbers)
        self._write(self._text[self._written :])
        while piece := self._source.read(_AT_A_TIME):
            self._write(piece)
        return left_out

    def _more(self) -> bool:
        piece = self._source.read(_AT_A_TIME)
        self._text = self._text[self._written :] + piece
        self._place -= self._written
        self._written = 0
        return bool(piece)

    def _next(self) -> str:
        """The next character that is no blank, `""` at the end."""
        while True:
            match = _BLANK.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def _skip_value(self) -> None:
        """Go behind the value that begins here."""
        while True:
            try:
                _, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise ScrubError("broken JSON") from error
                continue
            if end < len(self._text) or not self._more():  # a number may go on in the next piece
                self._place = end
                return

    def _find_rows(self) -> bool:
        """Go to the bracket of the array of rows, looking into objects that are no rows."""
        first = self._next()
        if first == "[":
            return self._holds_object()
        if first != "{":
            if first:
                self._skip_value()
            return False
        self._place += 1
        while self._next() not in ("}", ""):
            self._skip_value()
            if self._next() != ":":
                raise ScrubError("broken JSON")
            self._place += 1
            if self._find_rows():
                return True
            if self._next() == ",":
                self._place += 1
        self._place += 1
        return False

    def _holds_object(self) -> bool:
        """Whether the array that begins here holds an object; stays at its bracket if it does, else goes behind."""
        begin = self._place
        self._place += 1
        while (first := self._next()) not in ("]", ""):
            if first == "{":
                self._place = begin
                return True
            self._skip_value()
            if self._next() == ",":
                self._place += 1
        self._place += 1
        return False

    def _items(self, numbers: Collection[int]) -> int:
        """Copy the items of the array that begins here, each with what stands between it and the one before."""
        self._place += 1
        self._write(self._text[: self._place])
        self._written = self._place
        number, left_out, kept, begun = 0, 0, 0, ""
        while self._next() not in ("]", ""):
            number += 1
            if self._text[self._place] == ",":
                self._place += 1
                self._next()
            before = self._place - self._written
            self._skip_value()
            item = self._text[self._written : self._place]
            begun = item[:before] if number == 1 else begun
            if number in numbers:
                left_out += 1
            else:
                self._write(item if kept else begun + item[before:])
                kept += 1
            self._written = self._place
        return left_out


def parquet_without(path: Path, gone: npt.NDArray[Any], edited: Mapping[str, list[Any]]) -> None:
    """Rewrite a Parquet file in one step.

    Args:
        path: of the file.
        gone: which rows to leave out.
        edited: column -> new values of all its rows, of its type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path, partitioning=None)
    for name, values in edited.items():
        place = table.schema.get_field_index(name)
        item = table.schema.field(place)
        table = table.set_column(place, item, pa.array(values, type=item.type))
    with replacing(path) as temporary:
        pq.write_table(table.filter(pa.array(~gone)), temporary)
