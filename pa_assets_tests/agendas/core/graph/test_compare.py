"""A graph against its tables: each kind of damage is found and mended, and what others made is none."""

import uuid
from collections.abc import Iterator

import pandas as pd
import pytest

from pa_assets.agendas.core.graph import compare as compare_module
from pa_assets.agendas.core.graph.cells import cells
from pa_assets.agendas.core.graph.compare import mend
from pa_assets.agendas.core.graph.declaration import HASH
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import QUESTION, make_tables
from pa_assets_tests.agendas.core.graph.loading import compared, emptied, twins_of
from pa_assets_tests.graph_loads import load_all

pytestmark = pytest.mark.graph_contract

VISITOR = "MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-3'}) "
SESSION = "MATCH (s:Sessions_this_year {show: $show, session_id: '4'}) "
PAST = "MATCH (s:Sessions_past_year {show: $show, cohort: 'last_year_main', session_id: '2'}) "
ATTENDED = "MATCH (:Visitor_last_year_bva {show: $show})-[e:attended_session]->(:Sessions_past_year) WITH e LIMIT 1 "
COPIED = "MATCH (v:Visitor_last_year_bva {show: $show})-[e:attended_session]->(s) WITH v, e, s LIMIT 1 "

DAMAGE = {
    "a node is gone": (VISITOR + "DETACH DELETE v", "visitor_this_year", "missing", ""),
    "a node too many": (
        "CREATE (:Visitor_this_year {show: $show, BadgeId: 'ghost', row_hash: 5})",
        "visitor_this_year",
        "surplus",
        "",
    ),
    "another value": (VISITOR + "SET v.Country = 'Elsewhere'", "visitor_this_year", "changed", "Country"),
    "a value that is gone": (VISITOR + "REMOVE v.Company", "visitor_this_year", "changed", "Company"),
    "a value too many": (VISITOR + "SET v.Source = 'x'", "visitor_this_year", "changed", "Source"),
    "another type": (VISITOR + "SET v.Days_since_registration = '3'", "visitor_this_year", "changed", "Days_since_"),
    "another list": (VISITOR + f"SET v.`{QUESTION}` = ['x']", "visitor_this_year", "changed", QUESTION),
    "another time": (
        SESSION + "SET s.starts_at = localdatetime('2020-01-01T00:00:00')",
        "session_this_year",
        "changed",
        "starts_at",
    ),
    "another hash": (VISITOR + "SET v.row_hash = 0", "visitor_this_year", "changed", HASH),
    "no hash": (VISITOR + "REMOVE v.row_hash", "visitor_this_year", "changed", HASH),
    "another key": (SESSION + "SET s.session_id = '400'", "session_this_year", "missing", ""),
    "another vector": (PAST + "SET s.embedding = [1.0, 2.0]", "embedding_past_year", "changed", "embedding"),
    "no vector": (
        PAST + "REMOVE s.embedding, s.embedding_hash, s.embedding_row_hash",
        "embedding_past_year",
        "missing",
        "",
    ),
    "another mark": (VISITOR + "SET v.control_group = 1", "agenda_marks", "changed", "control_group"),
    "a relationship is gone": (ATTENDED + "DELETE e", "visitor_last_year_main.attended_session", "missing", ""),
    "another value of a relationship": (
        ATTENDED + "SET e.scans = 77",
        "visitor_last_year_main.attended_session",
        "changed",
        "scans",
    ),
    "a doubled relationship": (
        COPIED + "CREATE (v)-[c:attended_session]->(s) SET c = properties(e)",
        "visitor_last_year_main.attended_session",
        "doubled",
        "",
    ),
    "a relationship too many": (
        VISITOR + SESSION + "CREATE (v)-[:assisted_session_this_year {created_by: 'relationships', row_hash: 1}]->(s)",
        "visitor_this_year.assisted_session_this_year",
        "surplus",
        "",
    ),
    "a stream renamed": (
        "MATCH (t:Stream {show: $show, stream: 'Stream 3'}) SET t.stream = 'Stream 333'",
        "stream",
        "surplus",
        "",
    ),
}


TABLES = make_tables(visitors=15, sessions=8, attendances=60)


@pytest.fixture(scope="module")
def loaded(graph: BoltGraph) -> Iterator[str]:
    """A loaded show, which each test leaves as it was."""
    show = f"test_{uuid.uuid4().hex[:12]}"
    load_all(graph, TABLES, show=show)
    yield show
    graph.write("MATCH (node {show: $show}) DETACH DELETE node", show=show)


@pytest.fixture(scope="module")
def twins(loaded: str) -> dict[str, pd.DataFrame]:
    return twins_of(TABLES, loaded)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_mended(graph: BoltGraph, loaded: str, twins: dict[str, pd.DataFrame], name: str) -> None:
    show = loaded
    query, part, kind, named = DAMAGE[name]
    graph.write(query, show=show)

    found = compared(graph, show, twins)
    assert not found.equal
    examples = found.examples(3)
    rows = examples[examples["part"].str.startswith(part) & examples["difference"].eq(kind)]
    assert len(rows), examples.to_string()
    assert named in rows["properties"].iloc[0]
    assert (found.found_digest == found.expected_digest) == (named == HASH)

    report = mend(graph, found, twins, load_id="mending")
    assert report.written + report.removed <= 70, "damaged rows alone are written"
    after = compared(graph, show, twins)
    assert after.equal, after.examples(5).to_string()
    assert after.found_digest == after.expected_digest == found.expected_digest


def test_a_change_under_an_unchanged_hash_is_said_to_be_unseen(
    graph: BoltGraph, loaded: str, twins: dict[str, pd.DataFrame]
) -> None:
    show = loaded
    graph.write(VISITOR + "SET v.Country = 'Elsewhere'", show=show)
    assert load_all(graph, TABLES, show=show)["visitors"].written == 0
    table = compared(graph, show, twins).table().set_index("part")
    assert table.loc["visitor_this_year", ["expected", "found", "changed", "unseen"]].tolist() == [15, 15, 1, 1]
    graph.write(VISITOR + "SET v.row_hash = 0", show=show)
    assert compared(graph, show, twins).table()["unseen"].sum() == 0
    assert load_all(graph, TABLES, show=show)["visitors"].written == 1
    assert compared(graph, show, twins).equal


def test_what_others_made_is_listed_and_no_damage(
    graph: BoltGraph, loaded: str, twins: dict[str, pd.DataFrame]
) -> None:
    show = loaded
    before = compared(graph, show, twins)
    graph.write("CREATE (:Visitor_this_year {show: $show, BadgeId: 'by hand'})", show=show)
    graph.write(VISITOR + "SET v.note = 'kept'", show=show)
    graph.write(VISITOR + SESSION + "CREATE (v)-[:assisted_session_this_year {by: 'Ann'}]->(s)", show=show)
    graph.write(ATTENDED + "SET e.remark = 'kept'", show=show)
    found = compared(graph, show, twins)
    assert found.equal
    assert found.found_digest == before.found_digest
    others = {item.element.name: (item.others, dict(item.other_properties)) for item in found.elements}
    assert {name: value for name, value in others.items() if value != (0, {})} == {
        "visitor_this_year": (1, {"note": 1}),
        "visitor_this_year.assisted_session_this_year.session_this_year": (1, {}),
        "visitor_last_year_main.attended_session.session_past_year": (0, {"remark": 1}),
    }
    # A mending load leaves them, too, even where it writes the very row.
    graph.write(VISITOR + "SET v.Country = 'Elsewhere'", show=show)
    graph.write(ATTENDED + "SET e.scans = 9", show=show)
    mend(graph, compared(graph, show, twins), twins, load_id="mending")
    after = compared(graph, show, twins)
    assert after.equal
    assert {item.element.name: (item.others, dict(item.other_properties)) for item in after.elements} == others
    assert after.table()["others"].sum() == 4


def test_an_agenda_that_somebody_else_wrote_is_damage(
    graph: BoltGraph, loaded: str, twins: dict[str, pd.DataFrame]
) -> None:
    show = loaded
    graph.write(VISITOR + SESSION + "CREATE (v)-[:IS_RECOMMENDED {by: 'Ann'}]->(s)", show=show)
    found = compared(graph, show, twins)
    assert not found.equal
    mend(graph, found, twins, load_id="mending")
    assert compared(graph, show, twins).equal


def test_stamps_stay_where_they_are_and_are_set_where_a_row_was_gone(
    graph: BoltGraph, loaded: str, twins: dict[str, pd.DataFrame]
) -> None:
    show = loaded
    agenda = "MATCH (v:Visitor_this_year {show: $show, BadgeId: $badge})-[e:IS_RECOMMENDED]->() "
    graph.write(agenda + "DELETE e", show=show, badge="year-3")
    graph.write(agenda + "SET e.rank = 9", show=show, badge="year-5")
    found = compared(graph, show, twins)
    stamps = {"visitor_this_year.is_recommended.session_this_year": {"generated_at": "mended"}}
    mend(graph, found, twins, load_id="mending", stamps=stamps)
    read = agenda + "RETURN DISTINCT e.generated_at AS at"
    assert graph.read(read, show=show, badge="year-3") == [{"at": "mended"}]
    assert graph.read(read, show=show, badge="year-5") == [{"at": "2025-06-01T00:00:00+00:00"}]
    assert compared(graph, show, twins).equal


def test_an_empty_graph_and_empty_tables(graph: BoltGraph, show: str) -> None:
    twins, nothing = twins_of(TABLES, show), twins_of(emptied(TABLES), show)
    assert compared(graph, show, nothing).equal
    found = compared(graph, show, twins)
    assert found.table()["found"].sum() == 0
    assert found.table()["missing"].sum() == found.table()["expected"].sum() > 100
    mend(graph, found, twins, load_id="mending")
    assert compared(graph, show, twins).equal
    assert compared(graph, show, nothing).table()["surplus"].sum() == found.table()["expected"].sum()


def test_pages_hold_every_row_once(
    graph: BoltGraph, loaded: str, twins: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    show = loaded
    whole = compared(graph, show, twins)
    monkeypatch.setattr(compare_module, "PAGE_ROWS", 4)
    paged = compared(graph, show, twins)
    assert paged.equal
    assert paged.found_digest == whole.found_digest
    pd.testing.assert_frame_equal(paged.table(), whole.table())


def test_cells_tell_values_types_and_columns_apart() -> None:
    values = ["1", 1, 1.0, True, ["1"], [1.0], pd.Timestamp(1), "", None, [], float("nan"), pd.NaT, pd.NA, "\0", "\0\0"]
    numbers = cells(pd.DataFrame({"a": pd.Series(values, dtype=object)}), ["a", "b"])
    there = [value for value in numbers["a"] if value]
    assert len(set(there)) == len(there) == 9
    assert (numbers["b"] == 0).all()
    assert cells(pd.DataFrame({"b": ["1"]}), ["b"])["b"][0] != numbers["a"][0]
