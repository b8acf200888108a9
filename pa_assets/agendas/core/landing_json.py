"""JSON text -> rows: plain arrays, and objects that hold one array, such as GraphQL exports.

Text of one file in, table of text out. Finding and decoding files is `landing`; the names of columns are
`landing_columns`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.text import SEPARATOR, each_value, key_text

_ANSWERS = "questionresponses"
"""Key (letters only, lower case) of the nested answers of a badge."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_Record = dict[str, Any]


def parse_json(text: str, file: str, *, unfold_answers: bool) -> pd.DataFrame:
    """Rows of a JSON text, all cells as text, nulls as `""`, with the column `source_row` (1 is the first object).

    Numbers keep the digits of the file. An object inside a row becomes columns `outer__inner`; an array of
    plain values becomes one cell joined by `; `; any other array becomes its JSON text.

    Args:
        text: the file.
        file: its name, for messages.
        unfold_answers: make one row per item of `questionResponses`.

    Raises:
        LandingError: broken JSON, no array or several, items that are no objects, a key given twice.
    """
    records = _records(_decoded(text, file), file)
    numbers = list(range(1, len(records) + 1))
    if unfold_answers and any(_answers_key(record) for record in records):
        unfolded = [_unfolded(record) for record in records]
        numbers = [number for number, rows in zip(numbers, unfolded, strict=True) for _ in rows]
        records = [row for rows in unfolded for row in rows]
    table = _flattened(pd.DataFrame(records, dtype=object))
    table = table.apply(_as_texts)
    if _SURROGATE.search(text):
        table = table.apply(each_value, function=_well_formed)
    return table.assign(source_row=pd.Series(numbers, dtype="int64"))


def _decoded(text: str, file: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> _Record:
        record = dict(pairs)
        if len(record) < len(pairs):
            names = [name for name, _ in pairs]
            doubled = sorted({name for name in names if names.count(name) > 1})
            raise LandingError(f"{file}: an object gives the key {doubled[0]!r} more than once. Keep one of them.")
        return record

    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=_nothing, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise LandingError(
            f"{file}: broken JSON at line {error.lineno}, column {error.colno}: {error.msg}. "
            "Was the file cut off? Export it again."
        ) from error
    except RecursionError as error:
        raise LandingError(f"{file}: the JSON is nested too deeply to be an export. Export it again.") from error


def _nothing(_: str) -> None:
    """NaN and Infinity, which JSON does not know."""
    return


def _records(value: Any, file: str) -> list[_Record]:
    if isinstance(value, dict) and value.get("errors") and not value.get("data"):
        raise LandingError(f"{file}: the GraphQL export holds errors in place of data. Export it again.")
    arrays = dict(_arrays(value, "the file"))
    if len(arrays) > 1:
        filled = {where: items for where, items in arrays.items() if any(isinstance(item, dict) for item in items)}
        arrays = filled or arrays
    if not arrays:
        raise LandingError(
            f"{file}: the JSON holds no array of rows. Expected [ ... ] or an object that holds one array."
        )
    if len(arrays) > 1 and any(arrays.values()):
        raise LandingError(
            f"{file}: the JSON holds several arrays ({', '.join(sorted(arrays))}). Keep the one with the rows."
        )
    items = next(iter(arrays.values()))
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise LandingError(
                f'{file}: item {number} of the array is no object. Each row is {{"column": value, ...}}.'
            )
    return [item["node"] if isinstance(item.get("node"), dict) else item for item in items]


def _arrays(value: Any, where: str) -> list[tuple[str, list[Any]]]:
    """Arrays outside of rows, with the keys that lead to them."""
    if isinstance(value, list):
        return [(where, value)]
    if not isinstance(value, dict):
        return []
    return [
        found
        for key, inner in value.items()
        for found in _arrays(inner, key if where == "the file" else f"{where}.{key}")
    ]


def _answers_key(record: _Record) -> str | None:
    return next((key for key in record if key_text(key) == _ANSWERS), None)


def _unfolded(record: _Record) -> list[_Record]:
    """One row per nested answer; a badge without answers stays as a row without question."""
    key = _answers_key(record)
    if key is None:
        return [record]
    outer = {name: value for name, value in record.items() if name != key}
    answers = record[key] if isinstance(record[key], list) else [record[key]]
    rows = [{**outer, **answer} for answer in answers if isinstance(answer, dict)]
    return rows or [{**outer, "questionText": None, "answerText": None}]


def _well_formed(text: str) -> str:
    """`text` with halves of surrogate pairs, which no file could hold, as replacement characters."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _flattened(table: pd.DataFrame) -> pd.DataFrame:
    """Columns of objects as columns of their own."""
    parts: list[pd.DataFrame] = []
    for name in table.columns:
        values = table[name]
        objects = values.map(lambda value: isinstance(value, dict))
        if not objects.any():
            parts.append(values.to_frame())
            continue
        inner = pd.DataFrame(values.where(objects, None).map(lambda value: value or {}).tolist(), dtype=object)
        parts.append(_flattened(inner.set_axis([f"{name}__{column}" for column in inner.columns], axis=1)))
        if (~objects & values.notna()).any():
            parts.append(values.mask(objects, None).to_frame())
    return pd.concat(parts, axis=1) if parts else table


def _as_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    filled = values.astype(object).where(values.notna(), "")
    return filled if all(type(value) is str for value in filled) else filled.map(_as_text).astype(object)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str | bool) for item in value):
        return SEPARATOR.join(map(str, value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
