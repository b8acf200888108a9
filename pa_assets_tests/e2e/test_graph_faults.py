"""Whole loads in processes of their own that are killed, that lose their server, that run beside each other.

However it ended, the next load leaves a graph that equals its tables, value by value.
"""

import itertools
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.core.graph import twins
from pa_assets.agendas.core.graph.compare import Comparison, compare
from pa_assets.agendas.core.graph.parts import LoadReport
from pa_assets.kit import graph_server
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, make_tables
from pa_assets_tests.graph_loads import SHOW, load_all, loads, schema_of

pytestmark = [pytest.mark.slow, pytest.mark.graph_contract]
KILLS = 20
SMALL_TRANSACTIONS = "400"
"""Rows, so that a load is many transactions and may be cut off between any two."""


@pytest.fixture(scope="module")
def shows(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Tables of one show in two states, so that there is always something to be written, each in a file."""
    folder = tmp_path_factory.mktemp("tables")
    paths = []
    for seed in (1, 2):
        path = folder / f"tables_{seed}"
        path.write_bytes(pickle.dumps(make_tables(visitors=250, sessions=40, attendances=2_000, seed=seed)))
        paths.append(path)
    return paths


@pytest.fixture
def clean(graph: BoltGraph) -> Iterator[BoltGraph]:
    """A graph without the show before and after."""
    for _ in range(2):
        graph.write("MATCH (node {show: $show}) DETACH DELETE node", show=SHOW)
        if not _:
            yield graph


def started(path: Path, root: Path, **variables: str) -> subprocess.Popen[str]:
    """A process that loads the tables of a file; it said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pa_assets_tests.graph_loads", str(path), str(root)],
        env={**os.environ, "PA_TEST_TRANSACTION_ROWS": SMALL_TRANSACTIONS, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> str:
    """Errors of a process that is to end well."""
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return errors


def against(graph: BoltGraph, path: Path, root: Path) -> Comparison:
    """The graph against the tables of a file, made anew."""
    tables: Tables = pickle.loads(path.read_bytes())
    expected: dict[str, pd.DataFrame] = {}
    for _, make in loads(tables):
        twins.write(root / "expected", parts := make())
        expected |= {part.element.name: twins.read(root / "expected", part.element) for part in parts}
    return compare(graph, SHOW, schema_of(), expected)


def test_a_load_killed_at_twenty_moments(clean: BoltGraph, graph_root: Path, shows: list[Path]) -> None:
    process = started(shows[0], graph_root)
    begun = time.monotonic()
    ended(process)
    length = time.monotonic() - begun
    draw = random.Random(20)
    killed = 0
    for path in itertools.islice(itertools.cycle(reversed(shows)), 4 * KILLS):
        process = started(path, graph_root)
        time.sleep(draw.uniform(0, length))
        if process.poll() is None:
            killed += 1
        else:
            length *= 0.8  # the server has warmed up
        process.kill()
        process.communicate()
        if killed == KILLS:
            break
    assert killed == KILLS
    ended(started(shows[0], graph_root))
    found = against(clean, shows[0], graph_root)
    assert found.equal, found.table().to_string()
    assert found.found_digest == found.expected_digest
    assert not any(_written(load_all(clean, pickle.loads(shows[0].read_bytes()), graph_root / "twins")))


def _written(reports: dict[str, LoadReport]) -> list[int]:
    return [report.written + report.removed for report in reports.values()]


def test_the_embedded_server_killed_in_mid_load(clean: BoltGraph, graph_root: Path, shows: list[Path]) -> None:
    if "PA_TEST_NEO4J_URI" in os.environ:
        pytest.skip("kills the embedded server")
    draw = random.Random(5)
    for path in (*shows, *shows):
        process = started(path, graph_root)
        time.sleep(draw.uniform(0, 0.6))
        server = graph_server.status(graph_root).process
        assert server is not None
        os.kill(server, signal.SIGKILL)
        ended(process)
        found = against(clean, path, graph_root)
        assert found.equal, found.table().to_string()


def test_two_loads_at_the_same_time(clean: BoltGraph, graph_root: Path, shows: list[Path]) -> None:
    both = [started(shows[0], graph_root / name, PA_TEST_GRAPH_ROOT=str(graph_root)) for name in ("one", "two")]
    for process in both:
        ended(process)
    found = against(clean, shows[0], graph_root)
    assert found.equal, found.table().to_string()


def test_two_loads_of_different_tables_at_the_same_time(clean: BoltGraph, graph_root: Path, shows: list[Path]) -> None:
    both = [started(path, graph_root / path.name, PA_TEST_GRAPH_ROOT=str(graph_root)) for path in shows]
    for process in both:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0 or "run again" in errors.lower(), errors
    ended(started(shows[1], graph_root / shows[1].name, PA_TEST_GRAPH_ROOT=str(graph_root)))
    found = against(clean, shows[1], graph_root)
    assert found.equal, found.table().to_string()
