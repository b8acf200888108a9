"""A real Neo4j for tests, community edition, from its jars: fetched once, started in a temporary folder, ended after.

Needs Java 17 or newer and Maven. The embedded server and other people's servers are not for here.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from pa_assets.kit import files, fingerprint

USER = "neo4j"
_FIRST_PASSWORD = "neo4j"
_HERE = Path(__file__).resolve().parent
_JAVA_VERSION = 17
_START_SECONDS = 120.0
_STOP_SECONDS = 30.0


class Neo4jServerError(RuntimeError):
    """The server cannot be started here; the message says what is missing."""


@dataclass(frozen=True)
class Neo4jServer:
    """How to reach a server, and its process."""

    uri: str
    user: str
    password: str = field(repr=False)
    process: int


def jars() -> Path:
    """Folder with the jars of the server, fetched by Maven where they are not there yet.

    Raises:
        Neo4jServerError: no Maven, or it could not fetch them.
    """
    pom = _HERE / "pom.xml"
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pa_assets_tests"
    folder = caches / f"neo4j_{fingerprint.of_file(pom)[:12]}"
    caches.mkdir(parents=True, exist_ok=True)
    with FileLock(caches / "neo4j.lock"):
        if not folder.is_dir():
            partial = caches / "neo4j_partial"
            shutil.rmtree(partial, ignore_errors=True)
            _fetch(pom, partial)
            partial.rename(folder)
    return folder


def _fetch(pom: Path, folder: Path) -> None:
    maven = _tool("mvn", "Maven")
    options = [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    done = subprocess.run(
        [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", *options], capture_output=True, text=True
    )
    if done.returncode:
        raise Neo4jServerError(f"Maven could not fetch the jars of Neo4j:\n{(done.stdout + done.stderr)[-2000:]}")


def _tool(name: str, product: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Neo4jServerError(
            f"{product} ({name}) is not installed, which a Neo4j of one's own needs. Install a JDK of Java "
            f"{_JAVA_VERSION} or newer and Maven, or name a running server by PA_TEST_NEO4J_URI, PA_TEST_NEO4J_USER "
            "and PA_TEST_NEO4J_PASSWORD."
        )
    return found


def java() -> str:
    """The Java that runs the server.

    Raises:
        Neo4jServerError: none is there, or it is too old.
    """
    path = _tool("java", "Java")
    text = subprocess.run([path, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', text)
    if version is None or int(version[1]) < _JAVA_VERSION:
        raise Neo4jServerError(f"Neo4j needs Java {_JAVA_VERSION} or newer; {path} says: {text.strip() or 'nothing'}")
    return path


@contextmanager
def running(settings: Mapping[str, str] | None = None, *, heap: str = "1g") -> Iterator[Neo4jServer]:
    """A server of one's own for the length of a `with` block.

    Args:
        settings: further settings, by their names in neo4j.conf.
        heap: largest Java heap.

    Raises:
        Neo4jServerError: Java or Maven is missing, or the server did not start; with the end of its log.
    """
    command = [java(), f"-Xmx{heap}", "-cp", f"{jars()}/*", str(_HERE / "Neo4jServer.java")]
    # Ends with the block, or with this process: the server lives as long as its standard input.
    with tempfile.TemporaryDirectory(prefix="neo4j_", ignore_cleanup_errors=True) as folder:
        home, port = Path(folder), _free_port()
        _configure(home, port, settings or {})
        with (home / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, folder], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _await(process, home / "server.log")
            uri, password = f"bolt://127.0.0.1:{port}", secrets.token_urlsafe(24)
            _change_password(uri, password)
            yield Neo4jServer(uri, USER, password, process.pid)
        finally:
            _end(process)


def _configure(home: Path, port: int, settings: Mapping[str, str]) -> None:
    lines = {
        "server.bolt.enabled": "true",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.memory.pagecache.size": "256m",
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        **settings,
    }
    files.write_text(home / "neo4j.conf", "".join(f"{name}={value}\n" for name, value in lines.items()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while "ready" not in log.read_text("utf-8", "replace").splitlines():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Neo4jServerError(
                f"Neo4j did not start. Its log ends with:\n{log.read_text('utf-8', 'replace')[-2000:]}"
            )
        time.sleep(0.1)


def _change_password(uri: str, password: str) -> None:
    import neo4j

    change = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
    with neo4j.GraphDatabase.driver(uri, auth=(USER, _FIRST_PASSWORD)) as driver:
        driver.execute_query(change, old=_FIRST_PASSWORD, new=password, database_="system")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
