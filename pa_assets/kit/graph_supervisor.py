"""The parent process of the embedded graph server: it starts it, and ends it when nobody uses it any more.

Run by `graph_server` as `python -m pa_assets.kit.graph_supervisor FOLDER JAVA JARS`, in a session of its own, so that
Ctrl-C in a terminal does not reach it. Clients touch a heartbeat file; when nobody has for as long as the idle limit,
nobody is connected (where Linux tells), and nobody asked to keep it, the server ends, and the supervisor after it; so
it does when its folder is taken away. Should the supervisor be killed, Linux ends the server; elsewhere the next
`ensure_running` does. Knows files and processes, no client: see `graph_server`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pa_assets.kit import files, graph_processes, graph_store
from pa_assets.kit.graph_log import LOGGING, ServerOutput

IDLE_VARIABLE = "PA_GRAPH_IDLE_MINUTES"
"""Environment variable: minutes without use after which the server ends; 0 lets it run for ever."""

MEMORY_VARIABLE = "PA_GRAPH_MEMORY"
"""Environment variable: largest Java heap of the server, such as `2g`."""

DEFAULT_IDLE_MINUTES = 15.0
DEFAULT_MEMORY = "1g"
USER = "root"
DATABASE = "neo4j"
LOCK_SECONDS = 180.0
OUT_OF_MEMORY = "out of memory"
"""Why a server ended whose heap was too small, see `ServerFolder.read_end`."""

_MEMORY = re.compile(r"[1-9]\d*[kKmMgG]")
_STOP_SECONDS = 15.0
_STATUS_OUT_OF_MEMORY = 3
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
"""Environment variables that the server is given; others may hold secrets, or options for another Java."""


@dataclass(frozen=True)
class ServerFolder:
    """Files of the server of one project root."""

    path: Path

    @classmethod
    def of(cls, root: Path) -> ServerFolder:
        """The folder below a project root."""
        return cls(root.resolve() / ".pa" / "graph")

    @property
    def data(self) -> Path:
        """Everything that the server itself writes."""
        return self.path / "data"

    @property
    def database(self) -> Path:
        """The store."""
        return self.data / "databases" / DATABASE

    @property
    def replaced(self) -> Path:
        """The store while another takes its place, see `graph_compaction`."""
        return self.data / "replaced"

    @property
    def users(self) -> Path:
        """The server's salted hash of the password."""
        return self.data / "config" / "server-users.jsonl"

    @property
    def password(self) -> Path:
        """The password, readable by the owner alone."""
        return self.path / "password"

    @property
    def store(self) -> Path:
        """Name of the store, and whether it was ever opened."""
        return self.path / "store.json"

    @property
    def state(self) -> Path:
        """Processes and port of the running server."""
        return self.path / "server.json"

    @property
    def ended(self) -> Path:
        """Why and when the server ended last."""
        return self.path / "ended.json"

    @property
    def heartbeat(self) -> Path:
        """Touched at each use."""
        return self.path / "heartbeat"

    @property
    def kept(self) -> Path:
        """Exists where the server is to run until it is stopped, used or not."""
        return self.path / "keep"

    @property
    def logging(self) -> Path:
        """What the server logs, and where to."""
        return self.path / "logging.properties"

    @property
    def log(self) -> Path:
        """What the server and its supervisor print."""
        return self.path / "server.log"

    def create(self) -> None:
        """Create the folder, open to its owner alone."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        self.data.mkdir(exist_ok=True)

    def lock(self) -> contextlib.AbstractContextManager[bool]:
        """The lock under which a server is started or ended."""
        return files.lock(self.path.parent / "graph.lock", timeout_seconds=LOCK_SECONDS)

    def read_state(self) -> dict[str, Any]:
        """Processes and port of the server that was started last; empty where it ended in order."""
        try:
            return dict(files.read_json(self.state))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def read_end(self) -> str | None:
        """Why the server ended last: `idle`, `stopped`, `out of memory` or `died (status ...)`; None: it never did."""
        try:
            return str(files.read_json(self.ended)["why"])
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def last_use(self) -> int | None:
        """Stamp that changes at each use; None where the heartbeat file is gone."""
        try:
            return self.heartbeat.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def touch(self) -> None:
        """Say that the server is in use."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.heartbeat)

    def idle_seconds(self) -> float:
        """Seconds since the last use, by the clock on the wall; infinite where the heartbeat file is gone."""
        stamp = self.last_use()
        return float("inf") if stamp is None else max(0.0, time.time() - stamp / 1e9)


def memory() -> str:
    """Largest Java heap of the server, as Java takes it.

    Raises:
        ValueError: the environment variable holds no size.
    """
    text = os.environ.get(MEMORY_VARIABLE) or DEFAULT_MEMORY
    if not _MEMORY.fullmatch(text):
        raise ValueError(f"{MEMORY_VARIABLE} must be a size such as 512m or 2g, found {text!r}.")
    return text


def idle_limit() -> float:
    """Seconds without use after which the server ends; infinite for 0.

    Raises:
        ValueError: the environment variable holds no number.
    """
    text = os.environ.get(IDLE_VARIABLE) or str(DEFAULT_IDLE_MINUTES)
    try:
        minutes = float(text)
    except ValueError:
        raise ValueError(f"{IDLE_VARIABLE} must be a number of minutes (0: never stop), found {text!r}.") from None
    return minutes * 60 if minutes > 0 else float("inf")


def _command(folder: ServerFolder, java: str, jars: str) -> list[str]:
    settings = {
        "server.rootPath": folder.data,
        "server.logsDirectory": folder.data / "log",
        "server.rootPasswordPath": folder.password,
        "server.defaultDatabases": f"{DATABASE}[{USER}]",
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        # In production it tells the client nothing of what is wrong with a statement.
        "server.mode": "development",
        "serverMetrics": "false",
        "server.httpIncomingHost": "127.0.0.1",
        "server.httpIncomingPort": 0,
        "bolt.host": "127.0.0.1",
        "bolt.port": 0,
        "opencypher.loadCsv.allowFileUrls": "false",
        # A commit is on the disk before it is answered, so that the store outlives a loss of power.
        "txWalFlush": 1,
    }
    opened = ("util.concurrent.atomic", "nio.channels.spi", "lang")
    return [
        java,
        f"-Xmx{memory()}",
        # After a failed allocation some thread of it may be dead. Ended at once, it starts clean from its log of
        # transactions; the file that Java would leave otherwise holds values.
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+UseCompactObjectHeaders",
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-Djava.awt.headless=true",
        f"-Djava.util.logging.config.file={folder.logging}",
        *(f"--add-opens=java.base/java.{part}=ALL-UNNAMED" for part in opened),
        *(f"-Darcadedb.{name}={value}" for name, value in settings.items()),
        "-cp",
        f"{jars}/*",
        "com.arcadedb.server.ArcadeDBServer",
    ]


def _die_with_parent() -> None:
    """Let Linux end this process when its parent ends, even by kill -9."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def supervise(folder: ServerFolder, java: str, jars: str) -> None:
    """Run the server until it ends, is idle for too long, or its folder is taken away."""
    limit = idle_limit()
    files.write_text(folder.logging, LOGGING)
    graph_store.forget(folder.database)
    try:
        server = subprocess.Popen(  # noqa: S603
            _command(folder, java, jars),
            cwd=folder.data,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    except OSError as error:
        sys.exit(f"Java, {java}, cannot be run ({error.strerror}). Install the package arcadedb-embedded again.")
    with _ending(folder, server):
        state = {"supervisor": os.getpid(), "server": server.pid, "port": None, "since": time.time()}
        files.write_json(folder.state, state)
        output = ServerOutput(server.stdout, folder.log, folder.password.read_bytes())
        output.start()
        port = _await_port(server, output)
        files.write_json(folder.state, {**state, "port": port})
        _watch(folder, server, port, limit)
        output.join(timeout=1)


def _await_port(server: subprocess.Popen[bytes], output: ServerOutput) -> int:
    """Port that the system chose, as the server says, once it serves."""
    while not output.serving.wait(0.05):
        if server.poll() is not None:
            output.join(timeout=5)
            sys.exit(f"The server ended with status {server.returncode} before it served.")
    return output.port


def _watch(folder: ServerFolder, server: subprocess.Popen[bytes], port: int, limit: float) -> None:
    """Return when the server has ended, was idle for `limit` seconds, or its folder is gone.

    Idle time is counted by a clock that neither jumps nor runs while the machine sleeps, from the last time that the
    stamp of use changed.
    """
    stamp, used = folder.last_use(), time.monotonic()
    while server.poll() is None:
        time.sleep(min(1.0, limit / 4))
        if graph_processes.has_clients(server.pid, port):
            folder.touch()
        latest = folder.last_use()
        if latest is None:
            return
        if latest != stamp:
            stamp, used = latest, time.monotonic()
        # Under the lock nobody can be promised a server that is about to end.
        if time.monotonic() - used > limit and not folder.kept.exists():
            with contextlib.suppress(TimeoutError), folder.lock():
                if folder.last_use() == stamp:
                    _finish(folder, server, "idle")
                    return


def _finish(folder: ServerFolder, server: subprocess.Popen[bytes], why: str) -> None:
    """End the server if it runs, record why, and take its state file away."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    else:
        why = f"died (status {server.returncode})"
    # A server that is asked to end may be ending already: its connections close a moment before its process.
    if server.returncode == _STATUS_OUT_OF_MEMORY:
        why = OUT_OF_MEMORY
    if folder.read_state().get("supervisor") == os.getpid():
        with contextlib.suppress(OSError):  # a full disk
            files.write_json(folder.ended, {"why": why, "at": time.time()})
            graph_store.note(folder.database)
        # Last: without it the next server may start at any moment.
        folder.state.unlink(missing_ok=True)


@contextlib.contextmanager
def _ending(folder: ServerFolder, server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever ends the supervisor, but for kill -9, ends the server and leaves no state file."""
    try:
        yield
    finally:
        _finish(folder, server, "stopped")


def _main(arguments: list[str]) -> None:
    path, java, jars = arguments
    os.umask(0o077)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    supervise(ServerFolder(Path(path)), java, jars)


if __name__ == "__main__":
    _main(sys.argv[1:])
