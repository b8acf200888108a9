"""The graph of a show against its tables: every value of every row read back, differences named, and mended.

Reading and comparing; how values become comparable is `cells`, and writing is `sync`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.graph import statements, sync
from pa_assets.agendas.core.graph.cells import cells
from pa_assets.agendas.core.graph.changes import contained
from pa_assets.agendas.core.graph.declaration import (
    CREATED_BY,
    HASH,
    LOAD_ID,
    SHOW,
    Element,
    Layer,
    NodeType,
    RelationshipType,
    Schema,
)
from pa_assets.agendas.core.graph.parts import LoadReport, Part
from pa_assets.kit import fingerprint
from pa_assets.kit.ports import Graph, Write

PAGE_ROWS = 20_000
"""Rows read at once, about: what bounds the memory of a comparison."""

MENDER = "mend"
"""Name under which a mending load is recorded."""

_PROPERTIES = "properties"


@dataclass(frozen=True)
class ElementComparison:
    """How the rows of one label, layer or type of relationship differ. Tables of rows have `element.ends`."""

    element: Element
    expected: int
    """Rows of the table."""
    found: int
    """Rows of the graph that the loader made; doubled ones count each."""
    missing: pd.DataFrame
    surplus: pd.DataFrame
    changed: pd.DataFrame
    """Rows with other values, and the names of these `properties`: `row_hash` where the hash is another one."""
    doubled: pd.DataFrame
    """Relationships that stand there several times."""
    others: int
    """Nodes or relationships that somebody else made."""
    other_properties: Mapping[str, int]
    """Property that somebody else made on nodes or relationships of the loader -> how many have it."""
    stamps: pd.DataFrame
    """Ends and stamps of the rows found, where the element has stamps."""
    expected_digest: str
    found_digest: str

    @property
    def differences(self) -> int:
        """Rows that differ, and relationships of an exclusive type that somebody else made."""
        exclusive = isinstance(self.element, RelationshipType) and self.element.exclusive
        return sum(map(len, self.damage.values())) + (self.others if exclusive else 0)

    @property
    def damaged(self) -> pd.DataFrame:
        """Ends of the rows to be written anew."""
        return pd.concat([self.missing, self.changed, self.doubled])[self.element.ends].drop_duplicates()

    @property
    def damage(self) -> dict[str, pd.DataFrame]:
        """Kind of difference -> rows."""
        return {name: getattr(self, name) for name in ("missing", "surplus", "changed", "doubled")}

    @property
    def unseen(self) -> int:
        """Changed rows whose hash says that they are as they should be: a load would leave them so."""
        return int((~self.changed[_PROPERTIES].map(lambda names: HASH in names)).sum())


@dataclass(frozen=True)
class Comparison:
    """How the graph of a show differs from its tables."""

    show: str
    elements: tuple[ElementComparison, ...]
    without_table: tuple[str, ...] = ()
    """Elements that were never loaded here, so that nothing can be said of them."""
    unfinished: Mapping[str, list[str]] = field(default_factory=dict)
    """Loader -> marks of its loads that did not end."""

    @property
    def equal(self) -> bool:
        """Whether the graph holds what the tables say, and no load is unfinished."""
        return not self.unfinished and not any(item.differences for item in self.elements)

    @property
    def most(self) -> int:
        """Rows of the most frequent kind of difference of an element."""
        return max((len(rows) for item in self.elements for rows in item.damage.values()), default=0)

    @property
    def expected_digest(self) -> str:
        """Fingerprint of the show as the tables say; order, marks of loads and stamps do not count."""
        return fingerprint.of_named({item.element.name: item.expected_digest for item in self.elements})

    @property
    def found_digest(self) -> str:
        """Fingerprint of the show as the graph holds it: the same where the content is the same."""
        return fingerprint.of_named({item.element.name: item.found_digest for item in self.elements})

    def table(self) -> pd.DataFrame:
        """One row per element: expected, found, missing, surplus, changed, unseen, doubled, others."""
        names = ["part", "expected", "found", "missing", "surplus", "changed", "unseen", "doubled", "others"]
        rows = [
            (
                item.element.name,
                item.expected,
                item.found,
                *(len(item.damage[name]) for name in ("missing", "surplus", "changed")),
                item.unseen,
                len(item.doubled),
                item.others + sum(item.other_properties.values()),
            )
            for item in self.elements
        ]
        return pd.DataFrame(rows, columns=names)

    def examples(self, limit: int) -> pd.DataFrame:
        """Up to `limit` rows of each difference of each element: part, difference, key, properties."""
        tables = [
            pd.DataFrame(
                {
                    "part": item.element.name,
                    "difference": kind,
                    "key": list(zip(*(rows[end].head(limit) for end in item.element.ends), strict=True)),
                    _PROPERTIES: rows[_PROPERTIES].head(limit).map(", ".join) if _PROPERTIES in rows else "",
                }
            )
            for item in self.elements
            for kind, rows in item.damage.items()
        ]
        columns = ["part", "difference", "key", _PROPERTIES]
        return pd.concat([pd.DataFrame(columns=columns), *(table for table in tables if len(table))], ignore_index=True)


def compare(graph: Graph, show: str, schema: Schema, twins: Mapping[str, pd.DataFrame]) -> Comparison:
    """Read everything that the graph holds of a show and compare it with the tables.

    One element is held at a time, and its values as numbers.

    Args:
        graph: the server.
        show: tag of the show.
        schema: the declaration.
        twins: name of an element -> its rows as they should be, see `twins.read`; those without are not compared.
    """
    records = {row["name"]: row for row in graph.read(statements.READ_RECORDS, show=show)}
    compared = [element for element in schema.elements if element.name in twins]
    return Comparison(
        show,
        tuple(_compared(graph, show, schema, element, twins[element.name], records) for element in compared),
        tuple(element.name for element in schema.elements if element.name not in twins),
        {name: list(row["loading"]) for name, row in sorted(records.items()) if row["loading"]},
    )


def mend(
    graph: Graph,
    comparison: Comparison,
    twins: Mapping[str, pd.DataFrame],
    *,
    load_id: str,
    stamps: Mapping[str, Mapping[str, Any]] | None = None,
) -> LoadReport:
    """Write what is missing, changed or doubled as the tables say, and take away what is surplus; others' work stays.

    Args:
        graph: the server.
        comparison: what was found.
        twins: the tables it was compared with.
        load_id: mark of the load.
        stamps: element -> stamps for rows that have none; those found stay.
    """
    damaged = [item for item in comparison.elements if item.differences]
    parts = [
        Part(
            item.element,
            twins[item.element.name],
            stamps=_stamps(item, twins[item.element.name], (stamps or {}).get(item.element.name, {})),
        )
        for item in damaged
    ]
    again = {
        item.element.name: pd.concat([item.missing, item.changed, item.doubled])[item.element.ends] for item in damaged
    }
    report = sync.load(graph, comparison.show, MENDER, parts, load_id=load_id, again=again)
    if comparison.unfinished:
        finished = [mark for marks in comparison.unfinished.values() for mark in marks]
        parameters = {"show": comparison.show, "finished": finished}
        graph.write_all([Write(statements.FORGET_UNFINISHED, None, parameters)])
    return report


def _stamps(item: ElementComparison, frame: pd.DataFrame, given: Mapping[str, Any]) -> dict[str, pd.Series[Any]]:
    ends = item.element.ends
    there = frame[ends].merge(item.stamps.drop_duplicates(ends), on=ends, how="left")
    fresh = frame[ends].assign(**given)
    return {
        name: there[name].astype(object).where(there[name].notna(), fresh.get(name))
        for name in there.columns.difference(ends)
    }


@dataclass(frozen=True)
class _Found:
    """Rows of an element as the graph holds them."""

    own: pd.DataFrame
    """Ends, hash, and one number per property."""
    stamps: pd.DataFrame
    others: int
    other_properties: Counter[str]


def _compared(
    graph: Graph,
    show: str,
    schema: Schema,
    element: Element,
    twin: pd.DataFrame,
    records: Mapping[str, Mapping[str, Any]],
) -> ElementComparison:
    ends = element.ends
    noted = {*((records.get(element.name) or {}).get("properties") or ()), *twin.columns}
    names = sorted(noted - {*ends, HASH, *_stamp_names(element)})
    expected = pd.concat([twin[[*ends, HASH]].astype(dict.fromkeys(ends, object)), cells(twin, names)], axis=1)
    found = _found(graph, show, schema, element, expected[ends], names)
    own = found.own
    doubled = own.duplicated(ends, keep=False).to_numpy()
    single = own.drop_duplicates(ends)
    return ElementComparison(
        element=element,
        expected=len(expected),
        found=len(own),
        missing=expected.loc[~contained(expected, own, ends), ends],
        surplus=single.loc[~contained(single, expected, ends), ends],
        changed=_changed(expected, single, ends, [*names, HASH]),
        doubled=own.loc[doubled & contained(own, expected, ends), ends].drop_duplicates(),
        others=found.others,
        other_properties=dict(sorted(found.other_properties.items())),
        stamps=found.stamps,
        expected_digest=_digest(expected, ends, names),
        found_digest=_digest(own, ends, names),
    )


def _changed(expected: pd.DataFrame, found: pd.DataFrame, ends: list[str], names: list[str]) -> pd.DataFrame:
    both = expected.merge(found, on=ends, suffixes=("", " found"))
    differs = pd.DataFrame({name: both[name].ne(both[f"{name} found"]).fillna(value=True) for name in names})
    there = differs.any(axis=1).to_numpy(dtype=bool)
    flags = differs[there].to_numpy(dtype=bool)
    listed = [[name for name, differs in zip(names, row, strict=True) if differs] for row in flags.tolist()]
    return both.loc[there, ends].assign(**{_PROPERTIES: pd.Series(listed, index=both.index[there], dtype=object)})


def _digest(rows: pd.DataFrame, ends: list[str], names: list[str]) -> str:
    """Fingerprint of rows as a set; a property that no row has does not count."""
    keys = cells(rows, ends)
    # Sums that wrap around: an absent value adds nothing.
    totals = keys.to_numpy(dtype=np.uint64).sum(axis=1, dtype=np.uint64)
    totals += rows[names].to_numpy(dtype=np.uint64).sum(axis=1, dtype=np.uint64)
    return fingerprint.of_bytes(np.sort(totals).tobytes())


def _found(
    graph: Graph, show: str, schema: Schema, element: Element, expected: pd.DataFrame, names: list[str]
) -> _Found:
    ends, stamps = element.ends, _stamp_names(element)
    known = {*names, *stamps, *ends, *_reserved(schema, element)}
    own, kept, others, strangers = [], [], 0, Counter[str]()
    for bounds in _pages(expected[ends[0]]):
        query = statements.read_values(element, "low" in bounds, "high" in bounds)
        rows = graph.read(query, show=show, **bounds)
        keys = pd.DataFrame(rows, columns=ends).astype(object)
        values = [row["found"] for row in rows]
        mine = _is_own(element, keys, values, expected, names)
        others += 0 if isinstance(element, Layer) else int((~mine).sum())
        values = [found for found, is_own in zip(values, mine.tolist(), strict=True) if is_own]
        keys = keys[mine].reset_index(drop=True)
        table = pd.DataFrame({name: _column(values, name) for name in [*names, *stamps]}, index=keys.index)
        hashes = _column(values, statements.hash_of(element)).astype("Int64")
        own.append(pd.concat([keys, hashes.rename(HASH), cells(table, names)], axis=1))
        kept.append(pd.concat([keys, table[stamps]], axis=1))
        if not isinstance(element, Layer):
            strangers.update(name for found in values for name in found if name not in known)
    return _Found(pd.concat(own, ignore_index=True), pd.concat(kept, ignore_index=True), others, strangers)


def _column(values: list[dict[str, Any]], name: str) -> pd.Series[Any]:
    return pd.Series([found.get(name) for found in values], dtype=object)


def _pages(first: pd.Series[Any]) -> Iterator[dict[str, str]]:
    """Bounds of stretches of the first end that hold about `PAGE_ROWS` rows each and together hold every value.

    Bounds are ASCII: servers and Python agree on how other texts compare with those.
    """
    marks = first[first.map(str.isascii).astype(bool)].sort_values(ignore_index=True).iloc[PAGE_ROWS::PAGE_ROWS]
    bounds = [None, *marks.unique().tolist(), None]
    for low, high in pairwise(bounds):
        yield {name: value for name, value in (("low", low), ("high", high)) if value is not None}


def _is_own(
    element: Element, keys: pd.DataFrame, values: list[dict[str, Any]], expected: pd.DataFrame, names: list[str]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows the loader made. What stands in the table and has no hash is a row whose hash was lost."""
    if isinstance(element, RelationshipType):
        return _column(values, CREATED_BY).eq(element.owner).to_numpy(dtype=bool)
    hashed = _column(values, statements.hash_of(element)).notna().to_numpy(dtype=bool)
    lost = contained(keys, expected, element.ends)
    if isinstance(element, Layer):
        lost &= np.array([any(name in found for name in names) for found in values], dtype=bool)
    return hashed | lost


def _stamp_names(element: Element) -> list[str]:
    return [] if isinstance(element, NodeType) else [item.name for item in element.stamps]


def _reserved(schema: Schema, element: Element) -> set[str]:
    """Names of properties that other steps or every load write."""
    layers = [layer for layer in schema.layers if layer.node == element]
    items = [item.name for layer in layers for item in (*layer.properties, *layer.stamps)]
    marks = (name for layer in layers for name in (layer.hash, statements.load_id_of(layer)))
    return {SHOW, HASH, LOAD_ID, CREATED_BY, *items, *marks}
