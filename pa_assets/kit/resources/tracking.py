"""Experiment tracking by MLflow. Tracking is a courtesy: when it fails, the work goes on and a warning says so."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pa_assets.kit.ports import TrackedRun, Tracker

logger = logging.getLogger(__name__)

_LONGEST_VALUE = 250
_SECRET_WORDS = ("password", "secret", "token", "api_key", "credential")


class NoTracker:
    """Tracks nothing: the tracker of a project that has it switched off."""

    @contextmanager
    def run(self, experiment: str, name: str, tags: Mapping[str, str]) -> Iterator[TrackedRun]:  # noqa: ARG002
        """Open a run that records nothing."""
        yield _Run(None, "", None)


@dataclass(frozen=True)
class MlflowTracker:
    """Tracks to an MLflow store: a server, or a local SQLite file."""

    uri: str

    @contextmanager
    def run(self, experiment: str, name: str, tags: Mapping[str, str]) -> Iterator[TrackedRun]:
        """Open a run of `experiment`; a store that cannot be reached gives a run that records nothing."""
        run = self._start(experiment, name, tags)
        try:
            yield run
        except BaseException:
            run.end("FAILED")
            raise
        run.end("FINISHED")

    def _start(self, experiment: str, name: str, tags: Mapping[str, str]) -> _Run:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        try:
            client = MlflowClient(tracking_uri=self.uri)
            known = client.get_experiment_by_name(experiment)
            identifier = known.experiment_id if known else client.create_experiment(experiment)
            started = client.create_run(identifier, run_name=name, tags=dict(tags))
        except (MlflowException, OSError) as error:
            logger.warning("Tracking is off for this run: %s", type(error).__name__)
            return _Run(None, "", None)
        url = (
            f"{self.uri}/#/experiments/{identifier}/runs/{started.info.run_id}" if self.uri.startswith("http") else None
        )
        return _Run(client, started.info.run_id, url)


@dataclass
class _Run:
    client: Any
    identifier: str
    url: str | None
    _broken: bool = field(default=False, init=False)

    def log_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Record settings; those whose name speaks of a secret are left out."""
        if self.client is None:
            return
        from mlflow.entities import Param

        kept = {
            name: str(value)[:_LONGEST_VALUE]
            for name, value in parameters.items()
            if not any(word in name.lower() for word in _SECRET_WORDS)
        }
        self._send("params", [Param(name, value) for name, value in kept.items()])

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record numbers."""
        if self.client is None:
            return
        import time

        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._send("metrics", [Metric(name, float(value), now, 0) for name, value in metrics.items()])

    def end(self, status: str) -> None:
        """Close the run."""
        if self.client is not None:
            self._guarded(lambda: self.client.set_terminated(self.identifier, status))

    def _send(self, kind: str, items: list[Any]) -> None:
        if items:
            self._guarded(lambda: self.client.log_batch(self.identifier, **{kind: items}))

    def _guarded(self, call: Any) -> None:
        from mlflow.exceptions import MlflowException

        if self._broken:
            return
        try:
            call()
        except (MlflowException, OSError) as error:
            self._broken = True
            logger.warning("Tracking stopped in the middle of a run: %s", type(error).__name__)


def tracker(enabled: bool, uri: str, secrets: Mapping[str, str], data: Path) -> Tracker:
    """The tracker that the settings ask for: `uri`, else `MLFLOW_TRACKING_URI`, else a SQLite file under `data`."""
    if not enabled:
        return NoTracker()
    chosen = uri or secrets.get("MLFLOW_TRACKING_URI", "")
    if not chosen:
        data.mkdir(parents=True, exist_ok=True)
        chosen = f"sqlite:///{data / 'mlflow.db'}"
    return MlflowTracker(chosen)
