"""The graph of an event against the tables that its last loads left below `output/graph`: what the project adds.

Comparing and mending are `core.graph.compare`; here are the settings, the files, the server and the clock.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pa_assets.agendas.config_files import ConfigError
from pa_assets.agendas.core.graph import twins
from pa_assets.agendas.core.graph.compare import Comparison, compare, mend
from pa_assets.agendas.core.graph.declaration import Schema
from pa_assets.agendas.core.graph.parts import LoadReport
from pa_assets.agendas.core.graph.schema import AGENDA_MARKS, build_schema
from pa_assets.agendas.externals import environment_of
from pa_assets.agendas.graph_tools import GraphToolError, OpenGraph, only_target, opened
from pa_assets.agendas.project import current_project
from pa_assets.kit.resources.graph_targets import NO_SERVER


@dataclass(frozen=True)
class GraphAndTables:
    """A connected server, and the tables that it should equal."""

    open: OpenGraph
    show: str
    schema: Schema
    tables: Mapping[str, pd.DataFrame]

    def compare(self) -> Comparison:
        """Read everything back and compare it.

        Raises:
            GraphError: refused or failed; the message says what to do.
        """
        return compare(self.open.graph, self.show, self.schema, self.tables)

    def mend(self, found: Comparison) -> LoadReport:
        """Let the graph hold what the tables say; agendas that were gone get the time of now.

        Raises:
            GraphError: refused or failed; the message says what to do.
        """
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        stamps: dict[str, dict[str, Any]] = {
            edge.name: {item.name: now for item in edge.stamps} for edge in self.schema.relationships
        }
        if AGENDA_MARKS in self.tables:
            has = self.tables[AGENDA_MARKS]["has_recommendation"].map({"1": now, "0": None}).astype(object)
            stamps[AGENDA_MARKS] = {item.name: has for item in self.schema.layer(AGENDA_MARKS).stamps}
        mark = f"{uuid.uuid4().hex[:8]}-mended"
        return mend(self.open.graph, found, self.tables, load_id=mark, stamps=stamps)


@contextmanager
def graph_and_tables(partition: str, environment: str = "") -> Iterator[GraphAndTables]:
    """The graph of an event and its tables; the server stays open for the `with` block.

    Args:
        partition: event, or event in a mode.
        environment: of the graph; empty: as the event's settings say.

    Raises:
        GraphToolError: no such event, no server, or nothing was loaded yet.
        GraphError: the server refused or failed.
    """
    project = current_project()
    try:
        event, folder = project.event(partition), project.folder(partition).graph
    except ConfigError as error:
        raise GraphToolError(f"The settings of {partition} have mistakes: pa check-config tells them.") from error
    except KeyError as error:
        raise GraphToolError(str(error.args[0])) from error
    environment = environment or environment_of(event)
    if environment == NO_SERVER:
        raise GraphToolError(f"{partition} has no graph server (graph.environment: none). Name one: --environment.")
    schema = build_schema(event.event, event.graph)
    tables = twins.tables(folder, schema.elements)
    if not tables:
        raise GraphToolError(
            f"There is no table in {folder}: nothing was loaded yet. Load it: "
            f"dagster asset materialize --select event/graph_visitors --partition {partition}"
        )
    with opened(only_target(environment)) as server:
        yield GraphAndTables(server, event.event.show, schema, tables)
