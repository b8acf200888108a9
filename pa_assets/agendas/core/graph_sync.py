"""Bringing nodes and relationships in line with a table: compare by one bulk read, then write only what differs.

Knows labels, keys and owners, but no table of the domain: see `graph_load`. Every statement works on a batch of rows
through an index; none is sent per row. A run that was cut off is completed by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.graph_schema import (
    CREATED_BY,
    HASH,
    RECORD_LABEL,
    SHOW,
    NodeType,
    RelationshipType,
    quoted,
)
from pa_assets.kit import fingerprint
from pa_assets.kit.ports import Graph

START, END = "start_", "end_"
"""Prefixes of the key columns of a table of relationships."""

_HASH_VERSION = "1"
_SLICE = 5000


@dataclass(frozen=True)
class LoadReport:
    """What one load did. Rows given = written + unchanged + refused."""

    given: int
    written: int
    removed: int
    refused: Mapping[str, int] = field(default_factory=dict)
    """Reason -> rows."""
    version: str = ""
    """Fingerprint of the nodes or relationships that the graph now holds of this load."""

    @property
    def unchanged(self) -> int:
        """Rows that the graph held already."""
        return self.given - self.written - sum(self.refused.values())


def combined(reports: Mapping[str, LoadReport]) -> LoadReport:
    """One report of several named ones; reasons of refusal keep the name in front."""
    return LoadReport(
        given=sum(report.given for report in reports.values()),
        written=sum(report.written for report in reports.values()),
        removed=sum(report.removed for report in reports.values()),
        refused={
            f"{name}: {reason}": count for name, report in reports.items() for reason, count in report.refused.items()
        },
        version=fingerprint.of_named({name: report.version for name, report in reports.items()}),
    )


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
    if values.dtype != object:
        return values
    return values.map(lambda value: repr(value) if isinstance(value, list) else value)


def set_version(name: str, frame: pd.DataFrame) -> str:
    """Fingerprint of the rows of `frame` as a set."""
    return fingerprint.of_bytes(name.encode(), np.sort(row_hashes(frame).to_numpy()).tobytes())


def sync_nodes(graph: Graph, node: NodeType, show: str, frame: pd.DataFrame) -> LoadReport:
    """Let the nodes of one label and show equal `frame`.

    Properties of other steps and relationships of nodes that stay are left alone; nodes that are not in `frame` go,
    with their relationships; so do properties that this function wrote before and `frame` no longer has.

    Args:
        graph: the server.
        node: the label.
        show: tag of the show.
        frame: one row per node: the columns of its key and one column per property. `""`, `[]` and NaN mean none.
    """
    key = list(node.key)
    frame = _hashed(frame, key)
    known = known_nodes(graph, node, show, HASH)
    changed = frame[_differs(frame, known, key)]
    names = sorted(set(frame.columns) - {*key})
    surplus = _declare(graph, node, show, names)
    write = (
        f"UNWIND $rows AS row MERGE (node:{quoted(node.label)} {{{_match(node, 'row.')}}}) SET node += row.properties"
    )
    graph.write_rows(write, _node_rows(changed, key, surplus), show=show)
    gone = known[~_contained(known, frame, key)]
    delete = f"UNWIND $rows AS row MATCH (node:{quoted(node.label)} {{{_match(node, 'row.')}}}) DETACH DELETE node"
    graph.write_rows(delete, records(gone[key]), show=show)
    if surplus:
        _record(graph, node, show, names)
    return LoadReport(
        given=len(frame),
        written=len(changed),
        removed=len(gone),
        version=set_version(node.label, frame[[*key, HASH]]),
    )


def known_nodes(graph: Graph, node: NodeType, show: str, *properties: str) -> pd.DataFrame:
    """Key and some properties of all nodes of a label and show, by one read."""
    names = [*node.key, *properties]
    returned = ", ".join(f"node.{quoted(name)} AS {quoted(name)}" for name in names)
    rows = graph.read(f"MATCH (node:{quoted(node.label)}) WHERE {_of_show('node', node)} RETURN {returned}", show=show)
    return _table(rows, names)


def sync_edges(
    graph: Graph,
    edge: RelationshipType,
    show: str,
    frame: pd.DataFrame,
    stamps: Mapping[str, Any] | None = None,
) -> LoadReport:
    """Let the relationships of one type, between two labels of one show, and of its owner, equal `frame`.

    Relationships that somebody else created are left alone.

    Args:
        graph: the server.
        edge: type, labels and owner.
        show: tag of the show.
        frame: one row per relationship: its ends as `start_<key>` and `end_<key>`, and one column per property.
        stamps: properties written with a changed row that do not make it a changed one, such as a time.
    """
    ends = [*(START + name for name in edge.start.key), *(END + name for name in edge.end.key)]
    frame = _hashed(frame, ends)
    known = _known_edges(graph, edge, show, ends)
    # Two runs at the same time may both have created one: all but none are taken away, and it is written anew.
    doubled = known.duplicated(ends, keep=False)
    gone = known[~_contained(known, frame, ends) | doubled].drop_duplicates(ends)
    changed = frame[_differs(frame, known[~doubled], ends)]
    refused: dict[str, int] = {}
    if len(changed):
        possible, refused = _with_both_ends(graph, edge, show, changed)
        frame = frame.drop(index=changed.index.difference(possible.index))
        changed = possible
    source, target = _end_pattern("source", edge.start, START), _end_pattern("target", edge.end, END)
    owned = f"[edge:{quoted(edge.type)} {{{CREATED_BY}: $owner}}]"
    delete = f"UNWIND $rows AS row MATCH {source}-{owned}->{target} DELETE edge"
    graph.write_rows(delete, records(gone[ends]), show=show, owner=edge.owner)
    write = (
        f"UNWIND $rows AS row MATCH {source} MATCH {target} MERGE (source)-{owned}->(target) SET edge = row.properties"
    )
    fixed = {CREATED_BY: edge.owner, **(stamps or {})}
    graph.write_rows(write, _edge_rows(changed, ends, fixed), show=show, owner=edge.owner)
    return LoadReport(
        given=len(frame) + sum(refused.values()),
        written=len(changed),
        removed=int((~_contained(gone, frame, ends)).sum()),
        refused=refused,
        version=set_version(f"{edge.start.label} {edge.type} {edge.end.label}", frame[[*ends, HASH]]),
    )


def _known_edges(graph: Graph, edge: RelationshipType, show: str, ends: list[str]) -> pd.DataFrame:
    keys = [("source", name) for name in edge.start.key] + [("target", name) for name in edge.end.key]
    returned = (f"{side}.{quoted(name)} AS {quoted(end)}" for (side, name), end in zip(keys, ends, strict=True))
    rows = graph.read(
        f"MATCH (source:{quoted(edge.start.label)})-[edge:{quoted(edge.type)}]->(target:{quoted(edge.end.label)}) "
        f"WHERE {_of_show('source', edge.start)} AND edge.{CREATED_BY} = $owner "
        f"RETURN {', '.join(returned)}, edge.{HASH} AS {HASH}",
        show=show,
        owner=edge.owner,
    )
    return _table(rows, [*ends, HASH])


def _with_both_ends(
    graph: Graph, edge: RelationshipType, show: str, frame: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows whose two nodes exist, and how many were refused for which reason."""
    refused: dict[str, int] = {}
    for node, prefix in ((edge.start, START), (edge.end, END)):
        key = [prefix + name for name in node.key]
        known = known_nodes(graph, node, show).set_axis(key, axis=1)
        there = _contained(frame, known, key)
        if missing := int((~there).sum()):
            refused[f"{node.meaning} is not in the graph"] = missing
        frame = frame[there]
    return frame, refused


def _declare(graph: Graph, node: NodeType, show: str, names: list[str]) -> list[str]:
    """Note the names of the properties to be written; returns those noted before that are to be taken away."""
    query = f"MATCH (record:{RECORD_LABEL} {{show: $show, name: $name}}) RETURN record.properties AS properties"
    noted = [name for row in graph.read(query, show=show, name=node.label) for name in row["properties"]]
    if set(names) - set(noted):
        # Before the nodes are written: should this run be cut off, the next one knows what may be there.
        _record(graph, node, show, sorted({*names, *noted}))
    return sorted(set(noted) - set(names))


def _record(graph: Graph, node: NodeType, show: str, names: list[str]) -> None:
    query = f"MERGE (record:{RECORD_LABEL} {{show: $show, name: $name}}) SET record.properties = $names"
    graph.write(query, show=show, name=node.label, names=names)


def _of_show(variable: str, node: NodeType) -> str:
    """Condition of a node's show; naming the whole key lets the server use the index of its constraint."""
    filled = (f"{variable}.{quoted(name)} IS NOT NULL" for name in node.key)
    return " AND ".join((f"{variable}.{SHOW} = $show", *filled))


def _match(node: NodeType, source: str, prefix: str = "") -> str:
    return ", ".join((f"{SHOW}: $show", *(f"{quoted(name)}: {source}{quoted(prefix + name)}" for name in node.key)))


def _end_pattern(variable: str, node: NodeType, prefix: str) -> str:
    return f"({variable}:{quoted(node.label)} {{{_match(node, 'row.', prefix)}}})"


def _hashed(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The table with its hashes, and keys as objects even where it is empty, so that it joins with what is known."""
    hashes = row_hashes(frame)
    return frame.astype(dict.fromkeys(key, object)).assign(**{HASH: hashes}).reset_index(drop=True)


def _table(rows: Iterable[Mapping[str, Any]], names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=names).astype(object)
    if HASH in names:
        table[HASH] = table[HASH].astype("Int64")
    return table


def _differs(frame: pd.DataFrame, known: pd.DataFrame, key: list[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows that the graph lacks or holds with another hash."""
    before = known.rename(columns={HASH: "known"})
    compared = frame[[*key, HASH]].merge(before, on=key, how="left")
    return compared[HASH].ne(compared["known"]).fillna(value=True).to_numpy(dtype=bool)


def _contained(frame: pd.DataFrame, other: pd.DataFrame, key: list[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows of `frame` whose key stands in `other`."""
    merged = frame[key].merge(other[key].drop_duplicates(), on=key, how="left", indicator=True)
    return merged["_merge"].eq("both").to_numpy(dtype=bool)


def records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows as mappings, converted a slice at a time."""
    for start in range(0, len(frame), _SLICE):
        rows: list[dict[str, Any]] = frame.iloc[start : start + _SLICE].to_dict("records")  # type: ignore[assignment]
        yield from rows


def _node_rows(frame: pd.DataFrame, key: list[str], surplus: list[str]) -> Iterator[dict[str, Any]]:
    taken_away = dict.fromkeys(surplus)
    keys, values = records(frame[key]), records(_filled(frame.drop(columns=key)))
    for row, properties in zip(keys, values, strict=True):
        yield {**row, "properties": {**taken_away, **properties}}


def _edge_rows(frame: pd.DataFrame, ends: list[str], fixed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    keys, values = records(frame[ends]), records(_filled(frame.drop(columns=ends)))
    for row, properties in zip(keys, values, strict=True):
        yield {**row, "properties": {**properties, **fixed}}


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with None for `""` and `[]`, which the graph does not keep."""
    return pd.DataFrame(
        {
            name: values.where(values.astype(bool), None) if values.dtype == object else values
            for name, values in frame.items()
        },
        index=frame.index,
    )
