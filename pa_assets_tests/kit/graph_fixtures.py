"""A graph server for tests: the embedded one, or the one that `PA_TEST_NEO4J_URI` names (`_USER`, `_PASSWORD`).

Every test may use them. Tests share one server; each works under a show of its own.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pa_assets.kit import graph_server
from pa_assets.kit.resources.graph import BoltGraph, GraphTarget, connect, target

VARIABLES = {
    "NEO4J_URI": "PA_TEST_NEO4J_URI",
    "NEO4J_USERNAME": "PA_TEST_NEO4J_USER",
    "NEO4J_PASSWORD": "PA_TEST_NEO4J_PASSWORD",
}
"""Name of a secret -> the environment variable that holds it for tests."""


def outside_server() -> dict[str, str]:
    """Secrets that name the server of the environment, or nothing."""
    if not os.environ.get(VARIABLES["NEO4J_URI"]):
        return {}
    return {name: os.environ.get(variable, "") for name, variable in VARIABLES.items()}


@pytest.fixture(scope="session")
def graph_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Project root with an embedded server that ends with the tests."""
    root = tmp_path_factory.mktemp("graph")
    yield root
    graph_server.stop(root)


@pytest.fixture(scope="session")
def graph_target(graph_root: Path) -> GraphTarget:
    """The server under test."""
    return target("default", graph_root, outside_server())


@pytest.fixture(scope="session")
def graph(graph_root: Path, graph_target: GraphTarget) -> Iterator[BoltGraph]:
    """A client of the server under test."""
    with connect(graph_target, graph_root) as client:
        yield client


@pytest.fixture
def show(graph: BoltGraph) -> Iterator[str]:
    """Tag of a show of this test alone; its nodes are gone afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield name
    for tag in (name, f"{name}_other"):
        graph.write("MATCH (node {show: $show}) DETACH DELETE node", show=tag)
