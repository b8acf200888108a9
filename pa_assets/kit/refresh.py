"""Bring partitions up to date: recompute what is stale, in as few runs as equal content allows, and nothing else.

The command line's roll-ups, the nightly schedule and `pa` all come through `Refresher.refresh`. It launches
nested runs in the calling process and holds a lock per partition, because such runs pass the run queue by.
"""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from pa_assets.kit import staleness
from pa_assets.kit.files import lock

logger = logging.getLogger(__name__)

FRESH, REBUILT, FAILED, WAITING = "fresh", "rebuilt", "failed", "waiting"
ROW_COUNT_METADATA = "dagster/row_count"
PROCESS_TAG = "pa/process"
"""Run tag of a nested run: the host and process that it runs in."""
_MOST_WAVES = 50
_CLASS_PATH = re.compile(r"^(\w+\.)+(?=\w+: )")
"""The modules before the name of an exception class."""


@dataclass(frozen=True)
class Outcome:
    """What became of one partition."""

    partition: str
    status: str
    why: str
    rows: int | None = None
    path: str = ""

    def as_row(self) -> dict[str, str | int]:
        """Row of the published table."""
        return {
            "event": self.partition,
            "status": self.status,
            "why": self.why,
            "rows": "" if self.rows is None else self.rows,
            "path": self.path,
        }


@dataclass(frozen=True)
class Refresher:
    """Knows the asset graph of one code location and how to run parts of it."""

    nodes: staleness.Nodes
    partitions: Callable[[], Iterable[str]]
    """Partitions in force, in order."""
    report_external: Callable[[staleness.Records, str], str | None]
    """Records the versions of external assets of a partition; returns why it must wait, or None."""
    job: Callable[[], dg.JobDefinition]
    """The job that holds every asset."""
    lock_path: Callable[[str], Path]

    def refresh(
        self, records: staleness.Records, keys: Collection[dg.AssetKey], partition: str, tags: Mapping[str, str]
    ) -> Outcome:
        """Bring `keys` and what they need up to date for one partition; failures are told, not raised.

        Args:
            records: the event log; one object serves several partitions.
            keys: assets to bring up to date.
            partition: which partition of them.
            tags: tags of the nested runs.
        """
        with lock(self.lock_path(partition)) as waited:
            if waited:
                records.forget(partition)
            if waits := self.report_external(records, partition):
                return Outcome(partition, WAITING, waits)
            wanted = staleness.with_ancestors(self.nodes, keys)
            why: list[str] = []
            for _ in range(_MOST_WAVES):
                wave = staleness.next_wave(records, self.nodes, wanted, partition)
                if not wave:
                    break
                why += [f"{key.path[-1]}: {reason.text}" for key, reason in wave.items()]
                failure = self._run(records.instance, list(wave), partition, tags)
                records.forget(partition)
                if failure:
                    return Outcome(partition, FAILED, failure)
            else:
                return Outcome(partition, FAILED, f"still stale after {_MOST_WAVES} runs: {', '.join(why[-3:])}")
            return self._outcome(records, keys, partition, why)

    def _run(
        self, instance: dg.DagsterInstance, keys: list[dg.AssetKey], partition: str, tags: Mapping[str, str]
    ) -> str | None:
        """Run some assets of a partition; the first failure as one line, or None."""
        result = self.job().execute_in_process(
            asset_selection=keys,
            partition_key=partition,
            instance=instance,
            tags={**tags, PROCESS_TAG: _this_process()},
            raise_on_error=False,
        )
        if result.success:
            return None
        for check in result.get_asset_check_evaluations():
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                return f"{check.asset_key.path[-1]}: {check.check_name} failed. {check.description or ''}".rstrip()
        for event in result.all_events:
            if event.is_step_failure:
                return f"{event.step_key}: {failure_line(event.step_failure_data)}"
        return "the run failed; see its log"

    def _outcome(
        self, records: staleness.Records, keys: Collection[dg.AssetKey], partition: str, why: list[str]
    ) -> Outcome:
        rows, path = None, ""
        for key in keys:
            record = records.latest(key, partition)
            if record is None:
                continue
            if (count := record.metadata.get(ROW_COUNT_METADATA)) is not None:
                rows = (rows or 0) + int(str(count.value))
            if (file := record.metadata.get(staleness.PATH_METADATA)) is not None:
                path = path or str(file.value)
        return Outcome(partition, REBUILT if why else FRESH, shortened(why), rows, path)


def _this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"


def is_alive(tags: Mapping[str, str]) -> bool:
    """Whether the process of a nested run may still work on it; of other runs and hosts nothing is known."""
    host, _, process = tags.get(PROCESS_TAG, "").rpartition("/")
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def shortened(reasons: list[str], most: int = 2) -> str:
    """The first reasons, and how many more there are."""
    more = len(reasons) - most
    return "; ".join(reasons[:most]) + (f"; and {more} more" if more > 0 else "")


def failure_line(data: Any) -> str:
    """The message of a failed step (`StepFailureData`), first line, without Dagster's frame."""
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description).splitlines()[0]
    error = data.error
    if error is not None and error.cause is not None:
        error = error.cause  # what the asset raised; what caused that in turn says less, and may quote the data
    return _CLASS_PATH.sub("", error.message.strip().splitlines()[0]) if error is not None else "unknown error"
