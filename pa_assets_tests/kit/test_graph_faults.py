"""What goes wrong between a client and a graph server: lines that are cut, servers that die, addresses that are wrong.

Real servers, real processes. Each case ends in what was to be written, once, or in an error that says what to do.
"""

import http.server
import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pa_assets.kit import graph_server
from pa_assets.kit.graph_supervisor import MEMORY_VARIABLE, ServerFolder
from pa_assets.kit.ports import GraphError, GraphMemoryError, Write
from pa_assets.kit.resources import graph as graph_module
from pa_assets.kit.resources.graph import BoltGraph, GraphTarget, connect, target
from pa_assets_tests.kit.cutting_proxy import CuttingProxy
from pa_assets_tests.kit.graph_fixtures import outside_server
from pa_assets_tests.neo4j.server import Neo4jServer, running

pytestmark = pytest.mark.slow
contract = pytest.mark.graph_contract
needs_own_neo4j = pytest.mark.skipif(
    not outside_server() or not shutil.which("mvn") or not shutil.which("java"),
    reason="needs a Neo4j of one's own: make test-neo4j",
)

NODES = "UNWIND $rows AS row MERGE (n:Fault {show: $show, key: row.key}) SET n.text = row.text RETURN count(*) AS count"
EDGES = (
    "UNWIND $rows AS row MATCH (a:Fault {show: $show, key: row.key}) MATCH (b:Fault {show: $show, key: row.hub}) "
    "MERGE (a)-[r:NEAR {created_by: 'test'}]->(b) SET r.number = row.number RETURN count(*) AS count"
)
SIZE = 400
TEXT = "0123456789" * 20


@dataclass(frozen=True)
class Rows:
    """Rows made when they are asked for; `at` is called before each, with its number."""

    size: int = SIZE
    at: Callable[[int], None] = lambda _: None
    text: str = TEXT

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for number in range(self.size):
            self.at(number)
            yield {"key": f"key{number}", "hub": f"key{number % 7}", "number": number, "text": self.text}


def load(graph: BoltGraph, show: str, at: Callable[[int], None] = lambda _: None) -> list[int]:
    """Nodes and their edges, all or none."""
    return graph.write_all([Write(NODES, Rows(at=at), {"show": show}), Write(EDGES, Rows(), {"show": show})])


def counted(graph: BoltGraph, show: str) -> tuple[int, int]:
    """Nodes and edges of a show."""
    (nodes,) = graph.read("MATCH (n:Fault {show: $show}) RETURN count(n) AS count", show=show)
    (edges,) = graph.read("MATCH (:Fault {show: $show})-[r:NEAR]->() RETURN count(r) AS count", show=show)
    return nodes["count"], edges["count"]


def constrain(graph: BoltGraph) -> None:
    graph.schema("CREATE CONSTRAINT IF NOT EXISTS FOR (n:Fault) REQUIRE (n.show, n.key) IS UNIQUE")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "BATCH_SIZE", 50)


@pytest.fixture
def proxy(graph: BoltGraph, graph_root: Path, graph_target: GraphTarget) -> Iterator[CuttingProxy]:
    """A proxy before the server under test."""
    constrain(graph)
    uri = graph_target.uri or graph_server.ensure_running(graph_root).uri
    with CuttingProxy(int(uri.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture
def behind(proxy: CuttingProxy, graph_root: Path, graph_target: GraphTarget) -> Iterator[BoltGraph]:
    """A client that goes through the proxy, and takes the server for one elsewhere."""
    password = graph_target.password or graph_server.ensure_running(graph_root).password
    with connect(replace(graph_target, uri=proxy.uri, password=password), graph_root) as client:
        client.read("RETURN 1 AS one")
        yield client


@contract
@pytest.mark.parametrize("size", [1, 30_000, 90_000, 130_000])
def test_a_line_that_is_cut_during_a_load(
    graph: BoltGraph, show: str, proxy: CuttingProxy, behind: BoltGraph, size: int
) -> None:
    proxy.cut_after(size)
    assert load(behind, show) == [SIZE, SIZE]
    assert proxy.cuts == 1
    assert counted(graph, show) == (SIZE, SIZE)


@contract
def test_a_line_that_is_cut_when_a_load_has_taken_place(
    graph: BoltGraph, show: str, proxy: CuttingProxy, behind: BoltGraph
) -> None:
    proxy.cut_commit()
    assert load(behind, show) == [SIZE, SIZE]
    assert proxy.cuts == 1
    assert counted(graph, show) == (SIZE, SIZE)
    proxy.cut_commit()
    with pytest.raises(GraphError, match=r"whether the last transaction took place is unknown. Run again"):
        behind.write("CREATE (:Fault {show: $show, key: 'once'})", show=show)
    assert counted(graph, show)[0] == SIZE + 1, "what is not safe to repeat is not repeated"


@contract
@pytest.mark.parametrize("size", [1, 30_000, 90_000])
def test_a_line_that_stays_cut_leaves_nothing_of_a_load(
    graph: BoltGraph, show: str, proxy: CuttingProxy, behind: BoltGraph, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_module, "RETRY_SECONDS", 0.3)
    proxy.cut_after(size, for_good=True)
    with pytest.raises(GraphError, match=r"does not answer.*NEO4J_URI is right.*then run again") as caught:
        load(behind, show)
    assert "canary" not in str(caught.value)
    assert counted(graph, show) == (0, 0)


@contract
def test_a_line_that_is_cut_between_batches(
    graph: BoltGraph, show: str, proxy: CuttingProxy, behind: BoltGraph
) -> None:
    proxy.cut_after(40_000)
    assert behind.write_rows(NODES, Rows(), batch_size=50, show=show) == SIZE
    assert proxy.cuts == 1
    assert counted(graph, show) == (SIZE, 0)
    proxy.cut_commit()
    with pytest.raises(GraphError, match="is unknown"):
        behind.write_rows(EDGES, Rows(), batch_size=50, show=show)
    assert behind.write_rows(EDGES, Rows(), batch_size=50, show=show) == SIZE
    assert counted(graph, show) == (SIZE, SIZE)


@contract
def test_two_clients_write_the_same_rows_at_once(
    graph: BoltGraph, show: str, graph_root: Path, graph_target: GraphTarget
) -> None:
    constrain(graph)
    start, results = threading.Barrier(2), []

    def run() -> None:
        with connect(graph_target, graph_root) as client:
            client.read("RETURN 1 AS one")
            start.wait()
            results.append(load(client, show))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[SIZE, SIZE]] * 2
    assert counted(graph, show) == (SIZE, SIZE)


@pytest.fixture
def own_root(tmp_path: Path) -> Iterator[Path]:
    """Project root with an embedded server of its own, which may be killed."""
    yield tmp_path
    graph_server.stop(tmp_path)


def test_an_embedded_server_that_is_killed(own_root: Path) -> None:
    def kill() -> None:
        os.kill(ServerFolder.of(own_root).read_state()["server"], signal.SIGKILL)

    killed: set[int] = set()

    def killing_at(number: int) -> None:
        if number in (120, SIZE - 1) and number not in killed:
            killed.add(number)
            kill()

    with connect(target("default", own_root, {}), own_root) as client:
        constrain(client)
        kill()
        assert load(client, "load", killing_at) == [SIZE, SIZE]
        assert len(killed) == 2
        assert counted(client, "load") == (SIZE, SIZE)
        killed.discard(120)
        assert client.write_rows(NODES, Rows(at=killing_at), batch_size=50, show="batches") == SIZE
        assert counted(client, "batches") == (SIZE, 0)


def test_an_embedded_server_without_memory(own_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "96m")
    monkeypatch.setattr(graph_module, "BATCH_SIZE", 5000)
    with connect(target("default", own_root, {}), own_root) as client:
        constrain(client)
        with pytest.raises(GraphMemoryError, match=r"embedded.*not enough memory.*PA_GRAPH_MEMORY.*or write less"):
            client.write_all([Write(NODES, Rows(100_000, text=TEXT * 10), {"show": "large"})])
        assert counted(client, "large") == (0, 0)
        assert load(client, "small") == [SIZE, SIZE]


@pytest.fixture(scope="module")
def small_neo4j() -> Iterator[Neo4jServer]:
    """A Neo4j of these tests alone, with little memory for a transaction."""
    with running({"db.memory.transaction.max": "8m"}) as server:
        yield server


def client_of(server: Neo4jServer, folder: Path) -> BoltGraph:
    return connect(target("default", folder, {"NEO4J_URI": server.uri, "NEO4J_PASSWORD": server.password}), folder)


@contract
@needs_own_neo4j
def test_a_neo4j_without_memory_and_one_that_is_killed(
    small_neo4j: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client_of(small_neo4j, tmp_path) as client:
        constrain(client)
        before = client.statements
        with pytest.raises(GraphMemoryError, match=r"not enough memory.*db.memory.transaction.max.*write less"):
            client.write_all([Write(NODES, Rows(100_000, text=TEXT * 10), {"show": "large"})])
        assert client.statements - before < 2000, "not tried again"
        assert counted(client, "large") == (0, 0)
        assert load(client, "small") == [SIZE, SIZE]

        def kill(number: int) -> None:
            if number == 120:
                os.kill(small_neo4j.process, signal.SIGKILL)

        monkeypatch.setattr(graph_module, "RETRY_SECONDS", 0.3)
        with pytest.raises(GraphError, match=r"does not answer.*Check that it runs.*run again"):
            load(client, "killed", kill)


class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def web_server() -> Iterator[int]:
    """Port of a server that speaks HTTP."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def mute_server() -> Iterator[int]:
    """Port of a server that lets clients in and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_wrong_addresses(
    tmp_path: Path, web_server: int, mute_server: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(graph_module, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr(graph_module, "_CONNECT_SECONDS", 0.5)
    addresses = ["127.0.0.1:9", "no-such-host.invalid:7687", f"127.0.0.1:{web_server}", f"127.0.0.1:{mute_server}"]
    for scheme in ("bolt", "neo4j"):
        for address in addresses:
            secrets = {"NEO4J_URI": f"{scheme}://{address}", "NEO4J_PASSWORD": "canary-password"}
            with (
                connect(target("default", tmp_path, secrets), tmp_path) as client,
                pytest.raises(GraphError, match=rf"{scheme}://{address} does not answer.*NEO4J_URI is right") as caught,
            ):
                load(client, "nowhere")
            assert "canary" not in str(caught.value) + caplog.text
