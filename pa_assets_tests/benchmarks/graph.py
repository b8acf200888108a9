"""Loading the graph of a show: cold, unchanged (the middle of three), and with one row in a hundred changed.

Each size and server runs in a fresh process, so that its peak of memory is its own:
`python -m pa_assets_tests.benchmarks.graph FOLDER ROOT` loads the tables in FOLDER and prints the figures. Making the
tables is not part of the time; making parts of them and connecting is. The embedded server is measured always, Neo4j
where Java 17 and Maven are at hand or `PA_TEST_NEO4J_URI` names a server.
"""

import json
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.kit import graph_server
from pa_assets.kit.resources.graph import BoltGraph, connect, target
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, make_tables
from pa_assets_tests.benchmarks.rows import Row
from pa_assets_tests.graph_loads import load_all
from pa_assets_tests.kit.graph_fixtures import outside_server
from pa_assets_tests.neo4j.server import Neo4jServerError, running

SIZES = (1, 4)
"""Multiples of the show: 5,000 visitors this year, 30,000 of the past, 900 sessions, 138,000 attendances."""

FIVE = ("visitors", "sessions", "job_streams", "specialisation_streams", "relationships")
"""What the five assets of the graph load."""

_THIS_YEAR, _PAST_COHORT, _SESSIONS, _DRAWS = 5_000, 15_000, 300, 195_000
"""Attendances are drawn with repetitions, which count once: about 138,000 are left."""
_GOALS = {"cold": "<= 30 s", "unchanged": "<= 1.5 s, 0 written", "1 % changed": "<= 3 s"}


def graph(root: Path) -> list[Row]:
    """Rows of the table of measured times: seconds, statements, rows written and peak of memory."""
    rows: list[Row] = []
    for size in SIZES:
        folder = root / f"tables_{size}"
        folder.mkdir(parents=True)
        (folder / "tables").write_bytes(pickle.dumps(show_of(size)))
    for server, environment in _servers():
        with environment as variables:
            for size in SIZES:
                rows += _measured(server, size, root, variables)
    return rows


def _servers() -> Iterator[tuple[str, Any]]:
    yield "embedded", _embedded()
    yield "Neo4j", _neo4j()


@contextmanager
def _embedded() -> Iterator[dict[str, str] | None]:
    yield {}


@contextmanager
def _neo4j() -> Iterator[dict[str, str] | None]:
    with ExitStack() as stack:
        if not outside_server():
            try:
                server = stack.enter_context(running())
            except Neo4jServerError:
                yield None
                return
            found = {"URI": server.uri, "USER": server.user, "PASSWORD": server.password}
            yield {f"PA_TEST_NEO4J_{name}": value for name, value in found.items()}
        else:
            yield {name: value for name, value in os.environ.items() if name.startswith("PA_TEST_NEO4J")}


def _measured(server: str, size: int, root: Path, variables: dict[str, str] | None) -> list[Row]:
    what = f"graph, {server}, x{size}"
    if variables is None:
        return [(what, "not measured", "", "needs java >= 17 and mvn")]
    home = root / f"{server.lower()}_{size}"
    home.mkdir()
    command = [sys.executable, "-m", __spec__.name, str(root / f"tables_{size}"), str(home)]
    others = {name: value for name, value in os.environ.items() if not name.startswith("PA_TEST_NEO4J")}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**others, **variables})
    figures = json.loads(done.stdout)
    rows: list[Row] = [
        (
            f"{what}: {phase}",
            f"{figure['seconds']:.1f} s",
            _GOALS[phase] if size == 1 else "linear",
            f"{figure['given']:,} rows, {figure['written']:,} written, {figure['statements']} statements",
        )
        for phase, figure in figures["phases"].items()
    ]
    return [
        *rows,
        (f"{what}: memory of the client", f"{figures['peak']:,.0f} MB", "<= 400 MB" if size == 1 else "", ""),
    ]


def show_of(size: int) -> Tables:
    """The tables of a show, `size` times the usual one."""
    tables = make_tables(_PAST_COHORT * size, _SESSIONS * size, _DRAWS * size)
    visitors, kept = tables.visitors, f"{THIS_YEAR[-4:]}-"
    number = pd.to_numeric(visitors["badge_id"].str.removeprefix(kept), errors="coerce")
    gone = set(visitors.loc[visitors["cohort"].eq(THIS_YEAR) & number.ge(_THIS_YEAR * size), "badge_id"])
    for name in ("visitors", "attendance", "entry_scans", "recommendations"):
        frame = getattr(tables, name)
        setattr(tables, name, frame[~frame["badge_id"].isin(gone)].reset_index(drop=True))
    return tables


def _timed(graph: BoltGraph, tables: Tables, folder: Path, show: str, mark: str) -> dict[str, Any]:
    started, before = time.perf_counter(), graph.statements
    reports = load_all(graph, tables, folder, show=show, mark=mark, only=FIVE).values()
    return {
        "seconds": time.perf_counter() - started,
        "given": sum(report.given for report in reports),
        "written": sum(report.written + report.removed for report in reports),
        "statements": graph.statements - before,
    }


def _with_changes(tables: Tables) -> None:
    """Another value in one visitor and one attendance of a hundred; one session of a hundred is cancelled."""
    tables.visitors.loc[::100, "country"] = "Elsewhere"
    tables.attendance.loc[::100, "scans"] = 7
    tables.sessions = tables.sessions.drop(index=tables.sessions.index[::100])


def main() -> None:
    """Load the tables of a folder three times and print the figures as JSON."""
    folder, root = map(Path, sys.argv[1:])
    tables: Tables = pickle.loads((folder / "tables").read_bytes())
    kept = root / "twins"
    phases = {}
    try:
        with connect(target("default", root, outside_server()), root) as client:
            client.read("RETURN 1 AS one")
            phases["cold"] = _timed(client, tables, kept, root.name, "cold")
            again = [_timed(client, tables, kept, root.name, "again") for _ in range(3)]
            phases["unchanged"] = sorted(again, key=lambda figure: figure["seconds"])[1]
            _with_changes(tables)
            phases["1 % changed"] = _timed(client, tables, kept, root.name, "changed")
    finally:
        graph_server.stop(root)
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    print(json.dumps({"phases": phases, "peak": peak}))


if __name__ == "__main__":
    main()
