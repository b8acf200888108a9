"""Refresh an event in processes that die on the way, in a project root.

    python -m pa_assets_tests.e2e.killed EVENT POINT WRITES ASSETS [once]

Each attempt is a fork, so that the imports are paid for once. The first asset that comes to POINT, stands in ASSETS
(names with commas, or `all`) and was not killed before ends its process by SIGKILL: no handler, no clean-up. Attempts
follow one another until one ends by itself; with `once`, none follows a kill. WRITES, JSON as an undisturbed run prints
it, has the number of writes of each asset. Printed as the last line, JSON: the assets in the order in which they were
killed, and the writes of the attempt that ended well.

Points: `never`; `writing` (half of the writes are done, the next is a whole temporary file that lacks its name, or an
open transaction); `recording` (all is written, nothing of it recorded).
"""

import importlib
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from pa_assets.agendas.assets import common
from pa_assets.agendas.build import build_definitions
from pa_assets.kit import files
from pa_assets.kit.ports import Write
from pa_assets.kit.resources.graph import BoltGraph, _statements

HEAVY = (
    "neo4j",
    "pyarrow.parquet",
    "tabulate",
    "jinja2",
    "scipy.sparse",
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
)


class Death:
    """Watches an attempt and ends it at the point. `memory` outlives the attempts."""

    def __init__(self, point: str, writes: dict[str, int], assets: str, memory: Path) -> None:
        self.point, self.expected, self.memory = point, writes, memory
        self.targets = None if assets == "all" else set(assets.split(","))
        self.spared = set(memory.read_text().split())
        self.asset = ""
        self.writes: Counter[str] = Counter()

    def at(self, point: str, asset: str) -> None:
        """Die here, if this is the point and the asset's turn."""
        wanted = asset and (self.targets is None or asset in self.targets)
        if point == self.point and wanted and asset not in self.spared:
            with self.memory.open("a") as stream:
                stream.write(f"{asset}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    def is_halfway(self) -> bool:
        """Count a write; whether half of the asset's writes came before it."""
        self.writes[self.asset] += 1
        return self.writes[self.asset] == self.expected.get(self.asset, 0) // 2 + 1


def watch(death: Death) -> None:
    """Put the points where they belong: locks, files, the graph, the event log."""
    lock, replacing, write_all = common.lock, files.replacing, BoltGraph.write_all
    handle = dg.DagsterInstance.handle_new_event

    @contextmanager
    def watched_lock(path: Path, **options: Any) -> Iterator[None]:
        with lock(path, **options):
            death.asset = path.stem
            yield

    @contextmanager
    def watched_file(path: Path) -> Iterator[Path]:
        halfway = death.is_halfway()
        with replacing(path) as temporary:
            yield temporary
            if halfway:
                death.at("writing", death.asset)

    def watched_transaction(graph: BoltGraph, writes: Sequence[Write]) -> list[int]:
        if death.is_halfway() and death.point == "writing":
            with graph._opened().session(database=graph._target.database) as session:
                transaction = session.begin_transaction()
                for query, parameters in _statements(writes[0]):
                    transaction.run(query, parameters).consume()
                death.at("writing", death.asset)
        return write_all(graph, writes)

    def watched_event(instance: dg.DagsterInstance, event: Any, **options: Any) -> None:
        inner = event.dagster_event
        if (
            inner is not None
            and inner.event_type_value == "ASSET_MATERIALIZATION"
            and inner.asset_key.path[0] == "event"
        ):
            death.at("recording", inner.asset_key.path[-1])
        handle(instance, event, **options)

    common.lock, files.replacing = watched_lock, watched_file
    BoltGraph.write_all = watched_transaction  # type: ignore[method-assign]
    dg.DagsterInstance.handle_new_event = watched_event  # type: ignore[method-assign]


def refresh(event: str, job: dg.JobDefinition) -> None:
    """What the nightly schedule and the roll-ups do, in this process."""
    instance = dg.DagsterInstance.from_config(str(Path.cwd()))
    job.execute_in_process(partition_key=event, instance=instance)


def do_not_wait_for_the_disk() -> None:
    """A killed process loses nothing that it gave to the system, so waiting for the disk would prove nothing."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    os.fsync = lambda _: None
    event.listen(Engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))


def attempt(event: str, job: dg.JobDefinition, death: Death, report: Path) -> int:
    """Refresh in a fork; how it ended: 0, or minus the signal."""
    if process := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    code = 1
    try:
        watch(death)
        refresh(event, job)
        report.write_text(json.dumps(death.writes))
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(event: str, point: str, writes: dict[str, int], assets: str, *, once: bool) -> int:
    """All attempts."""
    for name in HEAVY:
        importlib.import_module(name)
    do_not_wait_for_the_disk()
    definitions = build_definitions()
    definitions.resolve_implicit_global_asset_job_def()
    job = definitions.resolve_job_def("refresh")
    with tempfile.TemporaryDirectory() as folder:
        memory, report = Path(folder, "killed"), Path(folder, "writes.json")
        memory.touch()
        report.write_text("{}")
        ended = -signal.SIGKILL
        while ended == -signal.SIGKILL:
            ended = attempt(event, job, Death(point, writes, assets, memory), report)
            if once:
                break
        if ended not in (0, -signal.SIGKILL):
            return abs(ended)
        print(json.dumps({"killed": memory.read_text().split(), "writes": json.loads(report.read_text())}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4], once="once" in sys.argv[5:]))
