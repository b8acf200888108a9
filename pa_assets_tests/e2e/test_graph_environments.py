"""Which graph server a run writes, with real commands: by YAML, by the shell, by one run; and without any server."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pa_assets.kit.ports import GraphError
from pa_assets.kit.resources.providers import GraphProvider
from pa_assets_tests.e2e import results
from pa_assets_tests.e2e.runs import landing
from pa_assets_tests.project import ProjectFolder, land, make_project

pytestmark = pytest.mark.slow
EVENT = "vet_lva"
NO_SERVER = json.dumps({"resources": {"graph": {"config": {"environment": "none"}}}})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectFolder]:
    made = make_project(tmp_path_factory.mktemp("environments") / "project", [EVENT])
    land(made, EVENT, visitors=60, sessions=40)
    yield made
    made.stop_graph()


def step(project: ProjectFolder, name: str = "graph_preparation") -> dict[str, Any]:
    """What a step told of its assets."""
    told = json.loads((project.root / "data" / EVENT / "metadata" / name / "metadata.json").read_text())
    return told["statistics"]


def test_a_run_without_a_server_makes_the_same_agendas(project: ProjectFolder) -> None:
    project.materialize("processing_summary", PA_NEO4J_ENVIRONMENT="none")
    assert not (project.root / ".pa" / "graph" / "server.json").exists(), "no server was started"
    assert step(project)["graph_visitors"]["server"] == "none: tables alone"
    without = pd.read_parquet(project.output(EVENT, "recommendations.parquet"))
    exports = results.exports(project, EVENT)
    assert exports
    twins = {path.name: pd.read_parquet(path) for path in project.output(EVENT, "graph").glob("*.parquet")}
    assert {"visitor_this_year.parquet", "visitor_this_year.is_recommended.session_this_year.parquet"} <= set(twins)

    output = project.materialize("processing_summary").output
    assert "settings/graph changed" in output, "another server is another graph to be written"
    assert step(project)["graph_visitors"]["written"] == len(
        pd.concat(
            [twins[f"visitor_{cohort}.parquet"] for cohort in ("this_year", "last_year_main", "last_year_secondary")]
        )
    )
    pd.testing.assert_frame_equal(pd.read_parquet(project.output(EVENT, "recommendations.parquet")), without)
    for name, frame in twins.items():
        pd.testing.assert_frame_equal(pd.read_parquet(project.output(EVENT, "graph") / name), frame)
    assert results.differing(exports, results.exports(project, EVENT)) == [], "the same bytes with and without server"
    assert "fresh" in project.materialize("recommendations").output
    project.materialize("event/recommendations,event/recommendation_exports", "--partition", EVENT)
    assert results.differing(exports, results.exports(project, EVENT)) == [], "made a second time"


def test_what_was_booked_is_left_free(project: ProjectFolder) -> None:
    project.materialize("recommendations", PA_NEO4J_ENVIRONMENT="none")
    before = pd.read_parquet(project.output(EVENT, "recommendations.parquet"))
    sessions = pd.read_parquet(project.output(EVENT, "sessions_backfilled.parquet"))
    times = sessions[sessions["cohort"].eq("this_year")].set_index("session_id")[["starts_at", "ends_at"]]
    first = before.iloc[0]
    at = times.loc[first["session_id"]]
    landed = landing(project) / "bookings.csv"
    rows = pd.DataFrame({"Badge Id": [first["badge_id"], "nobody"], "date": f"{at['starts_at']:%d/%m/%Y}"})
    rows.assign(start_time=f"{at['starts_at']:%H:%M}", end_time=f"{at['ends_at']:%H:%M}").to_csv(landed, index=False)
    try:
        output = project.materialize("recommendations", PA_NEO4J_ENVIRONMENT="none").output
        assert "landing/bookings changed" in output
        after = pd.read_parquet(project.output(EVENT, "recommendations.parquet"))
    finally:
        landed.unlink()
    agenda = times.loc[after.loc[after["badge_id"].eq(first["badge_id"]), "session_id"]]
    assert len(agenda)
    assert not ((agenda["starts_at"] < at["ends_at"]) & (agenda["ends_at"] > at["starts_at"])).any()
    others = [frame[frame["badge_id"].ne(first["badge_id"])].reset_index(drop=True) for frame in (before, after)]
    pd.testing.assert_frame_equal(*others)
    aside = pd.read_csv(project.output(EVENT, "quarantine/bookings.csv"))
    assert aside["reason"].tolist() == ["badge not registered this year"]


def test_what_one_run_wrote_elsewhere_is_written_where_it_belongs(project: ProjectFolder) -> None:
    project.materialize("graph")
    project.materialize("event/graph_visitors", "--partition", EVENT, "--config-json", NO_SERVER)
    output = project.materialize("graph").output
    assert "graph_visitors: last written to none" in " ".join(output.split())
    assert "fresh" in project.materialize("graph").output


def test_a_twin_that_is_gone_is_made_again(project: ProjectFolder) -> None:
    project.materialize("graph")
    twin = project.output(EVENT, "graph") / "stream.parquet"
    before = twin.read_bytes()
    twin.unlink()
    assert "its file is gone" in " ".join(project.materialize("graph").output.split())
    assert twin.read_bytes() == before


def test_everything_anew_when_asked(project: ProjectFolder) -> None:
    project.materialize("graph")
    anew = json.dumps({"resources": {"graph": {"config": {"recreate_all": True}}}})
    project.materialize(
        "event/graph_sessions,event/graph_preparation_complete", "--partition", EVENT, "--config-json", anew
    )
    told = step(project)["graph_sessions"]
    assert told["written"] == told["given"] > 0


def test_unknown_names_are_refused(project: ProjectFolder) -> None:
    failed = project.materialize("event/graph_visitors", "--partition", EVENT, check=False, PA_NEO4J_ENVIRONMENT="prdo")
    assert failed.code
    assert "Unknown graph environment 'prdo'. Allowed" in failed.output
    path = project.root / "config" / f"{EVENT}.yaml"
    text = path.read_text("utf-8")
    try:
        path.write_text(text.replace("environment: default", "environment: prdo"), "utf-8")
        checked = project.run(sys.executable, "-m", "pa_assets.cli", "check-config", EVENT, check=False)
    finally:
        path.write_text(text, "utf-8")
    assert checked.code == 1
    assert "graph.environment" in checked.output
    assert "dev | test | prod | none. The nearest is `prod`" in checked.output


def test_production_is_written_anew_only_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(tmp_path, [EVENT])
    monkeypatch.setenv("PA_ROOT", str(tmp_path))
    monkeypatch.setenv("NEO4J_URI_PROD", "bolt://localhost:1")
    monkeypatch.setenv("NEO4J_PASSWORD_PROD", "canary")
    for confirmed in ("", "bva"):
        provider = GraphProvider(environment="live", recreate_all=True, confirm=confirmed)
        assert provider.chosen("default") == "prod"
        with pytest.raises(GraphError, match="set confirm: lva"), provider.open("prod", "lva"):
            pass
    with GraphProvider(recreate_all=True, confirm="lva").open("prod", "lva"):
        pass
