"""Tracking to a real MLflow store: a SQLite file, and an address where nobody answers."""

import logging
from pathlib import Path

import pytest

from pa_assets.kit.resources.tracking import MlflowTracker, NoTracker, tracker


@pytest.mark.slow
def test_a_run_holds_settings_and_numbers_and_no_secret(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    store = tracker(True, "", {}, tmp_path)
    with store.run("vet_lva", "recommendations", {"event": "vet_lva"}) as run:
        run.log_parameters({"weight": 0.3, "api_key": "hush", "text": "x" * 900})
        run.log_metrics({"recommendations_visitors": 3})
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("vet_lva")
    assert experiment is not None
    (found,) = client.search_runs([experiment.experiment_id])
    assert found.info.status == "FINISHED"
    assert found.data.params == {"weight": "0.3", "text": "x" * 250}
    assert found.data.metrics == {"recommendations_visitors": 3.0}
    assert found.data.tags["event"] == "vet_lva"

    with pytest.raises(RuntimeError), store.run("vet_lva", "second", {}):
        raise RuntimeError
    statuses = sorted(item.info.status for item in client.search_runs([experiment.experiment_id]))
    assert statuses == ["FAILED", "FINISHED"]


def test_a_store_that_cannot_be_reached_never_fails_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    done = []
    with caplog.at_level(logging.WARNING), tracker(True, "http://127.0.0.1:9", {}, tmp_path).run("e", "n", {}) as run:
        run.log_parameters({"a": 1})
        run.log_metrics({"b": 2})
        done.append(run.url)
    assert done == [None]
    assert "Tracking is off for this run" in caplog.text


def test_switched_off_tracks_nothing(tmp_path: Path) -> None:
    store = tracker(False, "http://127.0.0.1:9", {}, tmp_path)
    assert isinstance(store, NoTracker)
    with store.run("e", "n", {}) as run:
        run.log_parameters({"a": 1})
    assert list(tmp_path.iterdir()) == []


def test_the_address_comes_from_the_settings_then_from_the_environment(tmp_path: Path) -> None:
    secrets = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:2"}
    assert tracker(True, "http://127.0.0.1:1", secrets, tmp_path) == MlflowTracker("http://127.0.0.1:1")
    assert tracker(True, "", secrets, tmp_path) == MlflowTracker("http://127.0.0.1:2")
