"""A fresh store for the embedded graph server, without a byte of what was deleted.

The server wipes deleted records, but its indexes go on holding their keys, and its log of transactions holds what was
written since the start. `compact` copies the graph into a new store and puts that in the place of the old one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pa_assets.kit import graph_server, graph_store
from pa_assets.kit.graph_server import GraphServerError
from pa_assets.kit.graph_supervisor import ServerFolder

if TYPE_CHECKING:
    from neo4j import Driver

_BATCH = 2000
_Names: TypeAlias = tuple[str, ...]
_NODES = "MATCH (node) RETURN elementId(node) AS id, labels(node) AS labels, properties(node) AS properties"
_EDGES = (
    "MATCH (a)-[edge]->(b) RETURN elementId(a) AS a, elementId(b) AS b, [type(edge)] AS labels, "
    "properties(edge) AS properties"
)
_COUNTS = ("MATCH (node) RETURN count(node) AS count", "MATCH ()-[edge]->() RETURN count(edge) AS count")


def compact(root: Path) -> None:
    """Rebuild the store of a project root from the graph in it: afterwards nothing deleted is left in its files.

    Holds the server for itself: other runs are cut off and wait. Leaves it stopped. Element ids change, nothing else.
    Takes older logs away. Does nothing where there is no store. Interrupted, it leaves the store as it was.

    Raises:
        GraphServerError: a server cannot be started, or the copy is not equal.
    """
    folder = ServerFolder.of(root)
    if not folder.database.is_dir():
        return
    place = folder.path / "copy"
    fresh = ServerFolder.of(place)
    with folder.lock():
        graph_server.stop(place)
        shutil.rmtree(place, ignore_errors=True)
        kept = folder.kept.exists()
        graph_server.stop(root)
        try:
            with _driver(root) as source, _driver(place) as target:
                _copy(source, target)
        finally:
            graph_server.stop(place)
            graph_server.stop(root)
        if kept:
            folder.kept.touch()
        graph_store.replace(folder.database, folder.replaced, fresh.database)
        shutil.rmtree(place)
        for old in folder.path.glob("server.log.*"):
            old.unlink()


def _driver(root: Path) -> Driver:
    import neo4j

    address = graph_server.ensure_running(root)
    return neo4j.GraphDatabase.driver(
        address.uri, auth=(address.user, address.password), notifications_min_severity="OFF"
    )


def _copy(source: Driver, target: Driver) -> None:
    # Before the first node: an index that finds nodes makes their present types a rule, and casts what comes later.
    for statement in _schema(source):
        target.execute_query(statement)
    new: dict[str, str] = {}
    for (labels, zoned), rows in _grouped(source, _NODES):
        made = target.execute_query(
            f"UNWIND $rows AS row CREATE (one{_names(labels)}) SET one = row.properties{_set_zoned(zoned)} "
            "RETURN row.id AS old, elementId(one) AS new",
            rows=rows,
        )
        new.update({record["old"]: record["new"] for record in made.records})
    for (kinds, zoned), rows in _grouped(source, _EDGES):
        for row in rows:
            row["a"], row["b"] = new[row["a"]], new[row["b"]]
        target.execute_query(
            "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.a MATCH (b) WHERE elementId(b) = row.b "
            f"CREATE (a)-[one{_names(kinds)}]->(b) SET one = row.properties{_set_zoned(zoned)}",
            rows=rows,
        )
    for query in _COUNTS:
        given, found = (driver.execute_query(query).records[0]["count"] for driver in (source, target))
        if given != found:
            raise GraphServerError(f"The copy of the graph has {found} nodes or edges of {given}. Run again.")


def _schema(source: Driver) -> list[str]:
    """Statements that make the constraints and indexes; not the types that the server made a rule by itself."""
    constraints = source.execute_query("SHOW CONSTRAINTS YIELD *").records
    indexes = source.execute_query("SHOW INDEXES YIELD *").records
    return [
        *(row["createStatement"] for row in constraints if not row["name"].endswith("_type")),
        *(row["createStatement"] for row in indexes if row["owningConstraint"] is None),
    ]


def _grouped(source: Driver, query: str) -> Iterator[tuple[tuple[_Names, _Names], list[dict[str, Any]]]]:
    """Streamed batches of rows that agree in labels, and in the names of the properties that `_take_zoned` takes."""
    with source.session(fetch_size=_BATCH) as session:
        rows = (record.data() for record in session.run(query))
        while batch := list(islice(rows, _BATCH)):
            groups: dict[tuple[_Names, _Names], list[dict[str, Any]]] = {}
            for row in batch:
                groups.setdefault((tuple(row["labels"]), _take_zoned(row)), []).append(row)
            yield from groups.items()


def _take_zoned(row: dict[str, Any]) -> _Names:
    """Write times with a zone as lists of text, and return their names.

    The server takes a parameter with an offset from UTC for a time without a zone.
    """
    lists = {name: value if isinstance(value, list) else [value] for name, value in row["properties"].items()}
    zoned = {name: values for name, values in lists.items() if values and _is_zoned(values[0])}
    single = [name for name in zoned if not isinstance(row["properties"][name], list)]
    for name, values in zoned.items():
        row["properties"][name] = [value.iso_format() for value in values]
    return (*(f"1{name}" for name in sorted(single)), *(f"*{name}" for name in sorted(set(zoned) - set(single))))


def _is_zoned(value: Any) -> bool:
    return hasattr(value, "year") and getattr(value, "tzinfo", None) is not None


def _set_zoned(zoned: _Names) -> str:
    """Clauses that make times of the texts; the first letter of a name tells a single one from a list."""
    made = ""
    for kind, name in ((name[0], f"`{name[1:].replace('`', '``')}`") for name in zoned):
        times = f"[text IN row.properties.{name} | datetime(text)]"
        made += f" SET one.{name} = {times if kind == '*' else f'datetime(row.properties.{name}[0])'}"
    return made


def _names(labels: _Names) -> str:
    return "".join(f":`{label.replace('`', '``')}`" for label in labels)
