"""The embedded graph server: one process per project root, shared by every run, gone when idle.

It is the server of the package `arcadedb-embedded`, run by the Java that comes in that package, so a user needs no
Java and no account. `ensure_running` starts it or finds it; `stop` ends it; `store_id` names the store without
starting anything. Everything lies in `<root>/.pa/graph`, open to its owner alone; password and port stand in files of
their own there, never on a command line or in a log. What the process does by itself is `graph_supervisor`; Cypher is
`resources.graph`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pa_assets.kit import files, graph_processes, graph_store
from pa_assets.kit.graph_supervisor import (
    DATABASE,
    USER,
    ServerFolder,
    idle_limit,
    memory,
)
from pa_assets.kit.ports import GraphError

_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_HANDSHAKE = b"\x60\x60\xb0\x17" + b"\x00\x00\x04\x04" + bytes(12)
"""Magic number of Bolt, and the versions offered: 4.4 alone."""

_FAILED_OPENING = "com.arcadedb.database.LocalDatabase.openInternal"
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class GraphServerError(GraphError):
    """The embedded server could not be started or stopped; the message says why."""


@dataclass(frozen=True)
class ServerAddress:
    """How to reach the running server, and which store it serves."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    store_id: str


@dataclass(frozen=True)
class ServerStatus:
    """What is known of the server of a project root."""

    running: bool
    uri: str | None
    process: int | None
    store_id: str
    folder: Path
    log: Path
    idle_seconds: float | None
    idle_limit: float
    """Seconds without use after which a server started now would end; infinite for never."""
    kept: bool
    """Whether it is to run until it is stopped, used or not."""
    since: float | None
    """When it was started, in seconds of the epoch."""
    last_end: str | None
    """Why it ended last, see `ServerFolder.read_end`."""
    store_bytes: int


def _told(action: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Let an action tell the failures of the system and of the settings as a GraphServerError."""

    @functools.wraps(action)
    def run(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        try:
            return action(*arguments, **named)
        except TimeoutError as error:
            raise GraphServerError(str(error)) from error
        except OSError as error:
            raise GraphServerError(
                f"The embedded graph server needs to write {error.filename or 'its files'} ({error.strerror}). "
                "Free space on the disk, or make .pa in the project root writable; then run again."
            ) from error
        except ValueError as error:
            raise GraphServerError(str(error)) from error

    return run


@_told
def ensure_running(root: Path, *, keep: bool = False) -> ServerAddress:
    """Address of the server of this project root; it is started if none answers.

    Concurrent callers get one server. A server that died, or that no longer answers, is replaced; its data stay.

    Args:
        root: the project root.
        keep: let it run, used or not, until `stop`, and come back so when it is started again after a crash.

    Raises:
        GraphServerError: it cannot be started; the message says why and what to do.
    """
    folder = ServerFolder.of(root)
    with folder.lock():
        state = folder.read_state()
        if not _answers(folder, state):
            _end(folder, state)
            state = _start(folder)
        folder.heartbeat.touch()
        if keep:
            folder.kept.touch()
        return ServerAddress(
            uri=_uri(state),
            user=USER,
            password=folder.password.read_text("ascii"),
            database=DATABASE,
            store_id=_store_id(folder),
        )


def is_running(root: Path) -> bool:
    """Whether the server lives and answers; takes about a millisecond."""
    folder = ServerFolder.of(root)
    return _answers(folder, folder.read_state())


def touch(root: Path) -> None:
    """Say that the server is in use: its idle time starts anew."""
    ServerFolder.of(root).touch()


@_told
def stop(root: Path) -> bool:
    """End the server; returns whether one was running. Its data stay.

    Raises:
        GraphServerError: a process of it cannot be ended.
    """
    folder = ServerFolder.of(root)
    if not folder.path.exists():
        return False
    with folder.lock():
        state = folder.read_state()
        running = _answers(folder, state)
        _end(folder, state)
        folder.kept.unlink(missing_ok=True)
        return running


@_told
def status(root: Path) -> ServerStatus:
    """What is known of the server, without starting it.

    Raises:
        GraphServerError: a setting is wrong, or the folder cannot be read.
    """
    folder = ServerFolder.of(root)
    state = folder.read_state()
    running = _answers(folder, state)
    return ServerStatus(
        running=running,
        uri=_uri(state) if running else None,
        process=int(state["server"]) if running else None,
        store_id=store_id(root),
        folder=folder.path,
        log=folder.log,
        idle_seconds=folder.idle_seconds() if running else None,
        idle_limit=idle_limit(),
        kept=folder.kept.exists(),
        since=float(state["since"]) if running else None,
        last_end=folder.read_end(),
        store_bytes=_bytes_below(folder.database),
    )


def _bytes_below(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # the server takes files of its own away
            size += path.stat().st_size
    return size


@_told
def store_id(root: Path) -> str:
    """Random name of the store, given when it is created: a lost store is noticed by its new name. Starts nothing."""
    folder = ServerFolder.of(root)
    return _known_store_id(folder) or _named_under_lock(folder)


def _named_under_lock(folder: ServerFolder) -> str:
    with folder.lock():
        return _store_id(folder)


def _known_store_id(folder: ServerFolder) -> str | None:
    try:
        store = files.read_json(folder.store)
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    lost = store["opened"] and not (folder.database.is_dir() or folder.replaced.is_dir())
    return None if lost else str(store["id"])


def _store_id(folder: ServerFolder) -> str:
    if known := _known_store_id(folder):
        return known
    folder.create()
    name = secrets.token_hex(8)
    files.write_json(folder.store, {"id": name, "opened": False})
    return name


def _uri(state: dict[str, Any]) -> str:
    return f"bolt://127.0.0.1:{state['port']}"


def _answers(folder: ServerFolder, state: dict[str, Any]) -> bool:
    """Both processes live and the port shakes hands in Bolt."""
    if not state.get("port"):
        return False
    if not all(graph_processes.is_about(int(state[role]), folder.path) for role in ("supervisor", "server")):
        return False
    try:
        with socket.create_connection(("127.0.0.1", int(state["port"])), timeout=5) as connection:
            connection.sendall(_HANDSHAKE)
            answer = connection.recv(4)
            return len(answer) == 4 and answer != bytes(4)
    except OSError:
        return False


def _start(folder: ServerFolder) -> dict[str, Any]:
    java, jars = _installation()
    idle_limit(), memory()
    folder.create()
    name = _store_id(folder)
    graph_store.heal(folder.database, folder.replaced)
    graph_store.check(folder.database)
    _prepare_password(folder)
    folder.heartbeat.touch()
    supervisor = _spawn(folder, java, jars)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        state = folder.read_state()
        if state.get("supervisor") == supervisor.pid and _answers(folder, state):
            files.write_json(folder.store, {"id": name, "opened": True})
            return state
        if supervisor.poll() is not None:
            raise GraphServerError(f"The embedded graph server did not start. {_mend(folder)}")
        time.sleep(0.05)
    supervisor.terminate()
    raise GraphServerError(f"The embedded graph server did not answer within {_START_SECONDS:.0f} s. {_mend(folder)}")


def _spawn(folder: ServerFolder, java: Path, jars: Path) -> subprocess.Popen[bytes]:
    if folder.log.exists():
        folder.log.replace(folder.log.with_suffix(".log.1"))
    with os.fdopen(os.open(folder.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "wb") as log:
        # From the folder above the package, so that it is found whatever the caller's working directory or path is.
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "pa_assets.kit.graph_supervisor", str(folder.path), str(java), str(jars)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _installation() -> tuple[Path, Path]:
    found = importlib.util.find_spec("arcadedb_embedded")
    if found is None or found.origin is None:
        raise GraphServerError(
            "The package arcadedb-embedded, which brings the embedded graph server, is not installed. "
            "Install it (pip install arcadedb-embedded), or set NEO4J_URI and NEO4J_PASSWORD to use a Neo4j server."
        )
    package = Path(found.origin).parent
    java = package / "jre" / "bin" / "java"
    if not java.is_file():
        raise GraphServerError(f"The package arcadedb-embedded is incomplete: {java} is missing. Install it again.")
    return java, package / "jars"


def _prepare_password(folder: ServerFolder) -> None:
    """Keep the password of the store; without one, make it, and let the server forget the old one."""
    if folder.password.exists() and folder.users.exists():
        return
    folder.users.unlink(missing_ok=True)
    folder.password.unlink(missing_ok=True)
    handle = os.open(folder.password, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(24))


def _mend(folder: ServerFolder) -> str:
    """What to do about a server that does not start, and the last lines of its log."""
    try:
        lines = folder.log.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        lines = []
    shown = "\n".join(lines[-15:]) or "(nothing)"
    damaged = any(_FAILED_OPENING in line for line in lines)
    mend = f"It cannot open its store: {graph_store.MEND.format(folder=folder.path)} " if damaged else ""
    return f"{mend}Its log, {folder.log}, ends with:\n{shown}"


def _end(folder: ServerFolder, state: dict[str, Any]) -> None:
    """End what is left of a server: the supervisor first, which ends the server, then the server itself."""
    for role in ("supervisor", "server"):
        process = int(state.get(role, 0))
        if not process or not graph_processes.is_about(process, folder.path):
            continue
        if not graph_processes.end(process, _STOP_SECONDS):
            raise GraphServerError(
                f"Process {process} of the embedded graph server cannot be ended. End it, run again."
            )
    folder.state.unlink(missing_ok=True)
