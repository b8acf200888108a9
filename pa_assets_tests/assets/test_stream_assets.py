"""The assets of streams on a small show, made in process: with and without a language model behind a local server."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
import yaml

from pa_assets.agendas.build import build_definitions
from pa_assets.agendas.project import current_project
from pa_assets_tests.agendas.core.programme import ToyEncoder, labelled, session, table
from pa_assets_tests.openai_server import OpenAIServer, Reply, error, serve
from pa_assets_tests.project import ProjectFolder, make_project

EVENT = "vet_lva"
MADE = dg.AssetKey(["event", "sessions_backfilled"])
CLEAR = session("clear", "Lameness, colic and hoof of the horse", synopsis="A mare, her stable, and imaging")
VAGUE = [
    session(f"vague{number}", f"Panel {number}", synopsis=f"Questions {number} and answers for everybody")
    for number in range(3)
]
BARE = session("bare", "Welcome")
CREDENTIALS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_API_KEY", "AZURE_ENDPOINT", "MLFLOW_TRACKING_URI")


class ToyEncoderProvider(dg.ConfigurableResource[Any]):
    """Vectors without a model to load."""

    def get(self, model: str, device: str, batch_size: int) -> ToyEncoder:
        del model, device, batch_size
        return ToyEncoder(32)


@dataclass
class Show:
    """One event in a project of its own, whose sessions the test decides."""

    project: ProjectFolder
    monkeypatch: pytest.MonkeyPatch
    sessions: pd.DataFrame = field(default_factory=lambda: table(*labelled(theatres=False), CLEAR, *VAGUE, BARE))
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    def set(self, file: str = EVENT, **sections: dict[str, Any]) -> None:
        path = self.project.root / "config" / f"{file}.yaml"
        content = yaml.safe_load(path.read_text("utf-8"))
        for name, values in sections.items():
            content[name] = content.get(name, {}) | values
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

    def use(self, server: OpenAIServer) -> None:
        self.monkeypatch.setenv("OPENAI_API_KEY", "key")
        self.monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

    def make(self, *names: str) -> tuple[dict[str, Any], dict[str, bool]]:
        """Make the filling, after the catalogue if not named alone; what was recorded, and which checks passed."""
        path = current_project().folder(EVENT).table("sessions_processed")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.sessions.to_parquet(path)
        result = (
            build_definitions(resources={"encoder": ToyEncoderProvider()})
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                asset_selection=[dg.AssetKey(["event", name]) for name in names or ("streams_catalog", MADE.path[-1])],
                partition_key=EVENT,
                instance=self.instance,
            )
        )
        (event,) = result.asset_materializations_for_node("event__sessions_backfilled")
        checks = {one.check_name: one.passed for one in result.get_asset_check_evaluations() if one.asset_key == MADE}
        return {name: value.value for name, value in event.metadata.items()}, checks

    def output(self, name: str) -> Path:
        return self.project.output(EVENT, name)

    @property
    def filled(self) -> pd.DataFrame:
        return pd.read_parquet(self.output("sessions_backfilled.parquet")).set_index("session_id")

    @property
    def review(self) -> pd.DataFrame:
        return pd.read_csv(self.output("streams_review.csv"), keep_default_na=False).set_index("session_id")


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    project = make_project(tmp_path / "project", [EVENT])
    monkeypatch.setenv("PA_ROOT", str(project.root))
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    made = Show(project, monkeypatch)
    made.set("pipeline_config", language_model={"max_attempts": 1, "timeout_seconds": 5})
    made.set(stream_processing={"minimum_confidence": 0.6})
    return made


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serve() as opened:
        yield opened


def questions(server: OpenAIServer) -> int:
    """Sessions that the server was asked about."""
    return sum(len(request.sessions) for request in server.requests if '\\"sessions\\"' in request.text)


def test_without_a_key_the_classifier_fills_and_the_rest_is_up_for_review(show: Show) -> None:
    recorded, checks = show.make()
    assert show.filled.loc["clear", "stream"] == "Equine"
    assert show.filled.loc["clear", "stream_source"] == "classifier"
    assert set(show.review.index) == {"vague0", "vague1", "vague2", "bare"}
    assert show.review.loc["vague0", "why_left"] == "not sure enough, and no language model to ask"
    assert recorded["language_model"] == "none"
    assert recorded["sessions_for_model"] == 3
    assert recorded["sessions_skipped_empty_synopsis"] == 1
    assert any("no language model to ask" in warning for warning in recorded["warnings"])
    assert checks["the_model_was_there"] is False
    assert recorded["coverage_after"] > recorded["coverage_before"]
    assert "| classifier |" in recorded["filled"]


def test_with_a_key_the_model_answers_for_the_rest_once(show: Show, server: OpenAIServer) -> None:
    show.use(server)
    recorded, checks = show.make()
    filled = show.filled
    assert filled.loc[["vague0", "vague1", "vague2"], "stream"].tolist() == ["Business"] * 3
    assert set(filled.loc[["vague0", "vague1", "vague2"], "stream_source"]) == {"model"}
    assert filled.loc["vague0", "stream_confidence"] == 0.8
    assert list(show.review.index) == ["bare"]
    assert recorded["filled_by_model"] == 3
    assert recorded["filled_by_classifier"] == 1
    assert recorded["model_tokens"] == recorded["model_prompt_tokens"] + recorded["model_answer_tokens"] > 0
    assert recorded["model_cost"] > 0
    assert checks["the_model_was_there"] is True
    assert questions(server) == 3

    asked, before = len(server.requests), show.output("session_this_filtered_valid_cols.csv").read_bytes()
    again, _ = show.make()
    assert len(server.requests) == asked, "an unchanged show was paid for twice"
    assert (again["model_calls"], again["model_answers_cached"], again["model_cost"]) == (0, 3, 0)
    assert show.output("session_this_filtered_valid_cols.csv").read_bytes() == before
    assert not list(show.output("").glob("*.bak"))


def test_answers_that_were_paid_for_serve_on_when_the_key_is_gone(
    show: Show, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    show.use(server)
    show.make()
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    recorded, _ = show.make()
    assert set(show.filled.loc[["vague0", "vague1", "vague2"], "stream_source"]) == {"model"}
    assert (recorded["model_calls"], recorded["model_answers_cached"]) == (0, 3)
    assert recorded["language_model"] == "none"


def test_llm_only_without_a_key_changes_nothing(show: Show) -> None:
    show.set(stream_processing={"backfill": {"strategy": "llm_only"}})
    recorded, checks = show.make()
    pd.testing.assert_series_equal(
        show.filled["stream"], show.sessions.set_index("session_id")["stream"], check_dtype=False
    )
    assert recorded["sessions_backfilled"] == recorded["encoded"] == 0
    assert "llm_only" in recorded["warnings"][0]
    assert checks["the_model_was_there"] is False


def test_classifier_only_asks_nobody(show: Show, server: OpenAIServer) -> None:
    show.use(server)
    show.set(stream_processing={"backfill": {"strategy": "classifier_only"}})
    recorded, checks = show.make()
    assert questions(server) == 0
    assert recorded["filled_by_model"] == recorded["sessions_for_model"] == 0
    assert checks["the_model_was_there"] is True


def test_a_model_that_fails_leaves_sessions_for_review_and_fails_no_run(show: Show, server: OpenAIServer) -> None:
    show.use(server)
    fine = server.rule

    def failing(body: Any) -> Reply:
        return error(500) if "sessions" in json.loads(body["messages"][-1]["content"]) else fine(body)

    server.rule = failing
    recorded, checks = show.make()
    assert recorded["sessions_failed_llm"] == 3
    assert recorded["left_for_review"] == 4
    assert "the language model gave no stream" in show.review.loc["vague0", "why_left"]
    assert checks["the_model_was_there"] is False

    server.rule = fine
    assert show.make()[0]["filled_by_model"] == 3


def test_a_spent_budget_says_what_is_left_and_the_next_run_goes_on(show: Show, server: OpenAIServer) -> None:
    show.use(server)
    show.make()
    show.sessions = table(*labelled(theatres=False), *VAGUE, session("new", "Forum", synopsis="An open round"))
    show.set("pipeline_config", language_model={"max_calls_per_run": 0})
    recorded, checks = show.make()
    assert recorded["sessions_unasked_budget"] == 1
    assert recorded["filled_by_model"] == 3
    assert "budget" in show.review.loc["new", "why_left"]
    assert checks["the_model_was_there"] is False
    show.set("pipeline_config", language_model={"max_calls_per_run": 5})
    recorded, _ = show.make()
    assert (recorded["filled_by_model"], recorded["model_calls"]) == (4, 1)


def test_a_decision_on_the_review_list_wins_stays_and_the_old_file_is_kept(show: Show) -> None:
    show.make()
    path = show.output("streams_review.csv")
    review = pd.read_csv(path, keep_default_na=False, dtype=str)
    review.loc[review["session_id"] == "vague0", "decision"] = "feline"
    review.loc[review["session_id"] == "bare", "decision"] = "-"
    review.to_csv(path, index=False)
    for _ in range(2):
        recorded, _ = show.make()
        row = show.filled.loc["vague0"]
        assert (row["stream"], row["stream_source"], row["stream_confidence"]) == ("Feline", "person", 1.0)
        assert show.filled.loc["bare", "stream_source"] == "person"
        assert not {"vague0", "bare"} & set(show.review.index)
        assert (recorded["filled_by_person"], recorded["sessions_without_by_decision"]) == (1, 1)
    assert len(list(show.output("").glob("session_this_filtered_valid_cols.csv.*.bak"))) == 1


def test_a_catalogue_that_cannot_be_read_fills_nothing_and_says_so(show: Show) -> None:
    show.output("streams.json").parent.mkdir(parents=True)
    show.output("streams.json").write_text("{", "utf-8")
    recorded, _ = show.make("sessions_backfilled")
    assert recorded["sessions_backfilled"] == recorded["encoded"] == 0
    assert recorded["sessions_skipped_no_candidates"] == recorded["left_for_review"] == 5
    assert "streams.json" in recorded["warnings"][0]
    assert "there is no catalogue of streams" in recorded["warnings"][1]


def test_a_terminal_sees_how_far_the_questions_are(
    show: Show, server: OpenAIServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show.use(server)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert show.make()[0]["filled_by_model"] == 3
    assert "Asking for streams" in capsys.readouterr().err


def test_a_programme_without_gaps_costs_and_tracks_nothing(show: Show, server: OpenAIServer) -> None:
    show.use(server)
    show.set("pipeline_config", tracking={"enabled": True})
    show.sessions = table(*labelled(theatres=False))
    recorded, checks = show.make()
    assert recorded["encoded"] == recorded["model_calls"] == 0
    assert not (show.project.root / "data" / "mlflow.db").exists()
    assert all(checks.values())


@pytest.mark.parametrize("reachable", [True, False])
def test_tracking_by_the_names_of_the_pipeline(show: Show, reachable: bool) -> None:
    uri = f"sqlite:///{show.project.root / 'runs.db'}" if reachable else "sqlite:////nowhere/at/all.db"
    show.set("pipeline_config", tracking={"enabled": True, "uri": uri})
    recorded, _ = show.make()
    assert recorded["sessions_backfilled"] == 1
    if reachable:
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name(EVENT)
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.data.metrics == {
            "session_missing_streams_detected": 5,
            "session_missing_streams_backfilled": 1,
            "session_missing_streams_skipped_synopsis": 1,
            "session_missing_streams_llm_failures": 0,
        }
