"""The embedded server as a process: shared, healed, ended, silent about its password."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pa_assets.kit import graph_server
from pa_assets.kit.graph_supervisor import IDLE_VARIABLE, MEMORY_VARIABLE, ServerFolder
from pa_assets.kit.resources.graph import connect, target

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


def processes(root: Path) -> dict[str, int]:
    return ServerFolder.of(root).read_state()


def test_concurrent_processes_share_one_server_whose_password_shows_nowhere(root: Path) -> None:
    code = (
        "import sys, pathlib; from pa_assets.kit import graph_server;"
        "print(graph_server.ensure_running(pathlib.Path(sys.argv[1])).uri)"
    )
    command = [sys.executable, "-c", code, str(root)]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {caller.communicate(timeout=120)[0].strip() for caller in callers}
    address = graph_server.ensure_running(root)
    assert answers == {address.uri}
    assert len(address.password) >= 24

    state, folder = processes(root), ServerFolder.of(root)
    for role in ("supervisor", "server"):
        shown = Path(f"/proc/{state[role]}/cmdline").read_bytes() + Path(f"/proc/{state[role]}/environ").read_bytes()
        assert address.password.encode() not in shown
        assert os.getsid(state[role]) != os.getsid(0), "Ctrl-C in the caller's terminal must not reach it"
    files = [path for path in folder.path.rglob("*") if path.is_file()]
    holders = [path for path in files if address.password.encode() in path.read_bytes()]
    assert holders == [folder.password]
    assert folder.password.stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert address.password not in repr(address)
    others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for other in others:
        with pytest.raises(OSError):
            socket.create_connection((other, int(address.uri.rpartition(":")[2])), timeout=2)


def test_a_killed_server_is_replaced_and_its_data_stay(root: Path) -> None:
    with connect(target("default", root, {}), root) as graph:
        graph.write("CREATE (:Kept {value: 1})")
        for role in ("server", "supervisor"):
            before = processes(root)
            os.kill(before[role], signal.SIGKILL)
            assert ended(before[role])
            # The same client goes on, with a new server behind it.
            assert graph.read("MATCH (node:Kept) RETURN node.value AS value") == [{"value": 1}], role
            after = processes(root)
            assert after["server"] != before["server"]
            assert ended(before["supervisor"], before["server"]), "an orphan"


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
    monkeypatch.setenv(MEMORY_VARIABLE, "nonsense")
    with pytest.raises(graph_server.GraphServerError, match=r"(?s)did not start.*Invalid maximum heap size"):
        graph_server.ensure_running(root)
    monkeypatch.setenv(IDLE_VARIABLE, "soon")
    with pytest.raises(graph_server.GraphServerError, match=r"PA_GRAPH_IDLE_MINUTES.*'soon'"):
        graph_server.ensure_running(root)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(graph_server.GraphServerError, match=r"pip install arcadedb-embedded.*NEO4J_URI"):
        graph_server.ensure_running(root)
    assert not graph_server.is_running(root)
