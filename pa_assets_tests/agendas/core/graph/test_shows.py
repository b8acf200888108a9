"""Shows of a graph: counted as they were loaded, and taken out without a trace and without harm to anybody else."""

from collections.abc import Iterator
from typing import Any

import pytest

from pa_assets.agendas.core.graph import shows
from pa_assets.kit.ports import Graph, GraphError, GraphMemoryError
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, make_tables
from pa_assets_tests.graph_loads import load_all, loads

pytestmark = pytest.mark.graph_contract


class Meddled:
    """A graph whose writes somebody comes between."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.sizes: list[int] = []

    def read(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        return self.graph.read(query, **parameters)

    def write(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        self.sizes.append(parameters["size"])
        self.before(query, parameters["size"])
        return self.graph.write(query, **parameters)

    def before(self, query: str, size: int) -> None:
        """What happens before each write."""


@pytest.fixture
def tables() -> Tables:
    return make_tables()


@pytest.fixture
def neighbours(graph: BoltGraph, show: str, tables: Tables) -> Iterator[str]:
    """Another show with the same identifiers, and nodes and relationships of strangers at both."""
    other = f"{show}_other"
    load_all(graph, tables, show=show)
    load_all(graph, tables, show=other)
    graph.write(
        "MATCH (mine:Stream {show: $show, stream: 'Stream 1'}) MATCH (other:Stream {show: $other, stream: 'Stream 1'}) "
        "CREATE (note:Note {of: $show})-[:about]->(mine) CREATE (mine)-[:resembles]->(other) "
        "CREATE (mine)<-[:resembles]-(other) CREATE (:Note:Draft {show: $show, text: 'x'})-[:about]->(note) "
        "CREATE ({show: $show, text: 'without label'})-[:about]->(:Note {of: $show})",
        show=show,
        other=other,
    )
    yield other
    graph.write("MATCH (note:Note {of: $show}) DETACH DELETE note", show=show)


def content(graph: Graph, show: str) -> list[str]:
    """Everything of a show, and what leaves it for elsewhere, as sorted text."""
    nodes = graph.read("MATCH (n {show: $show}) RETURN labels(n) AS labels, properties(n) AS found", show=show)
    edges = graph.read(
        "MATCH (a {show: $show})-[r]->(b {show: $show}) RETURN type(r) AS type, properties(r) AS found, "
        "coalesce(a.BadgeId, a.session_id) AS start, coalesce(b.session_id, b.stream, b.BadgeId, b.show_ref) AS end",
        show=show,
    )
    return sorted(repr(sorted((name, repr(value)) for name, value in row.items())) for row in [*nodes, *edges])


def test_a_show_is_counted_as_it_was_loaded(graph: BoltGraph, show: str, tables: Tables) -> None:
    reports = load_all(graph, tables, show=show)
    found = shows.contents(graph)[show]
    assert found == shows.content(graph, show)
    parts = [part for _, make in loads(tables, show) for part in make()]
    expected: dict[str, int] = {}
    for part in parts:
        if hasattr(part.element, "type"):
            expected[part.element.type] = expected.get(part.element.type, 0) + len(part.frame)
    assert found.relationships == {name: n for name, n in sorted(expected.items()) if n}
    assert found.nodes["Visitor_this_year",] == 30
    assert found.nodes["Sessions_past_year",] == 24
    assert (found.foreign_nodes, found.foreign_relationships) == (0, 0)
    assert found.unfinished == []
    assert found.last_loads == {loader: f"load-{loader}" for loader in reports}


def test_what_others_made_and_unfinished_loads_are_told(graph: BoltGraph, show: str, neighbours: str) -> None:
    graph.write("MATCH (r:LoadRecord {show: $show, name: 'visitors'}) SET r.loading = ['a load']", show=show)
    found = shows.content(graph, show)
    assert found.foreign_nodes == 2
    assert found.foreign_relationships == 5
    assert found.relationships["resembles"] == 2
    assert found.relationships["about"] == 3
    assert found.nodes["Draft", "Note"] == 1
    assert found.nodes[()] == 1 or found.nodes["Vertex",] == 1
    assert found.unfinished == ["visitors"]
    assert shows.content(graph, neighbours).unfinished == []


@pytest.mark.parametrize("size", [7, 10_000])
def test_a_deleted_show_is_gone_and_nothing_else(graph: BoltGraph, show: str, neighbours: str, size: int) -> None:
    before = content(graph, neighbours)
    told: list[int] = []
    there = shows.content(graph, show)
    assert shows.delete(graph, show, batch_size=size, progress=told.append) == there
    assert sum(told) == there.node_count + there.relationship_count
    assert max(told) <= size
    assert shows.content(graph, show) == shows.ShowContent(show)
    assert show not in shows.contents(graph)
    assert content(graph, neighbours) == before
    assert graph.read("MATCH (note:Note {of: $show}) RETURN count(note) AS notes", show=show) == [{"notes": 2}]
    assert shows.delete(graph, show) == shows.ShowContent(show)


def test_a_deletion_that_was_cut_off_is_completed(graph: BoltGraph, show: str, neighbours: str) -> None:
    class CutOff(Meddled):
        def before(self, query: str, size: int) -> None:
            if len(self.sizes) > 20:
                raise GraphError("The connection is gone.")

    all_of_it = shows.content(graph, show)
    with pytest.raises(GraphError, match="connection is gone"):
        shows.delete(CutOff(graph), show, batch_size=10)
    left = shows.content(graph, show)
    assert 0 < left.relationship_count < all_of_it.relationship_count
    assert shows.delete(graph, show) == left
    assert shows.content(graph, show).nodes == {}


def test_batches_shrink_where_memory_asks_for_it(graph: BoltGraph, show: str, tables: Tables) -> None:
    class Narrow(Meddled):
        def before(self, query: str, size: int) -> None:
            if size > 150:
                raise GraphMemoryError("Not enough memory.")

    class NoMemory(Meddled):
        def before(self, query: str, size: int) -> None:
            raise GraphMemoryError("Not enough memory.")

    load_all(graph, tables, show=show)
    with pytest.raises(GraphMemoryError):
        shows.delete(NoMemory(graph), show)
    narrow = Narrow(graph)
    shows.delete(narrow, show, batch_size=1000)
    assert set(narrow.sizes) == {1000, 250, 100}
    assert shows.content(graph, show).nodes == {}


def test_a_show_that_is_loaded_meanwhile_is_told(graph: BoltGraph, show: str) -> None:
    class Loading(Meddled):
        def read(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
            self.graph.write("MERGE (:Stream {show: $show, stream: 'new'})", show=show)
            return super().read(query, **parameters)

    with pytest.raises(GraphError, match=r"nodes of the show .* are still there.*delete again"):
        shows.delete(Loading(graph), show)
    shows.delete(graph, show)
    assert shows.content(graph, show).nodes == {}


def test_a_hostile_tag_is_a_value_and_no_statement(graph: BoltGraph, show: str) -> None:
    tag = f"{show}'}}) DETACH DELETE n //`"
    graph.write(
        "CREATE (:Stream {show: $tag, stream: 'x'}) CREATE (:Stream {show: $show, stream: 'x'})", tag=tag, show=show
    )
    assert shows.delete(graph, tag).node_count == 1
    assert shows.content(graph, show).node_count == 1
    assert shows.content(graph, tag).node_count == 0
