"""What the command line does with the graph of a project: which servers, which shows, agendas of an export put back.

The work on a server is `core.graph`'s; here are the project's settings, files and clock. Nothing is printed.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.config_files import ConfigError
from pa_assets.agendas.core.graph import restore, sync
from pa_assets.agendas.core.graph.declaration import Schema
from pa_assets.agendas.core.graph.parts import LoadReport
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.graph.shows import ShowContent
from pa_assets.agendas.externals import environment_of
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of
from pa_assets.agendas.project import Project, current_project
from pa_assets.kit.files import read_json
from pa_assets.kit.ports import Graph, GraphError
from pa_assets.kit.resources.graph import connect
from pa_assets.kit.resources.graph_targets import NO_SERVER, PROTECTED_ENVIRONMENT, GraphTarget, target
from pa_assets.kit.secrets import load_secrets

LOADER = "recommendations"
"""Loader of the agendas, whose part of the graph a restoration writes."""

_LATEST = "latest.json"
_MADE_AT = re.compile(r"_(\d{8}_\d{6})(?:\.|_control\.)")
_CONTROL = "_control"


class GraphToolError(LookupError):
    """A request cannot be followed; the message says why and what to do."""


@dataclass(frozen=True)
class OpenGraph:
    """A connected server of the project."""

    graph: Graph
    target: GraphTarget
    project: Project

    @property
    def protected(self) -> bool:
        """Whether it is the production server, under whatever name of an environment."""
        return self.target.protected or self.target.identity == _production(self.project)

    def partition_of(self, show: str) -> str | None:
        """The event, or event in a mode, whose show this is and which is loaded into this server."""
        for partition in self.project.partitions:
            config = self.project.event(partition)
            if config.event.show == show and _identity(config, self.project) == self.target.identity:
                return partition
        return None


def targets(environment: str = "") -> list[GraphTarget]:
    """The server of an environment; without a name those of all events, each once.

    Raises:
        GraphError: no such environment, or a variable is missing.
    """
    project = current_project()
    names = [environment] if environment else [environment_of(config) for config in project.events.values()]
    found = [_target(name, project) for name in dict.fromkeys(names) if environment or name != NO_SERVER]
    return list({where.identity: where for where in reversed(found or [_target("default", project)])}.values())[::-1]


def protected_shows() -> list[str]:
    """Tags of the shows, in all modes, whose graph is the production server."""
    project = current_project()
    production = _production(project)
    configs = [project.event(partition) for partition in project.partitions]
    return sorted({config.event.show for config in configs if production and _identity(config, project) == production})


def only_target(environment: str = "") -> GraphTarget:
    """The server of an environment; without a name the one of all events.

    Raises:
        GraphToolError: the events have several servers.
        GraphError: no such environment, or a variable is missing.
    """
    found = targets(environment)
    if len(found) > 1:
        names = ", ".join(where.environment for where in found)
        raise GraphToolError(f"The events have several graph servers. Name one: --environment, one of {names}.")
    return found[0]


@contextmanager
def opened(where: GraphTarget) -> Iterator[OpenGraph]:
    """A connected server for the length of a `with` block."""
    project = current_project()
    with connect(where, project.root) as graph:
        yield OpenGraph(graph, where, project)


def chosen_shows(found: dict[str, ShowContent], wanted: list[str], *, everything: bool) -> list[str]:
    """The shows of a request.

    Args:
        found: what the server holds.
        wanted: tags that were named.
        everything: all shows were asked for.

    Raises:
        GraphToolError: none or both were asked for, or a show is not there; the message lists those that are.
    """
    known = ", ".join(found) or "none"
    if bool(wanted) == everything:
        raise GraphToolError(f"Name shows, or say --all. Shows in this graph: {known}.")
    if unknown := [show for show in wanted if show not in found]:
        raise GraphToolError(f"This graph has no show {', '.join(unknown)}. Shows in this graph: {known}.")
    return list(found) if everything else list(dict.fromkeys(wanted))


def forget_loaded(partition: str) -> None:
    """Take away the tables that say what an event's graph was brought to, so that its next run loads it again."""
    folder = current_project().folder(partition).graph
    for path in sorted(folder.glob("*.parquet")):
        path.unlink()


@dataclass(frozen=True)
class Restoration:
    """Agendas of an export, compared with the graph and ready to be written."""

    open: OpenGraph
    event: EventConfig
    files: list[Path]
    """The files that were read."""
    plan: restore.Plan
    differences: restore.Differences | None
    """Between JSON and CSV, where both were given."""
    schema: Schema

    def write(self, transaction_rows: int = sync.TRANSACTION_ROWS) -> LoadReport:
        """Bring the agendas of the graph in line with the plan.

        Raises:
            GraphError: refused or failed; the message says what to do.
        """
        show = self.event.event.show
        made_at = _made_at(self.files[0], self.event.event.time_zone).isoformat(timespec="seconds")
        parts = restore.parts(self.plan, self.schema, self.event.event, made_at)
        return sync.load(
            self.open.graph,
            show,
            LOADER,
            parts,
            load_id=f"{uuid.uuid4().hex[:8]}-restored",
            transaction_rows=transaction_rows,
        )


@contextmanager
def restoration(
    partition: str,
    *,
    json_file: Path | None = None,
    csv_file: Path | None = None,
    control: bool = False,
    replace: bool = True,
    environment: str = "",
) -> Iterator[Restoration]:
    """Read an export and compare it with the graph of its event; the server stays open for the `with` block.

    Args:
        partition: event, or event in a mode.
        json_file: export to read; with neither file, the newest export of the event.
        csv_file: export to read; where a JSON is given too, only compared with it.
        control: read the control group's file beside it too.
        replace: see `restore.plan`.
        environment: of the graph; empty: as the event's settings say.

    Raises:
        GraphToolError: no such event, file or show in the graph.
        restore.ExportError: a file is no export of this show.
        GraphError: the server refused or failed.
    """
    project = current_project()
    event = _event(partition, project)
    show, folder = event.event.show, project.folder(partition)
    if json_file is None and csv_file is None:
        json_file = _newest(folder)
    given = [path for path in (json_file, csv_file) if path]
    tables = [_agendas(path, show, control=control) for path in given]
    both = restore.differences(*tables) if len(tables) > 1 else None
    schema = build_schema(event.event, event.graph)
    with opened(_target(environment or environment_of(event), project)) as server:
        plan = restore.plan(server.graph, schema, show, tables[0], replace=replace, control=control)
        if plan.visitors.empty:
            raise GraphToolError(
                f"{server.graph.description} holds no visitors of the show {show!r}. Load them first: "
                f"dagster asset materialize --select event/graph_visitors --partition {partition}"
            )
        yield Restoration(server, event, given, plan, both, schema)


def _event(partition: str, project: Project) -> EventConfig:
    try:
        return project.event(partition)
    except ConfigError as error:
        raise GraphToolError(f"config/{event_of(partition)}.yaml has mistakes: pa check-config tells them.") from error
    except KeyError as error:
        raise GraphToolError(str(error.args[0])) from error


def _newest(folder: EventFolder) -> Path:
    latest = folder.recommendations / _LATEST
    if not latest.is_file():
        raise GraphToolError(f"There is no {latest}: no export was made yet. Name a file: --json FILE or --csv FILE.")
    return folder.recommendations / str(read_json(latest)["files"]["json"])


def _agendas(path: Path, show: str, *, control: bool) -> pd.DataFrame:
    """The agendas of an export, with those of the control group where they are wanted."""
    if path.stem.endswith(_CONTROL):
        raise GraphToolError(f"{path} is the control group's file. Name the main file, and say --control.")
    beside = path.parent / "control" / f"{path.stem}{_CONTROL}{path.suffix}"
    tables = [_read(path, show)] + ([_read(beside, show)] if control else [])
    return pd.concat(tables, ignore_index=True)


def _read(path: Path, show: str) -> pd.DataFrame:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GraphToolError(f"{path} cannot be read ({error.strerror}).") from error
    if path.suffix.lower() == ".csv":
        return restore.read_csv(content, str(path), show, control=path.stem.endswith(_CONTROL))
    return restore.read_json(content, str(path), show)


def _made_at(path: Path, time_zone: str) -> dt.datetime:
    """When an export was made, by its name; now where the name does not say."""
    named = _MADE_AT.search(path.name)
    if not named:
        return dt.datetime.now(dt.UTC)
    made = dt.datetime.strptime(named.group(1), "%Y%m%d_%H%M%S").replace(tzinfo=ZoneInfo(time_zone))
    return made.astimezone(dt.UTC)


def _target(environment: str, project: Project) -> GraphTarget:
    return target(environment, project.root, load_secrets(project.root))


def _identity(config: EventConfig, project: Project) -> str | None:
    """Identity of an event's server; None where it has none or where that cannot be told."""
    environment = environment_of(config)
    try:
        return None if environment == NO_SERVER else _target(environment, project).identity
    except GraphError:
        return None


def _production(project: Project) -> str | None:
    try:
        return _target(PROTECTED_ENVIRONMENT, project).identity
    except GraphError:  # no production server is set up
        return None
