"""Each shipped event in each mode, on a generated show in the event's own format; no mode touches another's outputs."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pa_assets.agendas.config import MODES
from pa_assets.agendas.core.tables import VISITORS
from pa_assets.kit.files import ROOT_VARIABLE
from pa_assets.kit.resources.graph import connect, target
from pa_assets_tests.e2e import mode_runs
from pa_assets_tests.project import CHECKOUT, ProjectFolder, land, make_project

EVENTS = ["vet_bva", "vet_lva", "ecomm", "cpcn"]


@dataclass(frozen=True)
class Show:
    """An event that was made in every mode, one after the other."""

    project: ProjectFolder
    event: str
    after: dict[str, dict[str, str]]
    """Mode -> fingerprints of its files, right after it was made."""

    def table(self, mode: str, name: str) -> pd.DataFrame:
        folder = self.project.root / "data" / self.event
        return pd.read_parquet((folder if mode == MODES[0] else folder / mode) / "output" / f"{name}.parquet")


def made_in_every_mode(root: Path, event: str, what: str) -> Show:
    project = make_project(root, [event])
    path = root / "config" / f"{event}.yaml"
    settings = yaml.safe_load(path.read_text("utf-8")) | {"further_modes": list(MODES[1:])}
    path.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    land(project, event, visitors=60, sessions=20, after_show=True)
    command = (sys.executable, "-m", "pa_assets_tests.e2e.mode_runs", event, what)
    done = project.run(*command, PYTHONPATH=str(CHECKOUT), PA_GRAPH_IDLE_MINUTES="1")
    return Show(project, event, json.loads(done.output.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_prepared_in_each_mode(event: str, tmp_path: Path) -> None:
    prepared = made_in_every_mode(tmp_path / "project", event, "prepare")
    agendas, engagement, analysis = (prepared.table(mode, "visitors") for mode in MODES)
    assert agendas["cohort"].eq("this_year").sum() == 60
    pd.testing.assert_frame_equal(agendas, analysis)

    invited = engagement[engagement["cohort"] == "this_year"]
    past = agendas[agendas["cohort"] == "last_year_main"]
    registered = set(agendas.loc[agendas["cohort"] == "this_year", "person_id"])
    assert set(invited["person_id"]) == set(past["person_id"]) - registered
    assert set(invited["badge_id"]) <= set(past["badge_id"])
    assert not invited["person_id"].duplicated().any()
    assert invited["assist_year_before"].eq(1).all()
    still = engagement[engagement["cohort"] != "this_year"]
    columns = ["cohort", "badge_id", "person_id", "job_role"]
    pd.testing.assert_frame_equal(
        still[columns].reset_index(drop=True),
        agendas.loc[agendas["cohort"] != "this_year", columns].reset_index(drop=True),
    )
    answers = [name for name in VISITORS.extra_names(past) if past[name].str.len().sum()]
    own = past.set_index("badge_id").loc[invited["badge_id"], answers].map(list).reset_index(drop=True)
    pd.testing.assert_frame_equal(invited[answers].map(list).reset_index(drop=True), own)
    assert answers, "the invited bring their answers of last year"

    cohorts = {mode: set(prepared.table(mode, "attendance")["cohort"]) for mode in MODES}
    assert "this_year" in cohorts["post_analysis"]
    assert "this_year" not in cohorts["engagement"]
    history = prepared.table("engagement", "attendance")
    assert set(history["person_id"]) & set(invited["person_id"]), "the invited keep their own history"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    """An event with graph, agendas, exports and reports of every mode."""
    show = made_in_every_mode(tmp_path_factory.mktemp("modes") / "project", "ecomm", "refresh")
    yield show
    show.project.stop_graph()


@pytest.mark.slow
def test_no_mode_overwrites_another_s_outputs(whole: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROOT_VARIABLE, str(whole.project.root))
    for mode in MODES:
        assert whole.after[mode], mode
        assert mode_runs.files(whole.event, mode) == whole.after[mode]


@pytest.mark.slow
def test_the_analysis_is_of_the_agendas_that_were_made(whole: Show) -> None:
    made, analysed = whole.table(MODES[0], "recommendations"), whole.table("post_analysis", "recommendations")
    pd.testing.assert_frame_equal(made, analysed)
    report = whole.project.root / "data/ecomm/post_analysis/reports/post_show.json"
    assert json.loads(report.read_text("utf-8"))["hit_rate"] is not None


@pytest.mark.slow
def test_invitations_rest_on_own_history_and_withhold_nothing(whole: Show) -> None:
    agendas = whole.table("engagement", "recommendations")
    assert agendas["strategy"].eq("own_history").any()
    assert not agendas["control_group"].any()
    exports = [name for name in whole.after["engagement"] if name.startswith("recommendations/visitor_")]
    assert exports
    assert all("visitor_recommendations_ecomm_engagement_" in name for name in exports)


@pytest.mark.slow
def test_the_graph_holds_each_mode_under_its_own_tag(whole: Show) -> None:
    root = whole.project.root
    with connect(target("default", root, {}), root) as graph:
        rows = graph.read("MATCH (node:Visitor_this_year) RETURN node.show AS show, count(*) AS visitors")
    found = {row["show"]: row["visitors"] for row in rows}
    assert found == {
        tag: int(whole.table(mode, "visitors")["cohort"].eq("this_year").sum())
        for mode, tag in zip(MODES, ("ecomm", "ecomm_engagement", "ecomm_post_analysis"), strict=True)
    }
