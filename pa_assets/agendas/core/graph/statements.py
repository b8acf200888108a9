"""Every Cypher text of loads and comparisons, made from the declaration; valid on Neo4j 5 and on the embedded server.

Texts only: nothing is sent from here. Every statement works through an index of `show` and key, and none is meant to be
sent per row. Parameters: `$show`; `$owner` where relationships are meant; `$rows` where it starts with UNWIND.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pa_assets.agendas.core.graph.declaration import (
    CREATED_BY,
    END,
    HASH,
    LOAD_ID,
    RECORD_LABEL,
    SHOW,
    START,
    Element,
    Layer,
    NodeType,
    RelationshipType,
    quoted,
)

READERS_FILTER = (
    f"OPTIONAL MATCH (record:{RECORD_LABEL} {{{SHOW}: $show}}) "
    "WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished "
)
"""Start of a query that shall not see half of a load; `finished` is the condition that goes with it."""

MODULI = (2147483629, 2147483587)
"""Two primes below 2^31: sums of hashes modulo each fit 64 bits for any number of rows that fits a server."""

SHOW_INDEXES = "SHOW INDEXES"

READ_RECORDS = (
    f"MATCH (record:{RECORD_LABEL} {{{SHOW}: $show}}) "
    "RETURN record.name AS name, record.properties AS properties, record.loading AS loading"
)
WRITE_NOTES = (
    f"UNWIND $rows AS row MERGE (record:{RECORD_LABEL} {{{SHOW}: $show, name: row.name}}) "
    "SET record.properties = row.properties"
)
OPEN_LOAD = (
    f"MERGE (record:{RECORD_LABEL} {{{SHOW}: $show, name: $loader}}) "
    f"SET record.loading = coalesce(record.loading, []) + [$load_id]"
)
CLOSE_LOAD = (
    f"MERGE (record:{RECORD_LABEL} {{{SHOW}: $show, name: $loader}}) "
    f"SET record.{LOAD_ID} = $load_id, "
    "record.loading = [id IN coalesce(record.loading, []) WHERE NOT id IN $finished]"
)
FORGET_UNFINISHED = (
    f"MATCH (record:{RECORD_LABEL} {{{SHOW}: $show}}) "
    "SET record.loading = [id IN coalesce(record.loading, []) WHERE NOT id IN $finished]"
)


def finished(variable: str, layer: Layer | None = None) -> str:
    """Condition, behind `READERS_FILTER`: the node or relationship was not written by a load that is not finished.

    With a layer: its properties were not.
    """
    return f"NOT coalesce({variable}.{quoted(load_id_of(layer)) if layer else LOAD_ID}, '') IN unfinished"


def schema_statements(nodes: Iterable[NodeType], present: Sequence[Mapping[str, Any]]) -> list[str]:
    """Statements that create what is missing of the constraints and indexes of some labels.

    Args:
        nodes: the labels.
        present: what the server answered to `SHOW_INDEXES`.
    """
    there = {
        (tuple(row["labelsOrTypes"] or ()), tuple(row["properties"] or ()), row["owningConstraint"] is not None)
        for row in present
    }
    keys = {node.label: node.key for node in nodes}
    indexed = [(node.label, name) for node in nodes for name in node.indexed]
    missing = [
        f"CREATE CONSTRAINT IF NOT EXISTS FOR (node:{quoted(label)}) REQUIRE ({_names((SHOW, *key))}) IS UNIQUE"
        for label, key in {RECORD_LABEL: ("name",), **keys}.items()
        if ((label,), (SHOW, *key), True) not in there
    ]
    # Not with `show` in front: the embedded server is ten times slower where one part of a key is set before another.
    return missing + [
        f"CREATE INDEX IF NOT EXISTS FOR (node:{quoted(label)}) ON ({_names((name,))})"
        for label, name in indexed
        if ((label,), (name,), False) not in there
    ]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"node.{quoted(name)}" for name in names)


def hash_of(element: Element) -> str:
    """Property that holds the hash of a row."""
    return element.hash if isinstance(element, Layer) else HASH


def load_id_of(element: Element) -> str:
    """Property that holds the mark of the load that wrote a row."""
    return element.load_id if isinstance(element, Layer) else LOAD_ID


def checksums(elements: Sequence[Element]) -> tuple[str, dict[str, str]]:
    """One reading statement for all elements, and its parameters beside `$show`.

    It returns a row per element: `part` (its position), `rows`, `first` and `second` (sums of hashes modulo each of
    `MODULI`) of what its loader wrote, and `others`: relationships of an exclusive type that somebody else made.
    """
    texts, owners = [], {}
    for position, element in enumerate(elements):
        if isinstance(element, RelationshipType):
            owners[f"owner{position}"] = element.owner
        texts.append(_checksum(element, position))
    return " UNION ALL ".join(texts), owners


def _checksum(element: Element, position: int) -> str:
    if not isinstance(element, RelationshipType):
        value = f"node.{quoted(hash_of(element))}"
        return (
            f"MATCH {_scope(element)} AND {value} IS NOT NULL RETURN {position} AS part, count(*) AS rows, "
            f"sum({value} % {MODULI[0]}) AS first, sum({value} % {MODULI[1]}) AS second, 0 AS others"
        )
    value, own = f"edge.{HASH}", f"edge.{CREATED_BY} = $owner{position}"
    if not element.exclusive:
        return (
            f"MATCH {_scope(element)} AND {own} RETURN {position} AS part, count(*) AS rows, "
            f"sum({value} % {MODULI[0]}) AS first, sum({value} % {MODULI[1]}) AS second, 0 AS others"
        )

    def total(of_own: str, of_others: str) -> str:
        return f"sum(CASE WHEN {own} THEN {of_own} ELSE {of_others} END)"

    first, second = (total(f"{value} % {modulus}", "0") for modulus in MODULI)
    return (
        f"MATCH {_scope(element)} RETURN {position} AS part, {total('1', '0')} AS rows, "
        f"{first} AS first, {second} AS second, {total('0', '1')} AS others"
    )


def read_hashes(element: Element) -> str:
    """Ends and hash, as `row_hash`, of all rows of an element that its loader wrote."""
    value = f"{_subject(element)}.{quoted(hash_of(element))}"
    return f"MATCH {_whole_scope(element)} AND {_owned(element)} RETURN {_ends(element)}, {value} AS {HASH}"


def read_values(element: Element, low: bool = False, high: bool = False) -> str:
    """Ends and all properties, as `found`, of everything with the label or type, whoever made it.

    Args:
        element: what to read.
        low: only what has the first of its ends at or above `$low`.
        high: only what has it below `$high`.
    """
    first = _end_values(element)[0][0]
    bounds = (f" AND {first} >= $low" if low else "") + (f" AND {first} < $high" if high else "")
    return f"MATCH {_whole_scope(element)}{bounds} RETURN {_ends(element)}, properties({_subject(element)}) AS found"


def write(element: Element) -> str:
    """Create or change rows `{<ends>, properties}`; counts those whose nodes exist."""
    if isinstance(element, RelationshipType):
        return (
            f"UNWIND $rows AS row {_both_ends(element)} MERGE (source)-{_own_edge(element)}->(target) "
            "SET edge += row.properties RETURN count(*) AS count"
        )
    node = _matched("node", element.node, "") if isinstance(element, Layer) else _merged(element)
    return f"UNWIND $rows AS row {node} SET node += row.properties RETURN count(*) AS count"


def remove(element: Element) -> str:
    """Remove rows `{<ends>}` that the loader wrote; of a layer, its properties, which come as `properties` of None."""
    if isinstance(element, RelationshipType):
        return f"UNWIND $rows AS row {_both_ends(element)} MATCH (source)-{_own_edge(element)}->(target) DELETE edge"
    node = _matched("node", _node_type(element), "")
    start = f"UNWIND $rows AS row {node} AND node.{quoted(hash_of(element))} IS NOT NULL"
    return f"{start} SET node += row.properties" if isinstance(element, Layer) else f"{start} DETACH DELETE node"


def remove_others(edge: RelationshipType) -> str:
    """Remove up to `$limit` relationships of an exclusive type that somebody else made."""
    return (
        f"MATCH {_scope(edge)} AND (edge.{CREATED_BY} IS NULL OR edge.{CREATED_BY} <> $owner) "
        "WITH edge LIMIT $limit DELETE edge"
    )


def _scope(element: Element) -> str:
    """Pattern and condition of the element in one show; naming the whole key lets a server use its index."""
    if isinstance(element, RelationshipType):
        return (
            f"(source:{quoted(element.start.label)})-[edge:{quoted(element.type)}]->"
            f"(target:{quoted(element.end.label)}) WHERE {_of_show('source', element.start)}"
        )
    node = _node_type(element)
    return f"(node:{quoted(node.label)}) WHERE {_of_show('node', node)}"


def _whole_scope(element: Element) -> str:
    """The same, without relationships to another show, which checksums do not look for: it doubles their time."""
    further = f" AND target.{SHOW} = $show" if isinstance(element, RelationshipType) else ""
    return _scope(element) + further


def _of_show(variable: str, node: NodeType) -> str:
    filled = (f"{variable}.{quoted(name)} IS NOT NULL" for name in node.key)
    return " AND ".join((f"{variable}.{SHOW} = $show", *filled))


def _owned(element: Element) -> str:
    if isinstance(element, RelationshipType):
        return f"edge.{CREATED_BY} = $owner"
    return f"node.{quoted(hash_of(element))} IS NOT NULL"


def _subject(element: Element) -> str:
    return "edge" if isinstance(element, RelationshipType) else "node"


def _node_type(element: NodeType | Layer) -> NodeType:
    return element.node if isinstance(element, Layer) else element


def _ends(element: Element) -> str:
    return ", ".join(f"{value} AS {quoted(column)}" for value, column in _end_values(element))


def _end_values(element: Element) -> list[tuple[str, str]]:
    """Expression and column of each of `element.ends`."""
    if isinstance(element, RelationshipType):
        named = [("source", name) for name in element.start.key] + [("target", name) for name in element.end.key]
    else:
        named = [("node", name) for name in element.ends]
    return [(f"{node}.{quoted(name)}", end) for (node, name), end in zip(named, element.ends, strict=True)]


def _merged(node: NodeType) -> str:
    keys = (f"{quoted(name)}: row.{quoted(name)}" for name in node.key)
    return f"MERGE (node:{quoted(node.label)} {{{', '.join((f'{SHOW}: $show', *keys))}}})"


def _both_ends(edge: RelationshipType) -> str:
    return f"{_matched('source', edge.start, START)} {_matched('target', edge.end, END)}"


def _matched(variable: str, node: NodeType, prefix: str) -> str:
    """Clause that finds a node by its key.

    By conditions, not by a map in the pattern: there, the embedded server takes a value like `$show` for a parameter.
    """
    keys = (f"{variable}.{quoted(name)} = row.{quoted(prefix + name)}" for name in node.key)
    return f"MATCH ({variable}:{quoted(node.label)}) WHERE {' AND '.join((f'{variable}.{SHOW} = $show', *keys))}"


def _own_edge(edge: RelationshipType) -> str:
    return f"[edge:{quoted(edge.type)} {{{CREATED_BY}: $owner}}]"
