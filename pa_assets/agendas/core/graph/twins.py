"""Parquet twins of the graph: one file per element with the rows as they should be, for runs without a graph.

Which rows there are: `people`, `programme`, `later`. Stamps are not in a twin: it tells content, not times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from pa_assets.agendas.core.graph.declaration import HASH, Element
from pa_assets.agendas.core.graph.parts import Part
from pa_assets.kit import files


def write(folder: Path, parts: Sequence[Part]) -> None:
    """Write the twin of each part that changed, each in one step: `<folder>/<name of the element>.parquet`."""
    for part in parts:
        path = _path(folder, part.element)
        if _is_same(path, part):
            files.remove_abandoned(path)
        else:
            files.write_parquet(path, part.frame)


def _is_same(path: Path, part: Part) -> bool:
    """Whether a twin holds the part: hashes cover names and values of all columns, and rows are sorted."""
    if part.frame.empty or not path.is_file():
        return False
    return pd.read_parquet(path, columns=[HASH])[HASH].equals(part.frame[HASH].reset_index(drop=True))


def read(folder: Path, element: Element) -> pd.DataFrame | None:
    """The rows of an element as they were written; None where it has no twin.

    Lists of text are lists, vectors are arrays of 32-bit floats.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _path(folder, element)
    if not path.is_file():
        return None
    table = pq.read_table(path)
    lists = [
        field.name for field in table.schema if pa.types.is_list(field.type) and not _is_number(field.type.value_type)
    ]
    plain: pd.DataFrame = table.drop_columns(lists).to_pandas()
    frame = pd.concat([plain, pd.DataFrame({name: _lists(table.column(name)) for name in lists})], axis=1)
    return frame[list(table.column_names)]


@dataclass(frozen=True)
class Twins(Mapping[str, pd.DataFrame]):
    """The twins of a folder, by name of the element; each is read when it is asked for."""

    folder: Path
    elements: Mapping[str, Element]
    whole: bool
    """All columns; else ends and `row_hash` alone."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        element = self.elements[name]
        if self.whole:
            table = read(self.folder, element)
            if table is None:
                raise KeyError(name)
            return table
        return pd.read_parquet(_path(self.folder, element), columns=[*element.ends, HASH])

    def __contains__(self, name: object) -> bool:
        return name in self.elements

    def __iter__(self) -> Iterator[str]:
        return iter(self.elements)

    def __len__(self) -> int:
        return len(self.elements)


def known(folder: Path, elements: Iterable[Element]) -> Twins:
    """Ends and `row_hash` that the last load left, of the elements that have a twin."""
    return _twins(folder, elements, whole=False)


def tables(folder: Path, elements: Iterable[Element]) -> Twins:
    """All that the last load left, of the elements that have a twin."""
    return _twins(folder, elements, whole=True)


def _twins(folder: Path, elements: Iterable[Element], *, whole: bool) -> Twins:
    there = {element.name: element for element in elements if _path(folder, element).is_file()}
    return Twins(folder, there, whole)


def _path(folder: Path, element: Element) -> Path:
    return folder / f"{element.name}.parquet"


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind))


def _lists(column: Any) -> pd.Series[Any]:
    """A column of lists of text as Python lists, by one pass over the items."""
    whole = column.combine_chunks()
    items, bounds = whole.flatten().to_pylist(), [0, *whole.value_lengths().fill_null(0).to_numpy().cumsum().tolist()]
    cells = [items[start:end] for start, end in pairwise(bounds)]
    return pd.Series(cells, dtype=object)
