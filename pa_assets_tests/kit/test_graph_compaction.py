"""What was deleted is in no file of the embedded server's store once it is compacted, and nothing else is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pa_assets.kit import graph_server, graph_store
from pa_assets.kit.graph_compaction import compact
from pa_assets.kit.graph_supervisor import ServerFolder
from pa_assets.kit.resources.graph import BoltGraph, connect
from pa_assets.kit.resources.graph_targets import target

pytestmark = pytest.mark.slow

CANARY = "canary of one who left"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    graph_server.stop(tmp_path)


def holders(root: Path) -> list[str]:
    """Files in which the canary stands."""
    found = ServerFolder.of(root).path.rglob("*")
    return sorted(path.name for path in found if path.is_file() and CANARY.encode() in path.read_bytes())


def content(graph: BoltGraph) -> list[dict[str, Any]]:
    return graph.read(
        "MATCH (node) OPTIONAL MATCH (node)-[edge]->(other) "
        "RETURN labels(node) AS labels, properties(node) AS node, type(edge) AS type, properties(edge) AS edge, "
        "other.name AS other ORDER BY labels, node.name, other"
    )


def test_nothing_deleted_is_left_and_nothing_else_is_lost(root: Path) -> None:
    with connect(target("default", root, {}), root) as graph:
        graph.schema(
            "CREATE CONSTRAINT people IF NOT EXISTS FOR (node:Person) REQUIRE (node.show, node.name) IS UNIQUE"
        )
        graph.schema("CREATE INDEX mail IF NOT EXISTS FOR (node:Person) ON (node.mail)")
        names = [{"name": f"{CANARY} {number}", "value": number / 2} for number in range(600)]
        graph.write(
            "UNWIND $rows AS row CREATE (node:Person {show: 'a', name: row.name, mail: row.name, value: row.value, "
            "list: [1, 2], when: datetime('2026-11-20T10:00:00+01:00'), day: date('2026-11-20')})",
            rows=names,
        )
        graph.write(
            "MATCH (a:Person), (b:Person) WHERE b.value = a.value + 0.5 "
            "CREATE (a)-[:`knows ``well```  {note: a.name, weight: 0.25}]->(b)"
        )
        graph.write("CREATE (:`A label` {name: 'x'}), (:One:Two {name: 'y'})")
        graph.write("MATCH (node:Person) WHERE node.value >= 10 DETACH DELETE node")
        graph.write("MATCH (node:Person) SET node.name = 'stays ' + node.value, node.mail = 'x'")
        graph.write("MATCH ()-[edge]->() SET edge.note = 'none'")
        before, store = content(graph), graph_server.store_id(root)
        assert len(before) == 22
        assert holders(root), "the test must be able to fail"
    compact(root)
    assert not graph_server.is_running(root)
    assert holders(root) == []
    with connect(target("default", root, {}), root) as graph:
        assert content(graph) == before
        assert graph_server.store_id(root) == store
        assert [row["name"] for row in graph.read("SHOW CONSTRAINTS")] == ["people"]
        assert {"mail"} < {row["name"] for row in graph.read("SHOW INDEXES")}
        # No type was made a rule from what is there: a number stays what it is.
        graph.write("CREATE (:Person {show: 'a', name: 'new', mail: 5})")
        assert graph.read("MATCH (node:Person {name: 'new'}) RETURN node.mail AS mail") == [{"mail": 5}]
    assert not (ServerFolder.of(root).path / "copy").exists()


def test_without_a_store_nothing_is_done(root: Path) -> None:
    compact(root)
    assert not (root / ".pa").exists()


def test_a_replacement_that_was_cut_off_is_healed(tmp_path: Path) -> None:
    database, aside = tmp_path / "neo4j", tmp_path / "replaced"
    aside.mkdir()
    (aside / "page").write_text("old")
    graph_store.heal(database, aside)
    assert (database / "page").read_text() == "old"
    assert not aside.exists()

    aside.mkdir()
    graph_store.heal(database, aside)
    assert (database / "page").read_text() == "old"
    assert not aside.exists()
