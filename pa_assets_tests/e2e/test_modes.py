"""Each shipped event in each mode, on a generated show in the event's own format; no mode touches another's outputs."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
import yaml

from pa_assets.agendas.build import build_definitions
from pa_assets.agendas.config import MODES
from pa_assets.kit.files import ROOT_VARIABLE
from pa_assets.kit.graph_server import stop
from pa_assets_tests.project import ProjectFolder, land, make_project

EVENTS = ["vet_bva", "vet_lva", "ecomm", "cpcn"]
PREPARATION = [
    dg.AssetKey(["event", name])
    for name in (
        "registrations_processed",
        "survey_answers",
        "visitors",
        "scans_processed",
        "sessions_processed",
        "attendance",
    )
]


def with_all_modes(root: Path, event: str) -> ProjectFolder:
    project = make_project(root, [event])
    path = root / "config" / f"{event}.yaml"
    settings = yaml.safe_load(path.read_text("utf-8")) | {"further_modes": list(MODES[1:])}
    path.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    land(project, event, visitors=60, sessions=20, after_show=True)
    return project


class Show:
    """A show in every mode, made in this process."""

    def __init__(self, project: ProjectFolder, event: str) -> None:
        self.project, self.event = project, event
        self.definitions, self.instance = build_definitions(), dg.DagsterInstance.ephemeral()

    def prepare(self, mode: str) -> None:
        job = self.definitions.resolve_implicit_global_asset_job_def()
        job = job.get_subset(asset_selection=set(PREPARATION))
        assert job.execute_in_process(partition_key=self.partition(mode), instance=self.instance).success

    def refresh(self, mode: str) -> None:
        job = self.definitions.resolve_job_def("refresh")
        assert job.execute_in_process(partition_key=self.partition(mode), instance=self.instance).success

    def partition(self, mode: str) -> str:
        return self.event if mode == MODES[0] else f"{self.event}-{mode}"

    def folder(self, mode: str) -> Path:
        folder = self.project.root / "data" / self.event
        return folder if mode == MODES[0] else folder / mode

    def table(self, mode: str, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder(mode) / "output" / f"{name}.parquet")

    def files(self, mode: str) -> dict[str, bytes]:
        folder = self.folder(mode)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for made in ("output", "recommendations", "reports")
            for path in sorted((folder / made).rglob("*"))
            if path.is_file()
        }


@pytest.fixture(params=EVENTS)
def prepared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    project = with_all_modes(tmp_path / "project", request.param)
    monkeypatch.setenv(ROOT_VARIABLE, str(project.root))
    show = Show(project, request.param)
    for mode in MODES:
        show.prepare(mode)
    yield show
    stop(project.root)


@pytest.mark.slow
def test_each_event_is_prepared_in_each_mode(prepared: Show) -> None:
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
    questions = [
        name
        for name in invited.columns
        if isinstance(past[name].iloc[0], list | type(past["badges_last_year_main"].iloc[0]))
    ]
    answers = [name for name in questions if not name.startswith("badges_")]
    own = past.set_index("badge_id").loc[invited["badge_id"], answers].map(list).reset_index(drop=True)
    pd.testing.assert_frame_equal(invited[answers].map(list).reset_index(drop=True), own)
    assert own.map(len).to_numpy().sum() > 0

    cohorts = {mode: set(prepared.table(mode, "attendance")["cohort"]) for mode in MODES}
    assert "this_year" in cohorts["post_analysis"]
    assert "this_year" not in cohorts["engagement"]
    history = prepared.table("engagement", "attendance")
    assert set(history["person_id"]) & set(invited["person_id"]), "the invited keep their own history"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Show, dict[str, dict[str, bytes]]]]:
    with pytest.MonkeyPatch.context() as patch:
        project = with_all_modes(tmp_path_factory.mktemp("modes") / "project", "ecomm")
        patch.setenv(ROOT_VARIABLE, str(project.root))
        show, after = Show(project, "ecomm"), {}
        try:
            for mode in MODES:
                show.refresh(mode)
                after[mode] = show.files(mode)
            yield show, after
        finally:
            stop(project.root)


@pytest.mark.slow
def test_no_mode_overwrites_another_s_outputs(whole: tuple[Show, dict[str, dict[str, bytes]]]) -> None:
    show, after = whole
    for mode in MODES:
        assert after[mode], mode
        assert show.files(mode) == after[mode]


@pytest.mark.slow
def test_the_analysis_is_of_the_agendas_that_were_made(whole: tuple[Show, dict[str, dict[str, bytes]]]) -> None:
    show, after = whole
    made, analysed = show.table(MODES[0], "recommendations"), show.table("post_analysis", "recommendations")
    pd.testing.assert_frame_equal(made, analysed)
    assert b"hit_rate" in after["post_analysis"]["reports/post_show.json"]


@pytest.mark.slow
def test_invitations_rest_on_own_history_and_withhold_nothing(
    whole: tuple[Show, dict[str, dict[str, bytes]]],
) -> None:
    show, after = whole
    agendas = show.table("engagement", "recommendations")
    assert agendas["strategy"].eq("own_history").any()
    assert not agendas["control_group"].any()
    names = [name for name in after["engagement"] if name.endswith(".csv") and "visitor_recommendations_" in name]
    assert any("visitor_recommendations_ecomm_engagement_" in name for name in names)


@pytest.mark.slow
def test_the_graph_holds_each_mode_under_its_own_tag(whole: tuple[Show, dict[str, dict[str, bytes]]]) -> None:
    from pa_assets.kit.resources.graph import connect, target

    show, _ = whole
    with connect(target("default", show.project.root, {}), show.project.root) as graph:
        rows = graph.read("MATCH (node:Visitor_this_year) RETURN node.show AS show, count(*) AS visitors")
    found = {row["show"]: row["visitors"] for row in rows}
    assert found == {
        tag: int(show.table(mode, "visitors")["cohort"].eq("this_year").sum())
        for mode, tag in zip(MODES, ("ecomm", "ecomm_engagement", "ecomm_post_analysis"), strict=True)
    }
