"""Loaders against a real server: equal to their input, idempotent, and blind to everybody else's part of the graph."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core import graph_model
from pa_assets.agendas.core.graph_sync import LoadReport
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR
from pa_assets.kit.ports import Graph
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph_tables import QUESTION, ROLES, Tables, event, make_tables
from pa_assets_tests.kit.graph_fixtures import graph, graph_root, graph_target, show

__all__ = ["graph", "graph_root", "graph_target", "show"]

SETTINGS = config.Graph()
WHEN = "2025-06-01T00:00:00+00:00"


def load(graph: Graph, show: str, tables: Tables, when: str = WHEN) -> dict[str, LoadReport]:
    place = (graph, event(show), SETTINGS)
    return {
        "visitors": graph_model.load_visitors(*place, tables.visitors),
        "sessions": graph_model.load_sessions(*place, tables.sessions, tables.descriptions),
        "jobs": graph_model.load_job_streams(*place, tables.visitors, tables.mapping, {"other": "Stream 1"}),
        "specialisations": graph_model.load_specialisation_streams(*place, tables.visitors, tables.mapping, QUESTION),
        "relationships": graph_model.load_relationships(*place, tables.visitors, tables.attendance, tables.entry_scans),
        "embeddings": graph_model.write_embeddings(*place, tables.embeddings),
        "recommendations": graph_model.write_recommendations(*place, tables.recommendations, when),
    }


def content(graph: Graph, show: str) -> list[str]:
    """Everything of a show, as sorted text."""
    nodes = graph.read("MATCH (n {show: $show}) RETURN labels(n) AS labels, properties(n) AS found", show=show)
    edges = graph.read(
        "MATCH (a {show: $show})-[r]->(b) RETURN type(r) AS type, properties(r) AS found, "
        "coalesce(a.BadgeId, a.session_id) AS start, coalesce(b.session_id, b.stream, b.BadgeId, b.show_ref) AS end",
        show=show,
    )
    return sorted(repr(sorted((name, _text(value)) for name, value in row.items())) for row in [*nodes, *edges])


def _text(value: Any) -> str:
    return repr(sorted(value.items()) if isinstance(value, dict) else value)


def totals(reports: Mapping[str, LoadReport]) -> dict[str, tuple[int, int]]:
    return {name: (report.written, report.removed) for name, report in reports.items()}


def test_three_loads_equal_one_and_the_second_writes_nothing(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    first = load(graph, show, tables)
    counts = graph_model.counts(graph, event(show), SETTINGS)
    before = content(graph, show)
    shuffled = Tables(
        **{
            name: value.sample(frac=1, random_state=7) if isinstance(value, pd.DataFrame) else value
            for name, value in vars(tables).items()
        }
    )
    for again in (load(graph, show, tables, "later"), load(graph, show, shuffled, "later still")):
        assert set(totals(again).values()) == {(0, 0)}
        assert {name: report.version for name, report in again.items()} == {
            name: report.version for name, report in first.items()
        }
    assert content(graph, show) == before
    assert counts == graph_model.counts(graph, event(show), SETTINGS)
    attendance = tables.attendance["cohort"].value_counts()
    assert counts == {
        "Visitor_this_year": 30,
        "Visitor_last_year_bva": 30,
        "Visitor_last_year_lva": 30,
        "Sessions_this_year": 12,
        "Sessions_past_year": 24,
        "Stream": 21,
        "Show_this_year": 1,
        "HAS_STREAM": counts["HAS_STREAM"],
        "job_to_stream": 7 * int(tables.visitors.query("cohort == @THIS_YEAR")["job_role"].isin(ROLES[:3]).sum()),
        "specialization_to_stream": 3 * 15 * 7,
        "Same_Visitor": 12,
        "attended_session": int(attendance.drop(THIS_YEAR).sum()),
        "assisted_session_this_year": int(attendance[THIS_YEAR]),
        "registered_to_show": 10,
        "IS_RECOMMENDED": len(tables.recommendations),
    }
    for report in first.values():
        assert report.given == report.written + report.unchanged + sum(report.refused.values())
        assert report.unchanged == 0


def test_properties_are_typed_and_hold_no_personal_data(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load(graph, show, tables)
    (row,) = graph.read(
        "MATCH (n:Visitor_this_year {show: $show, BadgeId: 'year-5'}) RETURN properties(n) AS found", show=show
    )
    found = row["found"]
    assert found[QUESTION] == ["Vet nurse", "STUDENT "]
    assert found["show"] == show
    assert found["show_answer"] == ["a survey question named like the key"]
    assert found["Company"] == tables.visitors["company"].iloc[0]
    assert (found["Days_since_registration"], found["assist_year_before"]) == (5, 1)
    assert found["BadgeId_last_year_lva"] == ["main-0"]
    assert "BadgeId_last_year_bva" not in found, "what is absent is no property"
    assert found["registration_date"].to_native() == pd.Timestamp("2025-01-02 03:04:05").to_pydatetime()
    assert (found["has_recommendation"], found["control_group"]) == ("1", 0)
    session = graph.read(
        "MATCH (n:Sessions_this_year {show: $show, session_id: '3'}) RETURN n.embedding AS v", show=show
    )
    assert session[0]["v"] == pytest.approx(tables.embeddings["vector"].iloc[3].tolist())
    entry = graph.read(
        "MATCH (:Visitor_this_year {show: $show, BadgeId: 'year-0'})-[r:registered_to_show]->(s) "
        "RETURN properties(r) AS r, s.show_ref AS ref",
        show=show,
    )
    assert entry[0]["ref"] == "LVS25"
    assert entry[0]["r"]["day_1"] is True
    assert entry[0]["r"]["day_2_entry"].hour == 8
    text = "\n".join(content(graph, show)).lower()
    assert "canary" not in text


def test_changes_are_written_alone_and_what_left_goes(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load(graph, show, tables)
    visitors = tables.visitors.copy()
    visitors.loc[visitors["badge_id"].eq("year-3"), "country"] = "Elsewhere"
    gone = visitors["badge_id"].eq("year-4")
    report = graph_model.load_visitors(graph, event(show), SETTINGS, visitors[~gone])
    assert (report.written, report.removed) == (1, 1)

    sessions = tables.sessions.copy()
    where = sessions["session_id"].eq("0") & sessions["cohort"].eq(THIS_YEAR)
    sessions.loc[where, "stream"] = "Stream 19"
    cancelled = sessions["session_id"].eq("1") & sessions["cohort"].eq(THIS_YEAR)
    graph_model.load_sessions(graph, event(show), SETTINGS, sessions[~cancelled], tables.descriptions)
    streams = "MATCH (:Sessions_this_year {show: $show, session_id: $id})-[:HAS_STREAM]->(s) RETURN s.stream AS name"
    assert graph.read(streams, show=show, id="0") == [{"name": "Stream 19"}]
    assert graph.read(streams, show=show, id="1") == []

    marks = graph.read(
        "MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-3'}) OPTIONAL MATCH (v)-[r:IS_RECOMMENDED]->(s) "
        "RETURN v.has_recommendation AS has, v.Country AS country, count(r) AS agenda, count(s.embedding) AS vectors",
        show=show,
    )
    assert marks == [{"has": "1", "country": "Elsewhere", "agenda": 3, "vectors": 3}], "others' properties stay"

    report = graph_model.load_relationships(
        graph, event(show), SETTINGS, visitors, tables.attendance, tables.entry_scans.iloc[:0]
    )
    assert graph_model.counts(graph, event(show), SETTINGS)["registered_to_show"] == 0
    assert set(report.refused) <= {
        "assisted_session_this_year: visitor of this year is not in the graph",
        "assisted_session_this_year: session of this year is not in the graph",
        "registered_to_show: visitor of this year is not in the graph",
    }
    dropped = graph_model.write_recommendations(
        graph, event(show), SETTINGS, tables.recommendations.query("badge_id == 'year-0'"), "later"
    )
    assert graph_model.counts(graph, event(show), SETTINGS)["IS_RECOMMENDED"] == dropped.given - sum(
        dropped.refused.values()
    )
    has = graph.read(
        "MATCH (v:Visitor_this_year {show: $show}) RETURN v.has_recommendation AS has, count(*) AS count", show=show
    )
    assert {row["has"]: row["count"] for row in has} == {"1": 1, "0": 28}


def test_a_question_that_is_no_longer_asked_leaves_the_nodes(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load(graph, show, tables)
    report = graph_model.load_visitors(graph, event(show), SETTINGS, tables.visitors.drop(columns=QUESTION))
    assert report.written == report.given == 90
    names = graph.read("MATCH (n:Visitor_this_year {show: $show}) UNWIND keys(n) AS k RETURN DISTINCT k", show=show)
    assert QUESTION not in {row["k"] for row in names}
    assert "has_recommendation" in {row["k"] for row in names}


def test_two_shows_with_the_same_keys_never_meet(graph: BoltGraph, show: str) -> None:
    other = f"{show}_other"
    load(graph, show, make_tables())
    before = content(graph, show)
    load(graph, other, make_tables(seed=2))
    assert content(graph, show) == before
    empty = make_tables()
    for name in ("visitors", "sessions", "attendance", "entry_scans", "embeddings", "recommendations"):
        setattr(empty, name, getattr(empty, name).iloc[:0])
    empty.descriptions = {}
    load(graph, other, empty)
    assert set(graph_model.counts(graph, event(other), SETTINGS).values()) == {0}
    assert content(graph, show) == before


def test_what_others_made_stays_and_damage_is_mended(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load(graph, show, tables)
    counts = graph_model.counts(graph, event(show), SETTINGS)
    session = "MATCH (s:Sessions_this_year {show: $show, session_id: '0'}) "
    graph.write(
        session + "MATCH (t:Stream {show: $show, stream: 'New one'}) CREATE (s)-[:HAS_STREAM {by: 'Ann'}]->(t)",
        show=show,
    )
    graph.write("MATCH (v:Visitor_this_year {show: $show}) SET v.note = 'kept'", show=show)
    # Damage: a lost relationship, a doubled one, a node with a wrong value, a surplus recommendation of another tool.
    pair = graph.read(
        "MATCH (v:Visitor_last_year_bva {show: $show})-[r:attended_session]->(s:Sessions_past_year) "
        "RETURN v.BadgeId AS badge, s.session_id AS session ORDER BY badge, session",
        show=show,
    )
    edge = (
        "MATCH (v:Visitor_last_year_bva {show: $show, BadgeId: $badge})-[r:attended_session]->"
        "(s:Sessions_past_year {show: $show, session_id: $session}) "
    )
    graph.write(edge + "DELETE r", show=show, **pair[0])
    graph.write(edge + "CREATE (v)-[c:attended_session]->(s) SET c = properties(r)", show=show, **pair[1])
    graph.write(session + "SET s.title = 'damaged', s.row_hash = 0", show=show)
    graph.write(
        session + "MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-1'}) CREATE (v)-[:IS_RECOMMENDED]->(s)",
        show=show,
    )
    load(graph, show, tables)
    assert graph_model.counts(graph, event(show), SETTINGS) == {**counts, "HAS_STREAM": counts["HAS_STREAM"] + 1}
    assert graph.read(session + "RETURN s.title AS title", show=show) == [{"title": "Session 0 of this_year"}]
    assert graph.read("MATCH (v:Visitor_this_year {show: $show}) RETURN DISTINCT v.note AS note", show=show) == [
        {"note": "kept"}
    ]


def test_mappings_count_what_they_cannot_place(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load(graph, show, tables)
    settings = SETTINGS.model_copy(
        update={"job_stream_mapping": config.StreamMapping(rename={"astronaut": "Vet nurse "})}
    )
    roles = tables.visitors.loc[tables.visitors["cohort"].eq(THIS_YEAR), "job_role"]
    place = (graph, event(show))
    plain = graph_model.load_job_streams(*place, SETTINGS, tables.visitors, tables.mapping)
    answered = int(roles.ne("").sum())
    astronauts = int(roles.eq("Astronaut").sum())
    assert astronauts
    assert plain.refused == {
        "answer without a stream in the mapping": astronauts,
        "stream of the mapping is not in the catalogue": answered - astronauts,
    }
    renamed = graph_model.load_job_streams(*place, settings, tables.visitors, tables.mapping, {"NOWHERE": "stream 0"})
    assert renamed.refused == {}
    assert renamed.written == astronauts * 7
    off = SETTINGS.model_copy(update={"job_stream_mapping": config.StreamMapping(enabled=False)})
    gone = graph_model.load_job_streams(*place, off, tables.visitors, tables.mapping)
    assert (gone.given, gone.removed) == (0, answered * 7)
    with pytest.raises(ValueError, match="no column 'missing'"):
        graph_model.load_specialisation_streams(*place, SETTINGS, tables.visitors, tables.mapping, "missing")


class Counting:
    """A graph that counts its statements."""

    def __init__(self, inner: BoltGraph, batch_size: int) -> None:
        self._inner, self._batch_size, self.statements = inner, batch_size, 0

    @property
    def description(self) -> str:
        return self._inner.description

    def read(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        self.statements += 1
        return self._inner.read(query, **parameters)

    def write(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        self.statements += 1
        return self._inner.write(query, **parameters)

    def write_rows(self, query: str, rows: Iterable[Mapping[str, Any]], **parameters: Any) -> int:
        sent = self._inner.write_rows(query, rows, batch_size=self._batch_size, **parameters)
        self.statements += -(-sent // self._batch_size)
        return sent

    def schema(self, statement: str) -> None:
        self.statements += 1
        self._inner.schema(statement)


def test_statements_do_not_grow_with_rows(graph: BoltGraph, show: str) -> None:
    small, large = Counting(graph, 1000), Counting(graph, 1000)
    load(small, show, make_tables(visitors=20, sessions=8))
    load(large, f"{show}_other", make_tables(visitors=60, sessions=24))
    assert small.statements == large.statements


def test_other_labels_with_any_characters(graph: BoltGraph, show: str) -> None:
    settings = config.Graph(
        node_labels=config.GraphLabels(session_this_year="Session `now`-2025", stream="Topic / area"),
        relationships=config.GraphRelationships(stream="HAS topic"),
    )
    tables = make_tables()
    graph_model.load_sessions(graph, event(show), settings, tables.sessions, tables.descriptions)
    counts = graph_model.counts(graph, event(show), settings)
    assert counts["Session `now`-2025"] == 12
    assert counts["HAS topic"] > 12
    same = config.Graph(node_labels=config.GraphLabels(stream="Visitor_this_year"))
    with pytest.raises(ValueError, match="Visitor_this_year has several meanings"):
        graph_model.load_sessions(graph, event(show), same, tables.sessions, tables.descriptions)


def test_embeddings_follow_their_hash(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    load(graph, show, tables)
    changed = tables.embeddings.copy()
    changed.loc[changed["session_id"].eq("2") & changed["cohort"].eq(LAST_YEAR_MAIN), "text_hash"] = "hash 2"
    fewer = changed[~changed["session_id"].eq("5")]
    report = graph_model.write_embeddings(graph, event(show), SETTINGS, fewer)
    assert (report.written, report.removed) == (1, 3)
    left = graph.read("MATCH (n {show: $show}) WHERE n.embedding IS NOT NULL RETURN count(n) AS count", show=show)
    assert left == [{"count": 33}]
    unknown = changed.assign(session_id=changed["session_id"].replace("3", "300"))
    assert sum(graph_model.write_embeddings(graph, event(show), SETTINGS, unknown).refused.values()) == 3
