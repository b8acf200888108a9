"""Cypher texts: what they create once, what they cannot be tricked into, and that servers answer them by an index."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from neo4j import GraphDatabase

from pa_assets.agendas.core.graph import statements
from pa_assets.agendas.core.graph.declaration import Layer, NodeType, RelationshipType
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import make_tables
from pa_assets_tests.graph_loads import load_all, schema_of
from pa_assets_tests.kit.graph_fixtures import outside_server

pytestmark = pytest.mark.graph_contract

SCHEMA = schema_of()


def test_schema_statements_are_those_that_are_missing(graph: BoltGraph) -> None:
    assert len(statements.schema_statements(SCHEMA.nodes, [])) == 8 + 6 + 2, "keys, what visitors and sessions have"
    for statement in statements.schema_statements(SCHEMA.nodes, graph.read(statements.SHOW_INDEXES)):
        graph.schema(statement)
    there = graph.read(statements.SHOW_INDEXES)
    assert statements.schema_statements(SCHEMA.nodes, there) == []
    further = NodeType("odd", f"Odd `label`-{uuid.uuid4().hex[:8]}", ("the key",), "odd", (), ("what / ever",))
    missing = statements.schema_statements([*SCHEMA.nodes, further], there)
    assert len(missing) == 2
    for statement in missing:
        graph.schema(statement)
    assert statements.schema_statements([further], graph.read(statements.SHOW_INDEXES)) == []


def test_names_with_cypher_in_them_stay_names() -> None:
    odd = NodeType("odd", "x`) DETACH DELETE n //", ("k`}",), "odd", ())
    edge = RelationshipType("r", "t`]->() //", odd, odd, "me", "odd")
    for text in (statements.write(edge), statements.remove(edge), statements.read_values(edge), statements.write(odd)):
        assert "`x``) DETACH DELETE n //`" in text
        assert "k``}`" in text


def test_checksums_ask_for_all_elements_at_once() -> None:
    query, owners = statements.checksums(SCHEMA.elements)
    assert query.count("UNION ALL") == len(SCHEMA.elements) - 1
    assert set(owners.values()) == {item.owner for item in SCHEMA.relationships}


def test_readers_leave_out_what_is_not_finished(graph: BoltGraph, show: str) -> None:
    load_all(graph, make_tables(visitors=10, sessions=4, attendances=20), show=show, mark="first")
    graph.write("CREATE (:Visitor_this_year {show: $show, BadgeId: 'by hand'})", show=show)
    query = (
        f"{statements.READERS_FILTER} MATCH (v:Visitor_this_year {{show: $show}}) WHERE {statements.finished('v')} "
        "RETURN count(v) AS count"
    )
    assert graph.read(query, show=show) == [{"count": 11}]
    loading = "MATCH (r:LoadRecord {show: $show, name: 'visitors'}) SET r.loading = $marks"
    graph.write(loading, show=show, marks=["first-visitors", "other"])
    assert graph.read(query, show=show) == [{"count": 1}]
    graph.write(loading, show=show, marks=[])
    assert graph.read(query, show=show) == [{"count": 11}]
    assert graph.read(query, show="nobody's") == [{"count": 0}]


@pytest.fixture(scope="module")
def plan(graph: BoltGraph) -> Iterator[Callable[[str], list[str]]]:
    """The steps of a statement's plan, on Neo4j."""
    secrets = outside_server()
    if not secrets:
        pytest.skip("plans are read on Neo4j")
    for statement in statements.schema_statements(SCHEMA.nodes, graph.read(statements.SHOW_INDEXES)):
        graph.schema(statement)
    login = (secrets["NEO4J_USERNAME"], secrets["NEO4J_PASSWORD"])
    with GraphDatabase.driver(secrets["NEO4J_URI"], auth=login) as driver:
        names = ("show", "owner", "owner0", "low", "high", "limit")

        def steps(query: str) -> list[str]:
            with driver.session() as session:
                result = session.run(f"EXPLAIN {query}", rows=[], **dict.fromkeys(names, "x"))
                return list(_flat(result.consume().plan))

        yield steps


def _flat(plan: Any) -> Iterator[str]:
    yield f"{plan['operatorType']} {plan['args'].get('Details', '')}"
    for child in plan.get("children", ()):
        yield from _flat(child)


@pytest.mark.parametrize("edge", SCHEMA.relationships, ids=lambda edge: edge.name)
def test_relationships_go_by_the_index_of_both_ends(plan: Callable[[str], list[str]], edge: RelationshipType) -> None:
    steps = plan(statements.write(edge))
    assert sum("NodeUniqueIndexSeek" in step for step in steps) == 2, steps
    assert not any("Scan" in step for step in steps), steps
    # Others may go along the relationships of one end, by what the server knows of their number.
    checksum, _ = statements.checksums([edge])
    for text in (statements.remove(edge), checksum, statements.read_hashes(edge), statements.read_values(edge)):
        assert not any("AllNodesScan" in step for step in plan(text))


@pytest.mark.parametrize("element", [*SCHEMA.nodes, *SCHEMA.layers], ids=lambda element: element.name)
def test_nodes_go_by_the_index_of_their_key(plan: Callable[[str], list[str]], element: NodeType | Layer) -> None:
    texts = [statements.write(element), statements.remove(element), statements.checksums([element])[0]]
    for text in (*texts, statements.read_hashes(element), statements.read_values(element, low=True, high=True)):
        steps = plan(text)
        assert any("NodeUniqueIndexSeek" in step for step in steps), steps
        assert not any("Scan" in step for step in steps), steps
