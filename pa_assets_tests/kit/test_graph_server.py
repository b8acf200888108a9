"""The embedded server as a process: shared, healed, ended, silent about its password."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import AuthError, DriverError

from pa_assets.kit import files, graph_server
from pa_assets.kit.graph_server import GraphServerError
from pa_assets.kit.graph_supervisor import IDLE_VARIABLE, MEMORY_VARIABLE, OUT_OF_MEMORY, ServerFolder
from pa_assets.kit.ports import GraphError
from pa_assets.kit.resources.graph import connect
from pa_assets.kit.resources.graph_targets import target

pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    graph_server.stop(tmp_path)


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def ended(*numbers: int) -> bool:
    return eventually(lambda: not any(lives(number) for number in numbers))


def driver(root: Path) -> neo4j.Driver:
    address = graph_server.ensure_running(root)
    return neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password), max_transaction_retry_time=0)


def processes(root: Path) -> dict[str, int]:
    return ServerFolder.of(root).read_state()


def readable_by_others(address: graph_server.ServerAddress, root: Path) -> dict[str, list[Path]]:
    """Files of the server, but for the two that exist to hold them, in which password or port stand; by which."""
    folder = ServerFolder.of(root)
    secrets = {"password": address.password.encode(), "port": address.uri.rpartition(":")[2].encode()}
    store, keepers = folder.data / "databases", {folder.password, folder.state}
    written = [path for path in folder.path.rglob("*") if path.is_file() and path not in keepers]
    # In the pages of the store five digits stand by chance.
    searched = {"password": written, "port": [path for path in written if not path.is_relative_to(store)]}
    return {name: [path for path in paths if secrets[name] in path.read_bytes()] for name, paths in searched.items()}


def test_eight_processes_share_one_server_whose_port_and_password_show_nowhere(root: Path) -> None:
    code = (
        "import sys, pathlib; from pa_assets.kit import graph_server;"
        "print(graph_server.ensure_running(pathlib.Path(sys.argv[1])).uri)"
    )
    command = [sys.executable, "-c", code, str(root)]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    answers = {caller.communicate(timeout=120)[0].strip() for caller in callers}
    address = graph_server.ensure_running(root)
    assert answers == {address.uri}
    assert len(address.password) >= 24
    with connect(target("default", root, {}), root) as graph:
        graph.schema("CREATE CONSTRAINT IF NOT EXISTS FOR (node:Named) REQUIRE node.name IS UNIQUE")
        graph.write("CREATE (:Named {name: 'canary value'})")
        for wrong in (
            "CREATE (:Named {name: 'canary value'})",
            "RETURN toInteger({a: 'canary value'})",
            "RETURN canary",
        ):
            with pytest.raises(GraphError):
                graph.write(wrong)

    state, folder = processes(root), ServerFolder.of(root)
    port = address.uri.rpartition(":")[2]
    for number in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            shown = (number / "cmdline").read_bytes()
            assert address.password.encode() not in shown
            assert port.encode() not in shown or str(root).encode() not in shown
    for role in ("supervisor", "server"):
        assert address.password.encode() not in Path(f"/proc/{state[role]}/environ").read_bytes()
        assert os.getsid(state[role]) != os.getsid(0), "Ctrl-C in the caller's terminal must not reach it"
    assert b"<port>" in folder.log.read_bytes()
    assert b"canary" not in folder.log.read_bytes(), "a log must hold no value of a row"
    assert readable_by_others(address, root) == {"password": [], "port": []}
    for path in (folder.password, folder.state, folder.log, folder.users):
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert address.password not in repr(address)
    others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for other in others:
        with pytest.raises(OSError):
            socket.create_connection((other, int(port)), timeout=2)
    graph_server.stop(root)
    assert readable_by_others(address, root) == {"password": [], "port": []}


@pytest.mark.parametrize("killed", [("server",), ("supervisor",), ("supervisor", "server")])
def test_a_killed_server_is_replaced_with_what_was_committed_and_nothing_else(
    root: Path, killed: tuple[str, ...]
) -> None:
    with driver(root) as other, connect(target("default", root, {}), root) as graph:
        graph.write("UNWIND range(1, 500) AS number CREATE (:Kept {value: number})")
        with other.session() as session:
            open_ended = session.begin_transaction()
            open_ended.run("UNWIND range(1, 500) AS number CREATE (:Lost {value: number})").consume()
            before = processes(root)
            for role in killed:
                os.kill(before[role], signal.SIGKILL)
            assert ended(*(before[role] for role in killed))
            # A server that shuts down in order may still commit, or call the user unknown. What counts is its word.
            lost = 0
            with contextlib.suppress(DriverError, AuthError):
                open_ended.commit()
                lost = 500
            assert not (lost and "server" in killed)
        # The same client goes on, with a new server behind it.
        count = "MATCH (kept:Kept) WITH count(kept) AS kept OPTIONAL MATCH (lost:Lost) RETURN kept, count(lost) AS lost"
        assert graph.read(count) == [{"kept": 500, "lost": lost}]
        assert processes(root)["server"] != before["server"]
        assert ended(before["supervisor"], before["server"]), "an orphan"


def test_a_state_file_of_long_ago_harms_nobody(root: Path) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        folder = ServerFolder.of(root)
        folder.create()
        state = {"supervisor": os.getpid(), "server": bystander.pid, "port": foreign.getsockname()[1], "since": 0}
        files.write_json(folder.state, state)
        assert not graph_server.is_running(root)
        graph_server.ensure_running(root)
        assert processes(root)["port"] != state["port"]
        assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_it_ends_when_idle_and_when_its_folder_is_gone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(IDLE_VARIABLE, "0.03")
    address = graph_server.ensure_running(root)
    state = processes(root)
    for _ in range(4):
        time.sleep(0.7)
        graph_server.touch(root)
    assert graph_server.is_running(root), "a server in use must stay"
    assert ended(state["supervisor"], state["server"])
    assert not ServerFolder.of(root).state.exists()

    monkeypatch.setenv(IDLE_VARIABLE, "0")
    again = graph_server.ensure_running(root)
    assert again.store_id == address.store_id
    assert again.password == address.password
    state = processes(root)
    shutil.rmtree(ServerFolder.of(root).path)
    assert ended(state["supervisor"], state["server"])
    assert graph_server.ensure_running(root).store_id != address.store_id, "a lost store must be noticed"


def test_a_client_that_only_looks_keeps_it_and_so_does_a_clock_that_jumps(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(IDLE_VARIABLE, "0.03")
    with driver(root) as analyst:
        analyst.verify_connectivity()
        state = processes(root)
        time.sleep(4)
        assert graph_server.is_running(root), "a connected client is a use"
        assert graph_server.status(root).idle_seconds < 2  # type: ignore[operator]
    os.utime(ServerFolder.of(root).heartbeat, (0, 0))  # as a clock set forward by decades would make it look
    time.sleep(0.9)
    assert graph_server.is_running(root)
    assert ended(state["supervisor"], state["server"])
    assert graph_server.status(root).last_end == "idle"


def test_kept_it_stays_until_it_is_stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(IDLE_VARIABLE, "0.02")
    graph_server.ensure_running(root, keep=True)
    os.kill(processes(root)["server"], signal.SIGKILL)
    assert eventually(lambda: not graph_server.is_running(root))
    graph_server.ensure_running(root)
    time.sleep(4)
    status = graph_server.status(root)
    assert (status.running, status.kept) == (True, True)
    assert graph_server.stop(root)
    assert not graph_server.status(root).kept


def test_stop_status_and_a_lost_password(root: Path) -> None:
    assert not graph_server.stop(root)
    name = graph_server.store_id(root)
    assert graph_server.status(root).running is False
    first = graph_server.ensure_running(root)
    assert first.store_id == name
    status = graph_server.status(root)
    assert (status.running, status.uri, status.store_id) == (True, first.uri, name)
    with connect(target("default", root, {}), root) as graph:
        graph.write("CREATE (:Kept {value: 2})")
    assert graph_server.stop(root)
    assert not graph_server.is_running(root)
    ServerFolder.of(root).password.unlink()
    with connect(target("default", root, {}), root) as graph:
        assert graph.read("MATCH (node:Kept) RETURN node.value AS value") == [{"value": 2}]
    assert graph_server.stop(root)
    shutil.rmtree(ServerFolder.of(root).database)
    assert graph_server.store_id(root) != name


def test_errors_say_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value, message in (
        (MEMORY_VARIABLE, "nonsense", r"PA_GRAPH_MEMORY must be a size such as 512m or 2g, found 'nonsense'"),
        (IDLE_VARIABLE, "soon", r"PA_GRAPH_IDLE_MINUTES.*'soon'"),
        (MEMORY_VARIABLE, "1k", r"(?s)did not start.*Too small maximum heap"),
    ):
        with monkeypatch.context() as changed, pytest.raises(GraphServerError, match=message):
            changed.setenv(variable, value)
            graph_server.ensure_running(root)
    with (
        monkeypatch.context() as changed,
        pytest.raises(GraphServerError, match=r"cannot be run .*Install the package"),
    ):
        broken = root / "java"
        broken.write_text("no program")
        changed.setattr(graph_server, "_installation", lambda: (broken, root))
        graph_server.ensure_running(root)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(GraphServerError, match=r"pip install arcadedb-embedded.*NEO4J_URI"):
        graph_server.ensure_running(root)
    assert not graph_server.is_running(root)


def test_a_folder_that_cannot_be_written(root: Path) -> None:
    (root / ".pa").write_text("a file")
    with pytest.raises(GraphServerError, match=r"needs to write .*\.pa.* make \.pa in the project root writable"):
        graph_server.ensure_running(root)
    (root / ".pa").unlink()


def test_a_disk_that_is_full(root: Path) -> None:
    code = (
        "import resource, sys, pathlib; from pa_assets.kit import graph_server;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2);"
        "graph_server.ensure_running(pathlib.Path(sys.argv[1]))"
    )
    for size, message in (("10", "Free space on the disk"), ("20000", "did not start")):
        command = [sys.executable, "-c", code, str(root), size]
        result = subprocess.run(command, capture_output=True, text=True, timeout=180)
        assert result.returncode == 1
        assert "GraphServerError" in result.stderr
        assert message in result.stderr, result.stderr
        assert not graph_server.is_running(root)
    graph_server.ensure_running(root)  # with space again


@pytest.mark.parametrize(("kind", "left"), [("*.bucket", 70_000), ("schema.json", 100), ("dictionary.*", None)])
def test_a_damaged_store_is_refused(root: Path, kind: str, left: int | None) -> None:
    with connect(target("default", root, {}), root) as graph:
        graph.write("UNWIND range(1, 3000) AS number CREATE (:Kept {value: 'a text to fill the pages ' + number})")
    graph_server.stop(root)
    folder = ServerFolder.of(root)
    damaged = max(folder.database.glob(kind), key=lambda path: path.stat().st_size)
    whole = damaged.read_bytes()
    damaged.unlink()
    if left is not None:
        damaged.write_bytes(whole[:left])
    for _ in range(2):
        with pytest.raises(GraphServerError, match=rf"damaged: {re.escape(damaged.name)} .*from a copy.*remove it"):
            graph_server.ensure_running(root)
    damaged.write_bytes(whole)
    with connect(target("default", root, {}), root) as graph:
        assert graph.read("MATCH (node:Kept) RETURN count(node.value) AS count") == [{"count": 3000}]


def test_out_of_memory_it_ends_at_once_and_comes_back_with_what_was_committed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "64m")
    with driver(root) as other:
        other.execute_query("CREATE (:Kept {value: 1})")
        with pytest.raises(DriverError):
            rows = [{"a": str(number), "b": str(number)} for number in range(200_000)]
            other.execute_query("UNWIND $rows AS row CREATE (:Lost {a: row.a, b: row.b})", rows=rows)
    monkeypatch.delenv(MEMORY_VARIABLE)
    with connect(target("default", root, {}), root) as graph:
        assert graph.read("MATCH (node) RETURN labels(node) AS labels") == [{"labels": ["Kept"]}]
    assert ServerFolder.of(root).read_end() == OUT_OF_MEMORY
    graph_server.stop(root)
    assert ServerFolder.of(root).read_end() != OUT_OF_MEMORY, "the last end counts"
    assert not list(ServerFolder.of(root).path.rglob("*.hprof"))
