"""What is known of every graph server that is configured, and of the embedded one, without starting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pa_assets.kit import graph_server
from pa_assets.kit.graph_server import ServerStatus
from pa_assets.kit.graph_supervisor import DATABASE, USER
from pa_assets.kit.ports import GraphError
from pa_assets.kit.resources.graph import connect
from pa_assets.kit.resources.graph_targets import (
    DEFAULT_ENVIRONMENT,
    ENVIRONMENTS,
    GraphTarget,
    environment_name,
    target,
)

EMBEDDED = "embedded"

_UNFINISHED = (
    "MATCH (record:LoadRecord) WHERE size(record.loading) > 0 "
    "RETURN record.show AS show, record.name AS name ORDER BY show, name"
)


@dataclass(frozen=True)
class Server:
    """A line of the table of servers, and the loads that are not finished there."""

    environment: str
    product: str
    address: str
    database: str
    state: str
    since: str = ""
    idle_seconds: str = ""
    store: str = ""
    unfinished: list[tuple[str, str, str]] = field(default_factory=list)
    """Environment, show and name of each."""

    @property
    def row(self) -> tuple[str, ...]:
        """The line as it is printed."""
        return (
            self.environment,
            self.product,
            self.address,
            self.database,
            self.state,
            self.since,
            self.idle_seconds,
            self.store,
        )


def all_servers(root: Path, secrets: Mapping[str, str], *, only: str = "") -> list[Server]:
    """The embedded server and those of the environments that name one; with `only`, that one.

    Raises:
        GraphError: no environment has the name `only`, or its variables are missing.
    """
    if only and only != EMBEDDED:
        where = target(only, root, secrets)
        return [_embedded(root) if where.embedded else _remote(where, root)]
    servers = [_embedded(root)]
    if only:
        return servers
    for name in ENVIRONMENTS:
        if not secrets.get("NEO4J_URI" if name == DEFAULT_ENVIRONMENT else f"NEO4J_URI_{name.upper()}"):
            continue
        try:
            servers.append(_remote(target(name, root, secrets), root))
        except GraphError as error:
            servers.append(Server(environment_name(name), "", "", "", str(error)))
    return servers


def _embedded(root: Path) -> Server:
    known = graph_server.status(root)
    store = f"{known.store_bytes / 1e6:.1f} MB"
    if not known.running:
        ended = f" (last end: {known.last_end})" if known.last_end else ""
        return Server(EMBEDDED, "", "embedded", DATABASE, f"stopped{ended}", store=store)
    where = GraphTarget(DEFAULT_ENVIRONMENT, None, USER, "", DATABASE, f"embedded {known.store_id}")
    product, state, unfinished = _asked(where, root, EMBEDDED)
    return Server(
        EMBEDDED,
        product,
        "embedded",
        DATABASE,
        "running, kept" if known.kept and state == "running" else state,
        since=datetime.fromtimestamp(known.since or 0).astimezone().isoformat(" ", "seconds"),
        idle_seconds=f"{known.idle_seconds or 0:.0f}",
        store=store,
        unfinished=unfinished,
    )


def _remote(where: GraphTarget, root: Path) -> Server:
    product, state, unfinished = _asked(where, root, where.environment)
    return Server(where.environment, product, where.address, where.database, state, unfinished=unfinished)


def _asked(where: GraphTarget, root: Path, name: str) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Product with version and edition, state, and unfinished loads of a server."""
    try:
        with connect(where, root) as graph:
            product = graph.description.split(",")[0]
            loads = [(name, str(row["show"]), str(row["name"])) for row in graph.read(_UNFINISHED)]
    except GraphError as error:
        return "", f"not reachable: {error}", []
    return product, "running", loads


def stay(server: ServerStatus) -> str:
    """A sentence on how long the embedded server stays."""
    if server.kept:
        return "It stays until `pa graph stop`."
    if server.idle_limit == float("inf"):
        return "It stays until `pa graph stop` (PA_GRAPH_IDLE_MINUTES is 0)."
    return f"It ends {server.idle_limit / 60:g} minutes after its last use; `pa graph start --keep` lets it stay."
