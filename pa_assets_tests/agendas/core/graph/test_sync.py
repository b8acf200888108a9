"""Loads on a real server: what is written and what is left alone, loads cut off at any point, and hostile values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.graph import statements, sync
from pa_assets.agendas.core.graph.compare import compare
from pa_assets.agendas.core.graph.declaration import Layer, NodeType, Property, RelationshipType, Schema
from pa_assets.agendas.core.graph.parts import LoadReport, Part, part
from pa_assets.kit.ports import Graph, GraphError, GraphMemoryError
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, make_tables
from pa_assets_tests.agendas.core.graph.loading import Watched, compared, parts_of, twins_of
from pa_assets_tests.graph_loads import load_all, schema_of

pytestmark = pytest.mark.graph_contract

TOPIC = NodeType("topic", "Topic of `tests`", ("id",), "topic", ())
THING = NodeType("thing", "Thing / test-1", ("kind", "id"), "thing", (), ("name",))
LINK = RelationshipType("link", "LINKS to", THING, TOPIC, "tests", "link", stamps=(Property("at", "text", "when"),))
EXTRA = Layer("extra", THING, "later", "extra", (Property("extra", "text", "extra"),), "extra_hash")
SCHEMA = Schema({"t": TOPIC}, THING, THING, TOPIC, TOPIC, (EXTRA,), (LINK,))
"""Odd names throughout; the roles of a show are not needed."""


def parts(things: pd.DataFrame, topics: list[str], links: pd.DataFrame, extras: pd.DataFrame) -> list[Part]:
    return [
        part(LINK, links, stamps={"at": "now"}),
        part(EXTRA, extras),
        part(THING, things),
        part(TOPIC, pd.DataFrame({"id": topics}, dtype=object)),
    ]


def small(value: Any = "v", count: int = 4, **columns: Any) -> list[Part]:
    """Parts with one row each per number."""
    ids = [str(number) for number in range(count)]
    things = pd.DataFrame({"kind": "a", "id": ids, "name": [value] * count, **columns})
    links = pd.DataFrame({"start_kind": "a", "start_id": ids, "end_id": ids, "weight": 1.5})
    return parts(things, ids, links, pd.DataFrame({"kind": "a", "id": ids, "extra": "e"}))


def load(graph: Graph, show: str, given: list[Part], mark: str = "m", **how: Any) -> LoadReport:
    return sync.load(graph, show, "tests", given, load_id=mark, **how)


def equal(graph: Graph, show: str, given: list[Part]) -> bool:
    frames = {item.element.name: item.frame for item in given}
    found = compare(graph, show, SCHEMA, frames)
    return found.equal and found.expected_digest == found.found_digest


def test_changes_are_written_alone_and_what_left_goes(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load_all(graph, tables, show=show)
    tables.visitors.loc[tables.visitors["badge_id"].eq("year-3"), "country"] = "Elsewhere"
    tables.visitors = tables.visitors[tables.visitors["badge_id"].ne("year-4")]
    tables.recommendations = tables.recommendations[tables.recommendations["badge_id"].ne("year-4")]
    tables.attendance = tables.attendance.iloc[3:]
    tables.embeddings = tables.embeddings.iloc[2:]
    reports = load_all(graph, tables, show=show, mark="second")
    assert {name: (report.written, report.removed) for name, report in reports.items() if report.load_id} == {
        "visitors": (1, 1),
        "relationships": (0, reports["relationships"].removed),
        "embeddings": (0, 2),
    }
    assert 3 <= reports["relationships"].removed <= 6
    assert compared(graph, show, twins_of(tables, show)).equal
    marks = graph.read(
        "MATCH (v:Visitor_this_year {show: $show}) RETURN v.load_id AS mark, v.has_recommendation AS has, "
        "v.Country AS country ORDER BY v.load_id DESC LIMIT 1",
        show=show,
    )
    assert marks == [{"mark": "second-visitors", "has": "1", "country": "Elsewhere"}], "what later steps wrote stays"


def test_a_property_that_is_no_longer_asked_for_goes_and_those_of_others_stay(graph: BoltGraph, show: str) -> None:
    load(graph, show, small(more="x"))
    graph.write("MATCH (n:`Thing / test-1` {show: $show}) SET n.note = 'kept'", show=show)
    graph.write("MATCH (:`Thing / test-1` {show: $show})-[e]->() SET e.note = 'kept'", show=show)
    given = small()
    report = load(graph, show, given)
    assert report.written == report.parts["thing"].written == 4
    names = graph.read("MATCH (n:`Thing / test-1` {show: $show}) UNWIND keys(n) AS k RETURN DISTINCT k", show=show)
    assert {row["k"] for row in names} == {
        *("show", "kind", "id", "name", "row_hash", "load_id", "extra", "extra_hash", "later_load_id", "note")
    }
    load(graph, show, small("another"))
    edges = graph.read("MATCH ({show: $show})-[e:`LINKS to`]->() RETURN DISTINCT e.note AS note", show=show)
    assert edges == [{"note": "kept"}]
    # A layer whose rows are gone leaves nothing of its own.
    without = small("another")
    without[1] = part(EXTRA, without[1].frame.drop(columns="row_hash").iloc[:1])
    load(graph, show, without)
    left = graph.read("MATCH (n:`Thing / test-1` {show: $show}) WHERE n.extra IS NOT NULL RETURN n.id AS id", show=show)
    assert left == [{"id": "0"}]
    assert equal(graph, show, without)


def test_what_others_made_stays(graph: BoltGraph, show: str) -> None:
    load(graph, show, small())
    graph.write("CREATE (:`Thing / test-1` {show: $show, kind: 'a', id: 'by hand'})", show=show)
    ends = "MATCH (a:`Thing / test-1` {show: $show, id: '1'}) MATCH (b:`Topic of ``tests``` {show: $show, id: '1'}) "
    graph.write(ends + "CREATE (a)-[:`LINKS to` {by: 'Ann'}]->(b)", show=show)
    graph.write(ends + "CREATE (a)-[:`LINKS to` {created_by: 'tool', row_hash: 7}]->(b)", show=show)
    given = small(count=2)
    report = load(graph, show, given)
    assert (report.written, report.removed) == (0, 8)
    assert equal(graph, show, given)
    everything = load(graph, show, given, everything=True)
    assert (everything.written, everything.removed) == (8, 0)
    assert graph.read(ends + "MATCH (a)-[e]->(b) RETURN count(e) AS count", show=show) == [{"count": 3}]
    assert graph.read("MATCH (n {show: $show, id: 'by hand'}) RETURN n.kind AS kind", show=show) == [{"kind": "a"}]


def test_nodes_that_are_gone_are_told_and_doubled_relationships_mended(graph: BoltGraph, show: str) -> None:
    given = small()
    load(graph, show, given)
    graph.write("MATCH (a {show: $show})-[e:`LINKS to`]->(b) CREATE (a)-[c:`LINKS to`]->(b) SET c = e", show=show)
    assert not equal(graph, show, given)
    report = load(graph, show, given)
    assert (report.written, report.removed) == (4, 0)
    assert equal(graph, show, given)
    graph.write("MATCH (n:`Thing / test-1` {show: $show, id: '2'}) DETACH DELETE n", show=show)
    relationships = [given[0], given[1]]
    report = load(graph, show, relationships)
    assert report.refused == {
        "thing.link.topic: thing or topic is not in the graph: run `pa graph diff EVENT --mend`": 1,
        "extra: thing is not in the graph: run `pa graph diff EVENT --mend`": 1,
    }
    assert report.given == 8
    assert sum(item.unchanged for item in report.parts.values()) == 6
    assert load(graph, show, given).written == 3
    assert equal(graph, show, given)


def test_twins_save_reading_only_where_the_server_agrees(graph: BoltGraph, show: str) -> None:
    first, second = small(), small("other")
    load(graph, show, first)
    twins = {item.element.name: item.frame for item in first}
    stale = {name: frame.iloc[:1] for name, frame in twins.items()}
    by_twin = load(graph, show, second, known=twins)
    assert load(graph, show, first, known=stale).statements == by_twin.statements + 1, "one part is read"
    assert load(graph, show, first, known=stale).statements == 3
    # A twin that names rows the graph does not hold is not believed.
    graph.write("MATCH (n:`Topic of ``tests``` {show: $show, id: '3'}) DETACH DELETE n", show=show)
    assert load(graph, show, first, known=twins).written == 2
    assert equal(graph, show, first)


def test_statements_do_not_grow_with_rows(graph: BoltGraph, show: str) -> None:
    counts = []
    for count, name in ((20, show), (200, f"{show}_other")):
        cold = load(graph, name, small(count=count), transaction_rows=10_000)
        changed = load(graph, name, small("x", count=count), transaction_rows=10_000)
        counts.append((changed.statements, load(graph, name, small("x", count=count)).statements))
        assert cold.whole
    assert counts[0] == counts[1]


class CutError(Exception):
    """The end of a client."""


def cut_after(count: int) -> Callable[[int], None]:
    left = iter(range(count))

    def before(rows: int) -> None:
        if next(left, None) is None:
            raise CutError

    return before


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(visitors=15, sessions=8, attendances=60)


@pytest.mark.parametrize("transactions", [0, 1, 2, 5, 8, 11, 15])
def test_a_load_cut_off_anywhere_is_completed_by_the_next(graph: BoltGraph, show: str, transactions: int) -> None:
    before, after = small(count=8), small("new", count=6, further="x")
    load(graph, show, before)
    with pytest.raises(CutError):
        load(Watched(graph, cut_after(transactions)), show, after, "cut", transaction_rows=1)
    read = (
        f"{statements.READERS_FILTER} MATCH (n:`Thing / test-1` {{show: $show}}) WHERE {statements.finished('n')} "
        "RETURN collect(DISTINCT n.name) AS names"
    )
    assert graph.read(read, show=show)[0]["names"] in (["v"], []), "nobody sees half of the new load"
    found = compare(graph, show, SCHEMA, {item.element.name: item.frame for item in after})
    assert found.unfinished == ({"tests": ["cut"]} if transactions else {})
    load(graph, show, after, "heals", transaction_rows=3)
    assert equal(graph, show, after)
    assert graph.read(read, show=show)[0]["names"] == ["new"]
    assert load(graph, show, after, "idle").load_id == ""


def test_a_load_that_fits_is_one_transaction(graph: BoltGraph, show: str) -> None:
    watched = Watched(graph, lambda rows: None)
    report = load(watched, show, small(), transaction_rows=16)
    assert report.whole
    assert watched.transactions == [16]
    with pytest.raises(CutError):
        load(Watched(graph, cut_after(0)), show, small("x"))
    assert equal(graph, show, small())


def test_a_show_in_batches_equals_one_in_a_transaction(graph: BoltGraph, show: str, tables: Tables) -> None:
    other = f"{show}_other"
    whole = load_all(graph, tables, show=show)
    batched = load_all(graph, tables, show=other, transaction_rows=20)
    assert {report.whole for report in whole.values()} == {True}
    assert {report.whole for report in batched.values()} == {False}
    found = compared(graph, other, twins_of(tables, other))
    assert found.equal
    assert found.expected_digest == found.found_digest


def memory_of(rows: int) -> Callable[[int], None]:
    def before(wanted: int) -> None:
        if wanted > rows:
            raise GraphMemoryError("too large")

    return before


def test_a_server_short_of_memory_gets_smaller_transactions(graph: BoltGraph, show: str) -> None:
    given = small(count=400)
    watched = Watched(graph, memory_of(100))
    report = load(watched, show, given)
    assert not report.whole
    assert report.written == 1600
    assert max(watched.transactions) == 100
    assert equal(graph, show, given)
    tight = Watched(graph, memory_of(20))
    with pytest.raises(GraphError, match="memory for a transaction of 50 rows"):
        load(tight, show, small("x", count=400))
    load(graph, show, given)
    assert equal(graph, show, given)


HOSTILE = [
    "x'}) MATCH (n) DETACH DELETE n //",
    '"; DROP',
    "`",
    "\\",
    "\\u0027",
    "$show",
    "$rows",
    "a\0b",
    "\0",
    "😀👩‍👩‍👧",
    "مرحبا بالعالم",
    "\u202eright to left\u202c",
    "e\u0301",
    "\ufeff",
    "\u2028\r\n\t",
    " space ",
    "null",
    "x" * 1_000_000,
]
ODD_NAMES = [
    "what-do/you do",
    "with `ticks`",
    "a.b",
    "1st",
    "ünï",
    "MATCH",
    "x' OR 1=1",
    "$p",
    "{y}",
    "  ",
    "😀",
    "a\\b",
]


def test_hostile_values_are_stored_as_they_are(graph: BoltGraph, show: str) -> None:
    count = len(HOSTILE)
    keys = [text if len(text) < 100 else "long" for text in HOSTILE]
    things = pd.DataFrame(
        {
            "kind": "a",
            "id": keys,
            "text": HOSTILE,
            "texts": [[text, "", text] for text in HOSTILE],
            "big": pd.Series([2**63 - 1, -(2**63), 0] * count, dtype="Int64").iloc[:count],
            "float": np.resize([1e308, -0.1, 5e-324], count),
            "flag": np.resize([True, False], count),
            "time": pd.Timestamp("1999-12-31 23:59:59.123456"),
            "none": None,
            "vector": [np.array([0.1, -2.0], dtype=np.float32)] * count,
            **{name: [text[:50] for text in HOSTILE] for name in ODD_NAMES},
        }
    )
    links = pd.DataFrame({"start_kind": "a", "start_id": keys, "end_id": keys[::-1], "note": HOSTILE})
    given = parts(things, keys, links, pd.DataFrame({"kind": "a", "id": keys, "extra": HOSTILE}))
    assert load(graph, show, given).written == 4 * count
    assert equal(graph, show, given)
    assert load(graph, show, given).statements == 3
    rows = graph.read("MATCH (n:`Thing / test-1` {show: $show}) RETURN n.id AS id, n.text AS text", show=show)
    assert {row["id"]: row["text"] for row in rows} == dict(zip(keys, HOSTILE, strict=True))
    assert load(graph, show, small(count=0)).removed == 4 * count
    assert graph.read("MATCH (n {show: $show}) WHERE n.name IS NULL RETURN count(n) AS count", show=show) == [
        {"count": 0}
    ]


ROW = st.tuples(
    st.integers(0, 4), st.sampled_from(["", "x", "y", "\0", "😀"]), st.lists(st.sampled_from("ab"), max_size=2)
)
TABLE = st.lists(ROW, max_size=5, unique_by=lambda row: row[0])
STATE = st.tuples(TABLE, st.booleans(), st.sampled_from([3, 1000]))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STATE, min_size=1, max_size=4))
def test_tables_loaded_one_after_the_other_end_equal_to_the_last(
    graph: BoltGraph, show: str, states: list[tuple[list[tuple[int, str, list[str]]], bool, int]]
) -> None:
    for rows, further, size in states:
        ids = [str(number) for number, _, _ in rows]
        texts, lists = pd.Series([text for _, text, _ in rows], dtype=object), [items for _, _, items in rows]
        things = pd.DataFrame({"kind": "a", "id": ids, "name": texts, "items": pd.Series(lists, dtype=object)})
        if further:
            things["further"] = texts
        links = pd.DataFrame({"start_kind": "a", "start_id": ids, "end_id": ids[::-1], "text": texts})
        extras = pd.DataFrame({"kind": "a", "id": ids[:2], "extra": [f"e{text}" for text in texts[:2]]})
        given_parts = parts(things, ids, links, extras.astype(object))
        load(graph, show, given_parts, transaction_rows=size)
        assert equal(graph, show, given_parts)
    assert load(graph, show, given_parts).written == 0


def test_reports_add_up(graph: BoltGraph, show: str, tables: Tables) -> None:
    for loader, listed in parts_of(tables, show).items():
        report = sync.load(graph, show, loader, listed, load_id="m")
        assert report.given == sum(len(item.frame) + int(item.refused["rows"].sum()) for item in listed)
        assert report.given == report.written + sum(report.refused.values())
        assert set(report.parts) == {item.element.name for item in listed}
        assert (report.table()["unchanged"] == 0).all()
    assert compare(graph, show, schema_of(show), twins_of(tables, show)).equal
