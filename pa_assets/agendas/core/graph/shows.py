"""What a graph holds of each show, and taking a show out of it.

A show is told by the tag `show` of its nodes alone: neither the declaration nor the settings are asked, so that a show
whose settings are gone, or whose labels were changed, is found as well. Nodes without the tag are nobody's here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pa_assets.agendas.core.graph.declaration import HASH, LOAD_ID, RECORD_LABEL, quoted
from pa_assets.kit.ports import Graph, GraphError, GraphMemoryError

BATCH_SIZE = 10_000
_SMALLEST_BATCH = 100

_NODES = (
    "MATCH (node) WHERE node.show {} "
    "RETURN node.show AS show, labels(node) AS labels, count(*) AS found, "
    f"sum(CASE WHEN node.{HASH} IS NULL THEN 1 ELSE 0 END) AS foreign"
)
_LEAVING = (
    "MATCH (node)-[edge]->() WHERE node.show {} "
    "RETURN node.show AS show, type(edge) AS type, count(*) AS found, "
    f"sum(CASE WHEN edge.{HASH} IS NULL THEN 1 ELSE 0 END) AS foreign"
)
_ARRIVING = (
    "MATCH (other)-[edge]->(node) WHERE node.show {} AND (other.show IS NULL OR other.show <> node.show) "
    "RETURN node.show AS show, type(edge) AS type, count(*) AS found, "
    f"sum(CASE WHEN edge.{HASH} IS NULL THEN 1 ELSE 0 END) AS foreign"
)
_RECORDS = f"MATCH (record:{RECORD_LABEL}) WHERE record.show {{}} RETURN properties(record) AS found"


@dataclass(frozen=True)
class ShowContent:
    """What a graph holds of one show."""

    show: str
    nodes: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """Labels of a node -> nodes; the records of loads included."""
    relationships: Mapping[str, int] = field(default_factory=dict)
    """Type -> relationships with at least one end in the show."""
    foreign_nodes: int = 0
    """Nodes with the show's tag that no load made."""
    foreign_relationships: int = 0
    """Relationships among them that no load made."""
    records: tuple[Mapping[str, Any], ...] = ()
    """Properties of the nodes that say what was loaded, sorted by name."""

    @property
    def node_count(self) -> int:
        """Nodes of all labels."""
        return sum(self.nodes.values())

    @property
    def relationship_count(self) -> int:
        """Relationships of all types."""
        return sum(self.relationships.values())

    @property
    def unfinished(self) -> list[str]:
        """Names of the loads that began and did not end."""
        return [str(record["name"]) for record in self.records if record.get("loading")]

    @property
    def last_loads(self) -> dict[str, str]:
        """Loader -> mark of its last load that ended."""
        return {str(record["name"]): str(record[LOAD_ID]) for record in self.records if record.get(LOAD_ID)}


def contents(graph: Graph) -> dict[str, ShowContent]:
    """Every show that the graph holds, by its tag."""
    return {found.show: found for found in _contents(graph, "IS NOT NULL")}


def content(graph: Graph, show: str) -> ShowContent:
    """What the graph holds of one show; nothing where it has none."""
    return next(_contents(graph, "= $show", show=show), ShowContent(show))


def _contents(graph: Graph, condition: str, **parameters: Any) -> Iterator[ShowContent]:
    nodes: defaultdict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    relationships: defaultdict[str, dict[str, int]] = defaultdict(dict)
    foreign_nodes: defaultdict[str, int] = defaultdict(int)
    foreign_relationships: defaultdict[str, int] = defaultdict(int)
    records: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in graph.read(_NODES.format(condition), **parameters):
        labels = tuple(sorted(row["labels"]))
        nodes[row["show"]][labels] = nodes[row["show"]].get(labels, 0) + row["found"]
        foreign_nodes[row["show"]] += row["foreign"] if RECORD_LABEL not in labels else 0
    for query in (_LEAVING, _ARRIVING):
        for row in graph.read(query.format(condition), **parameters):
            counted = relationships[row["show"]]
            counted[row["type"]] = counted.get(row["type"], 0) + row["found"]
            foreign_relationships[row["show"]] += row["foreign"]
    for row in graph.read(_RECORDS.format(condition), **parameters):
        records[row["found"]["show"]].append(row["found"])
    for show in sorted(nodes):
        yield ShowContent(
            show,
            dict(sorted(nodes[show].items())),
            dict(sorted(relationships[show].items())),
            foreign_nodes[show],
            foreign_relationships[show],
            tuple(sorted(records[show], key=lambda record: str(record.get("name")))),
        )


def delete(
    graph: Graph, show: str, *, batch_size: int = BATCH_SIZE, progress: Callable[[int], None] | None = None
) -> ShowContent:
    """Take a show out of the graph: its relationships, then its nodes, in batches of one transaction each.

    What others made goes too where it hangs on the show's nodes or carries its tag. A deletion that was cut off is
    completed by the next one.

    Args:
        graph: the server.
        show: tag of the show.
        batch_size: rows of a transaction; smaller ones follow where the server's memory asks for them.
        progress: told the number of rows of each batch.

    Returns:
        What was there.

    Raises:
        GraphError: the server failed, or the show is not gone.
    """
    found = content(graph, show)
    # One label each, by which a server finds nodes faster than without; the last is for nodes that have none.
    nodes = [f"(node:{quoted(label)})" for label in sorted({names[0] for names in found.nodes if names})] + ["(node)"]
    # Relationships first: a stream or a session may have more of them than a transaction should take.
    for pattern in nodes:
        for edges in (f"{pattern}-[row]->()", f"{pattern}<-[row]-()"):
            query = f"MATCH {edges} WHERE node.show = $show WITH row LIMIT $size DELETE row"
            _drain(graph, query, show, batch_size, progress)
    for pattern in nodes:
        query = f"MATCH {pattern} WHERE node.show = $show WITH node LIMIT $size DETACH DELETE node"
        _drain(graph, query, show, batch_size, progress)
    left = content(graph, show)
    if left.nodes:
        raise GraphError(
            f"{left.node_count} nodes of the show {show!r} are still there. A run may be loading it at this moment: "
            "let it end, and delete again."
        )
    return found


def _drain(graph: Graph, query: str, show: str, size: int, progress: Callable[[int], None] | None) -> None:
    """Repeat a deleting statement, with smaller batches where the server's memory asks for them, until none is left."""
    removed = size
    while removed >= size:
        try:
            (row,) = graph.write(f"{query} RETURN count(*) AS removed", show=show, size=size)
        except GraphMemoryError:
            if size <= _SMALLEST_BATCH:
                raise
            size = max(size // 4, _SMALLEST_BATCH)
            continue
        removed = row["removed"]
        if progress:
            progress(removed)
