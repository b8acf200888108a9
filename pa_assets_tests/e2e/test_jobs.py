"""The four jobs of the managed pipeline, one after the other, on a small show: what each leaves about itself."""

import json
from pathlib import Path

import dagster as dg
import pytest

from pa_assets.agendas.assets.steps import STEP_ASSETS
from pa_assets.agendas.build import build_definitions
from pa_assets.kit.files import ROOT_VARIABLE
from pa_assets.kit.graph_server import stop
from pa_assets_tests.project import land, make_project

EVENT = "cpcn"
EVENTS = ["cpcn", "ecomm", "vet_bva", "vet_lva"]


@pytest.mark.slow
def test_the_four_jobs_leave_their_metadata_and_nothing_is_stale_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "project", EVENTS)
    land(project, EVENT, visitors=40, sessions=12, after_show=True)
    monkeypatch.setenv(ROOT_VARIABLE, str(project.root))
    definitions, instance = build_definitions(), dg.DagsterInstance.ephemeral()
    metadata = project.root / "data" / EVENT / "metadata"
    try:
        for step, names in STEP_ASSETS.items():
            assert not (metadata / step / "complete").exists()
            result = definitions.resolve_job_def(f"{step}_job").execute_in_process(
                partition_key=EVENT, instance=instance
            )
            assert result.success
            made = {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}
            assert made == {*names, f"{step}_complete"}
            written = json.loads((metadata / step / "metadata.json").read_text("utf-8"))
            assert set(written["statistics"]) == set(names)
            assert all((project.root / file["path"]).stat().st_size == file["bytes"] for file in written["files"])
            assert (metadata / step / "complete").is_file()
            settings = json.loads((metadata / step / "config_snapshot.json").read_text("utf-8"))
            assert settings["event"]["show"] == "cpcn"
            assert step in (metadata / step / "summary.txt").read_text("utf-8")

        refresh = definitions.resolve_job_def("refresh")
        assert refresh.execute_in_process(partition_key=EVENT, instance=instance).success
        before = len(instance.get_runs())
        assert refresh.execute_in_process(partition_key=EVENT, instance=instance).success
        assert len(instance.get_runs()) == before + 1, "a refresh of fresh assets started runs of its own"
    finally:
        stop(project.root)

    summary = json.loads((project.root / "data" / EVENT / "logs" / "processing_summary.json").read_text("utf-8"))
    assert summary["registration"]["visitors_this_year"] == 40
    assert summary["session_recommendation"]["visitors"] == 40
    assert summary["session"]["missing_stream_backfill"]["total_missing_streams"] > 0
    post_show = json.loads((project.root / "data" / EVENT / "reports" / "post_show.json").read_text("utf-8"))
    assert post_show["attendances"] > 0
