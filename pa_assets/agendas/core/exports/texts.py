"""Texts in bulk: many small pieces, each made once, joined into long ones without a loop. In terms of Arrow arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pa_assets.agendas.core.recommend.inputs import Numbers, Words

if TYPE_CHECKING:
    import pyarrow as pa


def array(texts: Sequence[str] | Words) -> pa.Array:
    """Texts as an array."""
    import pyarrow as pa

    return pa.array(texts, pa.string())


def joined(*pieces: pa.Array | str) -> pa.Array:
    """Each row's pieces as one text; a single text stands in every row."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*pieces, "")


def grouped(texts: Sequence[str] | pa.Array, first: Numbers, separator: str) -> pa.Array:
    """The texts of each group as one text; group g is `first[g]` up to `first[g + 1]`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = texts if isinstance(texts, pa.Array) else array(texts)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(first, pa.int32()), values), separator)


def lists_of_texts(lists: Sequence[Any] | Words) -> tuple[pa.Array, Numbers]:
    """The texts of some lists in a row, and where each list begins, with the end of the last."""
    import pyarrow as pa

    column = pa.array(lists, pa.list_(pa.string()))
    return column.flatten(), np.asarray(column.offsets, dtype=np.int64)


def as_json(value: Any) -> str:
    """Compact JSON of one value, in one line.

    Raises:
        ValueError: it holds a number that JSON has no form for.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def each_distinct(texts: Sequence[str] | Words | pa.Array, made: Callable[[str], str]) -> pa.Array:
    """What is made of each text; each distinct one is made once."""
    import pyarrow as pa

    values = texts if isinstance(texts, pa.Array) else array(texts)
    coded = values.dictionary_encode()
    return array([made(text) for text in coded.dictionary.to_pylist()]).take(coded.indices)


def json_texts(texts: Sequence[str] | Words | pa.Array) -> pa.Array:
    """JSON of each text."""
    return each_distinct(texts, as_json)


def json_lists(lists: Sequence[Any] | Words, separator: str = ",") -> pa.Array:
    """JSON of each list of texts."""
    texts, first = lists_of_texts(lists)
    return joined("[", grouped(json_texts(texts), first, separator), "]")


def json_numbers(numbers: Sequence[float] | Numbers) -> pa.Array:
    """JSON of each number.

    Raises:
        ValueError: one is infinite or none.
    """
    import pyarrow as pa

    values = np.asarray(numbers)
    if not np.isfinite(values).all():
        raise ValueError("JSON has no form for numbers that are infinite or none.")
    return pa.array(values).cast(pa.string())


def json_objects(fields: dict[str, list[Any]], count: int) -> list[str]:
    """JSON of some objects of equal fields, given by field."""
    return [as_json(record) for record in records(fields, count)]


def records(fields: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
    """Columns as records."""
    names = list(fields)
    return [dict(zip(names, values, strict=True)) for values in zip(*fields.values(), strict=True)] if count else []
