"""Rows of the graph as they should be, before any server is asked: parts, their hashes, and what a load of them did.

Which rows there are: `people`, `programme`, `later`. Writing them: `sync`. Keeping them as Parquet: `twins`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from pa_assets.agendas.core.graph.declaration import END, HASH, START, Element, NodeType, RelationshipType
from pa_assets.kit import fingerprint

REFUSED_COLUMNS = ("reason", "value", "rows")
"""Rows that cannot become part of the graph: why, which answer or stream (never a person), and how many."""

_HASH_VERSION = "2"


def refusals(rows: Iterable[tuple[str, str, int]] = ()) -> pd.DataFrame:
    """A table of refused rows: reason, value, number of rows; rows without any are left out."""
    frame = pd.DataFrame(list(rows), columns=list(REFUSED_COLUMNS)).astype({"reason": object, "value": object})
    return frame[frame["rows"].astype(int) > 0].reset_index(drop=True)


@dataclass(frozen=True)
class Part:
    """All nodes, relationships or rows of a layer of one element and one show, as they should be."""

    element: Element
    frame: pd.DataFrame
    """One row each: `element.ends`, one column per property by its name in the graph, and `row_hash`; sorted by
    `element.ends`, which name a row. `""`, `[]` and missing values mean none."""
    refused: pd.DataFrame = field(default_factory=refusals)
    """`REFUSED_COLUMNS`."""
    stamps: Mapping[str, Any] = field(default_factory=dict)
    """Properties written with a changed row that do not make it a changed one, such as a time: one value for all rows,
    or a series with one per row of `frame`. `frame.assign(**stamps)` is what is written."""

    @property
    def version(self) -> str:
        """Fingerprint of the rows as a set."""
        hashes = np.sort(self.frame[HASH].to_numpy(dtype=np.int64))
        return fingerprint.of_bytes(self.element.name.encode(), hashes.tobytes())


def part(
    element: Element,
    rows: pd.DataFrame,
    refused: pd.DataFrame | None = None,
    stamps: Mapping[str, Any] | None = None,
    *,
    hidden: Sequence[str] = (),
) -> Part:
    """A part of rows without hashes, in any order: hashed and sorted.

    Args:
        element: what the rows are of.
        rows: as `Part.frame`, without hashes.
        refused: as `Part.refused`.
        stamps: as `Part.stamps`; a series has the index of `rows`.
        hidden: columns of `rows` that count for the hash and are not written.

    Raises:
        ValueError: a key stands twice.
    """
    ends = element.ends
    if rows.duplicated(ends).any():
        raise ValueError(f"{element.name}: {int(rows.duplicated(ends).sum())} rows repeat the key {', '.join(ends)}.")
    frame = rows.astype(dict.fromkeys(ends, object)).assign(**{HASH: row_hashes(rows)}).drop(columns=list(hidden))
    order = frame.sort_values(ends, kind="stable").index
    sorted_stamps = {
        name: value.loc[order].reset_index(drop=True) if isinstance(value, pd.Series) else value
        for name, value in (stamps or {}).items()
    }
    frame = frame.loc[order].reset_index(drop=True)
    return Part(element, frame, refusals() if refused is None else refused, sorted_stamps)


def connected(edge: RelationshipType, rows: pd.DataFrame, starts: pd.DataFrame, ends: pd.DataFrame) -> Part:
    """A part of relationships; rows without one of their two nodes are refused.

    Args:
        edge: the relationship.
        rows: as `Part.frame`, without hashes.
        starts: keys of the nodes at the start, among other columns.
        ends: keys of the nodes at the end, among other columns.
    """
    started, no_start = refuse_strangers(rows, [START + name for name in edge.start.key], edge.start, starts)
    kept, no_end = refuse_strangers(started, [END + name for name in edge.end.key], edge.end, ends)
    return part(edge, kept, pd.concat([no_start, no_end], ignore_index=True))


def refuse_strangers(
    rows: pd.DataFrame, columns: Sequence[str], node: NodeType, nodes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows whose `columns` name one of `nodes`, and the others counted as refused.

    Args:
        rows: any table.
        columns: columns of `rows` that hold the key of `node`, in its order.
        node: the label.
        nodes: keys of the nodes there are, among other columns.
    """
    keys = nodes[list(node.key)].set_axis(list(columns), axis=1).astype(object).drop_duplicates()
    merged = rows[list(columns)].astype(object).merge(keys, how="left", indicator=True)
    there = merged["_merge"].eq("both").to_numpy(dtype=bool)
    return rows[there], refusals([(f"{node.meaning} is not in the graph", "", int((~there).sum()))])


def row_hashes(frame: pd.DataFrame) -> pd.Series[Any]:
    """A 64-bit integer per row, of the names and values of its columns; the order of columns does not count."""
    names = sorted(map(str, frame.columns))
    salt = fingerprint.of_text(_HASH_VERSION, *names)[:16]
    values = pd.DataFrame({name: _hashable(frame[name]) for name in names}, index=frame.index)
    if values.empty:
        return pd.Series(np.zeros(len(frame), dtype=np.int64), index=frame.index)
    # Not by categories: pandas takes texts that differ in NUL characters alone for one category.
    hashes = pd.util.hash_pandas_object(values, index=False, hash_key=salt, categorize=False)
    return pd.Series(hashes.to_numpy().view(np.int64), index=frame.index)


def _hashable(values: pd.Series[Any]) -> pd.Series[Any]:
    if values.dtype != object or infer_dtype(values, skipna=True) in ("string", "empty"):
        return values
    return values.map(_hashed_as)


def _hashed_as(value: Any) -> Any:
    if isinstance(value, list):
        return repr(value)
    return value.tobytes() if isinstance(value, np.ndarray) else value


@dataclass(frozen=True)
class PartReport:
    """What one load did with one part. Rows given = written + unchanged + refused."""

    given: int
    written: int
    removed: int
    refused: Mapping[str, int] = field(default_factory=dict)
    """Reason -> rows."""
    found: int = 0
    """Rows that the graph held before."""

    @property
    def unchanged(self) -> int:
        """Rows that the graph held already."""
        return self.given - self.written - sum(self.refused.values())


@dataclass(frozen=True)
class LoadReport:
    """What one load did."""

    parts: Mapping[str, PartReport]
    """By name of the element."""
    version: str
    """Fingerprint of all parts given."""
    load_id: str = ""
    """Mark on the rows written; empty where none was."""
    statements: int = 0
    whole: bool = True
    """Written in one transaction; else in batches under the load's mark."""

    @property
    def given(self) -> int:
        """Rows given."""
        return sum(report.given for report in self.parts.values())

    @property
    def written(self) -> int:
        """Rows written."""
        return sum(report.written for report in self.parts.values())

    @property
    def removed(self) -> int:
        """Rows removed."""
        return sum(report.removed for report in self.parts.values())

    @property
    def refused(self) -> dict[str, int]:
        """Rows refused, by part and reason."""
        return {f"{name}: {why}": n for name, report in self.parts.items() for why, n in report.refused.items()}

    def table(self) -> pd.DataFrame:
        """One row per part: part, given, written, unchanged, removed, refused, why."""
        return pd.DataFrame(
            [
                {
                    "part": name,
                    "given": report.given,
                    "written": report.written,
                    "unchanged": report.unchanged,
                    "removed": report.removed,
                    "refused": sum(report.refused.values()),
                    "why": "; ".join(f"{why}: {n}" for why, n in report.refused.items()),
                }
                for name, report in self.parts.items()
            ],
            columns=["part", "given", "written", "unchanged", "removed", "refused", "why"],
        )


def version_of(parts: Iterable[Part]) -> str:
    """Fingerprint of several parts."""
    return fingerprint.of_named({part.element.name: part.version for part in parts})
