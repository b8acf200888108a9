"""The parent process of the embedded graph server: it starts it, and ends it when nobody uses it any more.

Run by `graph_server` as `python -m pa_assets.kit.graph_supervisor FOLDER JAVA JARS`, in a session of its own, so that
Ctrl-C in a terminal does not reach it. Clients touch a heartbeat file; when that is older than the idle limit, or gone,
the server ends, and the supervisor after it. Should the supervisor be killed, Linux ends the server; elsewhere the
next `ensure_running` does. Knows files and processes, no client: see `graph_server`.
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

from pa_assets.kit import files

IDLE_VARIABLE = "PA_GRAPH_IDLE_MINUTES"
"""Environment variable: minutes without use after which the server ends; 0 lets it run for ever."""

MEMORY_VARIABLE = "PA_GRAPH_MEMORY"
"""Environment variable: largest Java heap of the server, such as `2g`."""

DEFAULT_IDLE_MINUTES = 15.0
DEFAULT_MEMORY = "1g"
USER = "root"
DATABASE = "neo4j"
LOCK_SECONDS = 180.0
_LISTENING = re.compile(r"incoming BOLT connections on \S*:(\d+)")
_STARTED = "ArcadeDB Server started in"
_STOP_SECONDS = 15.0


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
    def heartbeat(self) -> Path:
        """Touched at each use."""
        return self.path / "heartbeat"

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

    def idle_seconds(self) -> float:
        """Seconds since the last use; infinite where the heartbeat file is gone."""
        try:
            return max(0.0, time.time() - self.heartbeat.stat().st_mtime)
        except FileNotFoundError:
            return float("inf")


def _command(folder: ServerFolder, java: str, jars: str) -> list[str]:
    settings = {
        "server.rootPath": folder.data,
        "server.logsDirectory": folder.data / "log",
        "server.rootPasswordPath": folder.password,
        "server.defaultDatabases": f"{DATABASE}[{USER}]",
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
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
        f"-Xmx{os.environ.get(MEMORY_VARIABLE) or DEFAULT_MEMORY}",
        "-XX:+UseCompactObjectHeaders",
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-Djava.awt.headless=true",
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


def supervise(folder: ServerFolder, java: str, jars: str) -> None:
    """Run the server until it ends, is idle for too long, or its folder is taken away."""
    limit = idle_limit()
    server = subprocess.Popen(  # noqa: S603
        _command(folder, java, jars),
        cwd=folder.data,
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    with _ending(folder, server):
        port = _await_port(folder, server)
        files.write_json(folder.state, {"supervisor": os.getpid(), "server": server.pid, "port": port})
        while server.poll() is None:
            time.sleep(min(1.0, limit / 4))
            if not folder.heartbeat.exists():
                return
            if folder.idle_seconds() > limit:
                # Under the lock nobody can be promised a server that is about to end.
                with folder.lock():
                    if folder.idle_seconds() > limit:
                        _end(server)
                        folder.state.unlink(missing_ok=True)
                        return


@contextlib.contextmanager
def _ending(folder: ServerFolder, server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever ends the supervisor, but for kill -9, ends the server and leaves no state file."""
    try:
        yield
    finally:
        _end(server)
        if folder.read_state().get("supervisor") == os.getpid():
            folder.state.unlink(missing_ok=True)


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await_port(folder: ServerFolder, server: subprocess.Popen[bytes]) -> int:
    """Port that the system chose, as the server's log tells, once it serves."""
    while server.poll() is None:
        text = folder.log.read_text("utf-8", "replace")
        found = _LISTENING.search(text)
        if found and _STARTED in text:
            return int(found.group(1))
        time.sleep(0.05)
    sys.exit(f"The server ended with status {server.returncode} before it served.")


def _main(arguments: list[str]) -> None:
    path, java, jars = arguments
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    supervise(ServerFolder(Path(path)), java, jars)


if __name__ == "__main__":
    _main(sys.argv[1:])
