"""JSON text -> rows: plain arrays, objects that hold one array (GraphQL exports), one object per line.

A stream of text in, table of text out; which objects of the text are rows is `landing_json_records`. Finding and
decoding files is `landing` and `landing_files`; the names of columns are `landing_columns`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TextIO

import pandas as pd

from pa_assets.agendas.core import landing_cells
from pa_assets.agendas.core.landing_cells import Cells
from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.landing_json_records import (
    Record,
    RefusedByStreamerError,
    holds_lines,
    rows_of_lines,
    rows_of_stream,
    rows_of_whole,
    too_deep,
)
from pa_assets.agendas.core.text import SEPARATOR, key_text

_ANSWERS = "questionresponses"
"""Key (letters only, lower case) of the nested answers of a badge."""

MOST_COLUMNS = 2_000
"""Keys, those of inner objects among them, that the rows of a file may have: each is a column for all rows."""

_AFTER_INNER = 1 << 62
"""Rank of a column's own values among the columns of the objects that it holds elsewhere."""

_Path = tuple[str, ...]


def read_json(
    opened: Callable[[], TextIO], file: str, *, unfold_answers: bool, note: Callable[[str], None]
) -> pd.DataFrame:
    """Rows of a JSON text, all cells as text, nulls as `""`, with the column `source_row` (1 is the first object).

    Numbers keep the digits of the file. An object inside a row becomes columns `outer__inner`; an array of
    plain values becomes one cell joined by `; `; any other array becomes its JSON text.

    Args:
        opened: opens the file from its start.
        file: its name, for messages.
        unfold_answers: make one row per item of `questionResponses`.
        note: told when the file holds NaN or Infinity.

    Raises:
        LandingError: broken JSON, no array or several, items that are no objects, a key given twice.
    """
    try:
        with opened() as text:
            lines = holds_lines(text)
        with opened() as text:
            records = rows_of_lines(text, file, note) if lines else rows_of_stream(text, file)
            try:
                return _table(records, file, unfold_answers)
            except RefusedByStreamerError:
                pass
        with opened() as text:
            return _table(rows_of_whole(text, file, note), file, unfold_answers)
    except RecursionError as error:
        raise too_deep(file) from error


def _table(records: Iterable[Record], file: str, unfold_answers: bool) -> pd.DataFrame:
    columns = _Columns()
    remaining, first = iter(records), 1
    while chunk := list(islice(remaining, landing_cells.ROWS_AT_A_TIME)):
        numbers: Sequence[int] = range(first, first + len(chunk))
        first += len(chunk)
        if unfold_answers and any(map(_holds_answers, dict.fromkeys(chain.from_iterable(chunk)))):
            unfolded = [_unfolded(record) for record in chunk]
            numbers = [number for number, rows in zip(numbers, unfolded, strict=True) for _ in rows]
            chunk = [row for rows in unfolded for row in rows]
        columns.add(chunk, numbers)
        columns.refuse_too_many(file)
    return columns.table(file)


@lru_cache(maxsize=10_000)
def _holds_answers(name: str) -> bool:
    return key_text(name) == _ANSWERS


def _unfolded(record: Record) -> list[Record]:
    """One row per nested answer; a badge without answers stays as a row without question."""
    key = next(filter(_holds_answers, record), None)
    if key is None:
        return [record]
    outer = {name: value for name, value in record.items() if name != key}
    answers = record[key] if isinstance(record[key], list) else [record[key]]
    rows = [{**outer, **answer} for answer in answers if isinstance(answer, dict)]
    return rows or [{**outer, "questionText": None, "answerText": None}]


class _Columns:
    """Columns of records: those of objects inside a record stand where the object stands."""

    def __init__(self) -> None:
        self._cells: Cells[_Path] = Cells()
        self._ranks: dict[_Path, int] = {}
        self._objects: set[_Path] = set()

    def add(self, records: Sequence[Record], numbers: Sequence[int]) -> None:
        self._cells.add(self._texts(records, ()), numbers)

    def _texts(self, records: Sequence[Record], outer: _Path) -> dict[_Path, list[str]]:
        columns: dict[_Path, list[str]] = {}
        for name, values in _by_name(records).items():
            path = (*outer, name)
            self._ranks.setdefault(path, len(self._ranks))
            kinds = set(map(type, values))
            if dict in kinds:
                self._objects.add(path)
                columns.update(self._texts([value if type(value) is dict else {} for value in values], path))
                values = [None if type(value) is dict else value for value in values]
            columns[path] = values if kinds == {str} else _as_texts(values, kinds)
        return columns

    def refuse_too_many(self, file: str) -> None:
        if len(self._ranks) > MOST_COLUMNS:
            raise LandingError(
                f"{file}: its rows have more than {MOST_COLUMNS} different keys. Export rows that share their keys."
            )

    def table(self, file: str) -> pd.DataFrame:
        """All rows, in an order of columns that does not depend on the chunks."""
        columns = self._cells.columns()
        paths = [path for path in columns if path not in self._objects or any(columns[path])]
        names = ["__".join(path) for path in sorted(paths, key=self._place)]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise LandingError(
                f"{file}: rows give {doubled[0]!r} both as a key and as an object with that key inside. Keep one."
            )
        ordered = {"__".join(path): columns[path] for path in sorted(paths, key=self._place)}
        return pd.DataFrame({**ordered, "source_row": self._cells.numbers()}, copy=False)

    def _place(self, path: _Path) -> tuple[int, ...]:
        return (*(self._ranks[path[:depth]] for depth in range(1, len(path) + 1)), _AFTER_INNER)


def _by_name(records: Sequence[Record]) -> dict[str, list[Any]]:
    """The values of each key, None where a record lacks it; keys in the order in which they come up."""
    if len(set(map(tuple, records))) == 1:
        values = zip(*map(dict.values, records), strict=True)
        return dict(zip(records[0], map(list, values), strict=False))
    names = dict.fromkeys(chain.from_iterable(records))
    return {name: [record.get(name) for record in records] for name in names}


def _as_texts(values: list[Any], kinds: set[type]) -> list[str]:
    if kinds <= {str, type(None)}:
        return ["" if value is None else value for value in values]
    return list(map(_as_text, values))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str | bool) for item in value):
        return SEPARATOR.join(map(str, value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
