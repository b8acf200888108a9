"""The graph: five assets that load it, each by content, each only its own nodes and relationships."""

from collections.abc import Callable, Sequence

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import EventScope, event_asset, scope
from pa_assets.agendas.core import graph_model
from pa_assets.agendas.core.graph_model import LoadReport
from pa_assets.agendas.core.mappings import read_mapping
from pa_assets.agendas.core.people import specialisation_column
from pa_assets.agendas.core.streams import load_catalog
from pa_assets.agendas.core.tables import ENTRY_SCANS
from pa_assets.kit.ports import Graph
from pa_assets.kit.resources.providers import GraphProvider


def _load(event: EventScope, provider: GraphProvider, load: Callable[[Graph], LoadReport]) -> dg.MaterializeResult:
    """Open the event's graph, load, and tell what was written; the version is that of the nodes and edges given."""
    with provider.open(event.config.graph.environment) as server:
        report = load(server)
        where = server.description
    return dg.MaterializeResult(
        data_version=dg.DataVersion(report.version),
        metadata={
            "dagster/row_count": report.given,
            "written": report.written,
            "removed": report.removed,
            "refused": dg.MetadataValue.json(dict(report.refused)),
            "server": where,
        },
    )


def _mapping(event: EventScope, patterns: Sequence[str]) -> pd.DataFrame:
    return read_mapping(event.landed("mappings", patterns))


@event_asset(group="graph", kinds={"neo4j"}, code_version="1", settings=["graph"])
def graph_visitors(
    context: dg.AssetExecutionContext, visitors: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Visitor nodes of this and the last shows."""
    event = scope(context)
    config = event.config
    return _load(event, graph, lambda server: graph_model.load_visitors(server, config.event, config.graph, visitors))


@event_asset(group="graph", kinds={"neo4j"}, code_version="1", settings=["graph", "streams"], after=["streams_catalog"])
def graph_sessions(
    context: dg.AssetExecutionContext, sessions_backfilled: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Session and stream nodes, and which session belongs to which stream."""
    event = scope(context)
    config = event.config
    descriptions = load_catalog(event.folder.output, config.stream_processing, config.session_output_files)
    return _load(
        event,
        graph,
        lambda server: graph_model.load_sessions(server, config.event, config.graph, sessions_backfilled, descriptions),
    )


@event_asset(
    group="graph",
    kinds={"neo4j"},
    code_version="1",
    landing=["mappings"],
    settings=["graph", "streams"],
    after=["graph_visitors", "graph_sessions"],
)
def graph_job_streams(
    context: dg.AssetExecutionContext, visitors: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Relationships from visitors to the streams of their job role."""
    event = scope(context)
    config = event.config
    mapping = _mapping(event, config.landing.mappings.job_to_stream)
    return _load(
        event,
        graph,
        lambda server: graph_model.load_job_streams(
            server, config.event, config.graph, visitors, mapping, config.stream_processing.synonyms
        ),
    )


@event_asset(
    group="graph",
    kinds={"neo4j"},
    code_version="1",
    landing=["mappings"],
    settings=["graph", "streams"],
    after=["graph_visitors", "graph_sessions"],
)
def graph_specialisation_streams(
    context: dg.AssetExecutionContext, visitors: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Relationships from visitors to the streams of their specialisation."""
    event = scope(context)
    config = event.config
    mapping = _mapping(event, config.landing.mappings.specialization_to_stream)
    column = specialisation_column(config.people, config.graph.specialization_stream_mapping)
    return _load(
        event,
        graph,
        lambda server: graph_model.load_specialisation_streams(
            server, config.event, config.graph, visitors, mapping, column, config.stream_processing.synonyms
        ),
    )


@event_asset(
    group="graph",
    kinds={"neo4j"},
    code_version="1",
    settings=["graph"],
    after=["graph_visitors", "graph_sessions", "scans_processed"],
)
def graph_visitor_relationships(
    context: dg.AssetExecutionContext, visitors: pd.DataFrame, attendance: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Relationships between one person's badges of several years, and from visitors to what they attended."""
    event = scope(context)
    config = event.config
    entries = ENTRY_SCANS.conform(pd.read_parquet(event.folder.table(ENTRY_SCANS.name)))
    return _load(
        event,
        graph,
        lambda server: graph_model.load_relationships(
            server, config.event, config.graph, visitors, attendance, entries
        ),
    )
