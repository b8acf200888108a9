"""Agendas of an export: read as they were written, planned against a graph, and brought back row by row."""

import json
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.exports import build_exports
from pa_assets.agendas.core.graph import restore, sync
from pa_assets.agendas.core.graph.parts import LoadReport
from pa_assets.kit.ports import Graph
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, event, make_tables
from pa_assets_tests.graph_loads import load_all, schema_of

WHEN = "2025-07-01T00:00:00+00:00"


def exports_of(tables: Tables, show: str) -> dict[str, bytes]:
    """The exports of a made-up show, by kind."""
    settings = config.EventConfig(
        event=event(show),
        landing=config.Landing(registrations=["*.json"]),
        session_files=config.SessionFiles(session_this=["*.csv"]),
    )
    without = pd.DataFrame({"badge_id": ["year-1"], "reason": ["none fits"]})
    exports = build_exports(tables.recommendations, without, tables.visitors, tables.sessions, settings, {})
    return {kind: exports.content(kind) for kind in ("json", "csv", "control_json", "control_csv")}


@pytest.fixture
def tables() -> Tables:
    tables = make_tables()
    # A badge and a session that a CSV cannot write as they are, and a score with many digits.
    for name in ("visitors", "sessions", "attendance", "embeddings", "recommendations"):
        frame = getattr(tables, name)
        for column, old, new in (("badge_id", "year-2", "=year-2"), ("session_id", "3", "-3;+a")):
            if column in frame:
                frame[column] = frame[column].replace(old, new)
    tables.recommendations["score"] = tables.recommendations["score"] / 3
    return tables


@pytest.fixture
def exports(tables: Tables, show: str) -> dict[str, bytes]:
    return exports_of(tables, show)


def both_groups(exports: dict[str, bytes], show: str) -> pd.DataFrame:
    tables = [restore.read_json(exports[kind], f"{kind}.json", show) for kind in ("json", "control_json")]
    return pd.concat(tables, ignore_index=True)


def by_key(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(["badge_id", "session_id"], ignore_index=True)


def write(graph: Graph, show: str, export: pd.DataFrame, **how: bool) -> tuple[restore.Plan, LoadReport]:
    schema = schema_of(show)
    plan = restore.plan(graph, schema, show, export, **how)
    parts = restore.parts(plan, schema, event(show), WHEN)
    return plan, sync.load(graph, show, "recommendations", parts, load_id="restored")


def agendas(graph: Graph, show: str) -> list[tuple[Any, ...]]:
    """Every recommendation of the show with its properties, and every visitor's marks; no loads and no times."""
    edges = graph.read(
        "MATCH (v:Visitor_this_year {show: $show})-[r:IS_RECOMMENDED]->(s) RETURN v.BadgeId AS badge, "
        "s.session_id AS session, r.rank AS rank, r.similarity_score AS score, r.strategy AS strategy, "
        "r.reasons AS reasons, r.show AS show, r.row_hash AS hash, r.created_by AS owner",
        show=show,
    )
    marks = graph.read(
        "MATCH (v:Visitor_this_year {show: $show}) RETURN v.BadgeId AS badge, v.has_recommendation AS has, "
        "v.control_group AS control, v.recommendations_hash AS hash",
        show=show,
    )
    return sorted(tuple(map(repr, row.values())) for row in [*edges, *marks])


def test_json_is_read_as_it_was_written(tables: Tables, exports: dict[str, bytes], show: str) -> None:
    pd.testing.assert_frame_equal(by_key(both_groups(exports, show)), by_key(tables.recommendations))


def test_csv_is_read_as_it_was_written_but_for_strategies(exports: dict[str, bytes], show: str) -> None:
    for kind in ("", "control_"):
        found = restore.read_csv(exports[f"{kind}csv"], "x.csv", show, control=bool(kind))
        wanted = restore.read_json(exports[f"{kind}json"], "x.json", show)
        assert not restore.differences(wanted, found)
        columns = ["rank", "score", "reasons", "control_group"]
        pd.testing.assert_frame_equal(found[columns], wanted[columns])
        assert set(found["strategy"]) == {""}


def test_differences_of_json_and_csv_are_told(exports: dict[str, bytes], show: str) -> None:
    first = restore.read_json(exports["json"], "x.json", show)
    second = restore.read_csv(exports["csv"], "x.csv", show, control=False)
    second.loc[3, "score"] = 0.5
    found = restore.differences(first.drop(index=0), second.drop(index=5))
    key = second["badge_id"] + ": " + second["session_id"]
    assert (found.only_csv, found.only_json, found.changed) == ([key[0]], [key[5]], [key[3]])


def _broken(content: bytes, change: Any) -> bytes:
    found = json.loads(content)
    change(found["recommendations"]["year-3"], found)
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda badge, _: badge["recommendations"][1].pop("session_id"), "'year-3' has no session_id. Nothing was"),
        (lambda badge, _: badge["recommendations"][1].update(rank="1st"), "'year-3' has no rank of 1 or more."),
        (lambda badge, _: badge["recommendations"][1].update(rank=1.5), "'year-3' has no rank of 1 or more."),
        (lambda badge, _: badge["recommendations"][1].update(score=None), "'year-3' has no score from 0 to 1."),
        (lambda badge, _: badge["recommendations"][1].update(score=7), "'year-3' has no score from 0 to 1."),
        (lambda badge, _: badge["recommendations"][1].update(reasons=[3]), "'year-3' has no list of reasons."),
        (lambda badge, _: badge["recommendations"].append(None), "'year-3' has a recommendation without fields."),
        (
            lambda badge, _: badge["recommendations"].extend(badge["recommendations"][:2]),
            r"'year-3' recommends a session twice \(2 in all\).",
        ),
        (lambda badge, _: badge.update(recommendations={}), "'year-3' has no list of recommendations."),
        (lambda _, found: found["recommendations"].update({"year-3": []}), "'year-3' has no fields."),
        (lambda _, found: found["metadata"].update(show="other"), "is an export of the show 'other', not of"),
        (lambda _, found: found.pop("metadata"), "is no export of agendas"),
    ],
)
def test_a_row_that_cannot_be_restored_is_named(
    exports: dict[str, bytes], show: str, change: Any, message: str
) -> None:
    with pytest.raises(restore.ExportError, match=f"^the file.*{message}"):
        restore.read_json(_broken(exports["json"], change), "the file", show)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"metadata": {}, "recommendations": 3}'])
def test_what_is_no_export_is_told(content: bytes) -> None:
    with pytest.raises(restore.ExportError, match=r"^the file is no"):
        restore.read_json(content, "the file", "show")
    with pytest.raises(restore.ExportError, match=r"^the file is no"):
        restore.read_csv(content, "the file", "show", control=False)


def test_a_row_of_a_csv_is_named(exports: dict[str, bytes], show: str) -> None:
    lines = exports["csv"].decode().splitlines()
    bad = lines[4].replace('""like what you saw""', "like")
    with pytest.raises(restore.ExportError, match=r"^the file: row 5 has no list of reasons\. Nothing"):
        restore.read_csv("\n".join([*lines[:4], bad]).encode(), "the file", show, control=False)
    with pytest.raises(restore.ExportError, match="not of 'another'"):
        restore.read_csv(exports["csv"], "the file", "another", control=False)


def test_an_export_without_agendas_is_empty(show: str) -> None:
    content = json.dumps({"metadata": {"show": show}, "recommendations": {}}).encode()
    assert restore.read_json(content, "x", show).empty
    found = restore.read_csv(
        b"visitor_id,show,session_id,rank,similarity_score,recommendation_metadata\n", "x", show, control=False
    )
    assert found.empty


@pytest.mark.graph_contract
def test_damaged_agendas_come_back_and_a_second_time_writes_nothing(
    graph: BoltGraph, show: str, tables: Tables, exports: dict[str, bytes]
) -> None:
    load_all(graph, tables, show=show)
    load_all(graph, tables, show=f"{show}_other")
    before, other = agendas(graph, show), agendas(graph, f"{show}_other")
    export = both_groups(exports, show)
    assert write(graph, show, export)[1].written == 0
    graph.write(
        "MATCH (v:Visitor_this_year {show: $show})-[r:IS_RECOMMENDED]->() WHERE v.BadgeId IN ['year-0', 'year-4'] "
        "DELETE r REMOVE v.has_recommendation, v.recommendations_hash",
        show=show,
    )
    graph.write(
        "MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-1'}) MATCH (s:Sessions_this_year {show: $show}) "
        "WHERE s.session_id IN ['0', '1'] CREATE (v)-[:IS_RECOMMENDED]->(s)",
        show=show,
    )
    assert agendas(graph, show) != before
    plan, report = write(graph, show, export)
    assert (plan.restored, plan.kept, plan.removed, plan.left_out) == (29, 0, 1, 0)
    assert report.written > 0
    assert agendas(graph, show) == before
    assert write(graph, show, export)[1].written == 0
    assert agendas(graph, f"{show}_other") == other


@pytest.mark.graph_contract
def test_a_csv_restores_the_same_but_for_strategies(
    graph: BoltGraph, show: str, tables: Tables, exports: dict[str, bytes]
) -> None:
    load_all(graph, tables, show=show)
    read = [restore.read_csv(exports[f"{kind}csv"], "x", show, control=bool(kind)) for kind in ("", "control_")]
    plan, report = write(graph, show, pd.concat(read, ignore_index=True))
    assert (plan.left_out, plan.missing_visitors, plan.missing_sessions) == (0, [], [])
    assert plan.restored == 29
    wanted = by_key(tables.recommendations.assign(strategy=""))
    pd.testing.assert_frame_equal(by_key(plan.rows), wanted)
    assert report.removed == 0


@pytest.mark.graph_contract
def test_a_plan_writes_nothing_and_tells_what_the_graph_lacks(
    graph: BoltGraph, show: str, tables: Tables, exports: dict[str, bytes]
) -> None:
    load_all(graph, tables, show=show)
    graph.write("MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-5'}) DETACH DELETE v", show=show)
    graph.write("MATCH (s:Sessions_this_year {show: $show, session_id: '6'}) DETACH DELETE s", show=show)
    before = agendas(graph, show)
    plan = restore.plan(graph, schema_of(show), show, both_groups(exports, show))
    rows = tables.recommendations
    lost = rows["badge_id"].eq("year-5") | rows["session_id"].eq("6")
    assert (plan.missing_visitors, plan.missing_sessions, plan.left_out) == (["year-5"], ["6"], int(lost.sum()))
    assert plan.restored == rows.loc[~lost, "badge_id"].nunique()
    assert agendas(graph, show) == before
    _, report = write(graph, show, both_groups(exports, show))
    assert report.refused == {}
    assert write(graph, show, both_groups(exports, show))[1].written == 0


@pytest.mark.graph_contract
def test_visitors_with_an_agenda_keep_it_where_that_is_asked(
    graph: BoltGraph, show: str, tables: Tables, exports: dict[str, bytes]
) -> None:
    load_all(graph, tables, show=show)
    whole = agendas(graph, show)
    graph.write(
        "MATCH (v:Visitor_this_year {show: $show})-[r:IS_RECOMMENDED]->(s) "
        "WHERE v.BadgeId = 'year-4' OR (v.BadgeId = 'year-7' AND s.session_id = '8') DELETE r",
        show=show,
    )
    plan, _ = write(graph, show, both_groups(exports, show), replace=False)
    assert (plan.restored, plan.kept, plan.removed) == (1, 28, 0)
    found = agendas(graph, show)
    changed = {row[0] for row in set(found) ^ set(whole)}
    assert changed == {"'year-7'"}
    assert write(graph, show, both_groups(exports, show), replace=False)[1].written == 0


@pytest.mark.graph_contract
def test_the_control_group_keeps_its_agendas_unless_it_is_restored_too(
    graph: BoltGraph, show: str, tables: Tables, exports: dict[str, bytes]
) -> None:
    load_all(graph, tables, show=show)
    before = agendas(graph, show)
    main = restore.read_json(exports["json"], "x", show)
    plan, report = write(graph, show, main, control=False)
    assert (plan.kept, plan.removed) == (3, 0)
    assert report.written == 0
    assert agendas(graph, show) == before
    plan, _ = write(graph, show, main)
    assert (plan.kept, plan.removed) == (0, 3)
    assert len(agendas(graph, show)) == len(before) - 9


@pytest.mark.graph_contract
def test_recommendations_that_others_made_are_kept_with_what_they_lack(
    graph: BoltGraph, show: str, tables: Tables
) -> None:
    load_all(graph, tables, show=show)
    graph.write(
        "MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-1'}) MATCH (s:Sessions_this_year {show: $show}) "
        "WHERE s.session_id IN ['0', '1'] "
        "CREATE (v)-[:IS_RECOMMENDED {similarity_score: CASE s.session_id WHEN '1' THEN 0.5 ELSE 0.25 END}]->(s)",
        show=show,
    )
    plan = restore.plan(graph, schema_of(show), show, tables.recommendations.iloc[:0], replace=False)
    found = plan.rows[plan.rows["badge_id"].eq("year-1")]
    assert found[["session_id", "rank", "score"]].to_numpy().tolist() == [["1", 1, 0.5], ["0", 2, 0.25]]
    assert plan.kept == 30
