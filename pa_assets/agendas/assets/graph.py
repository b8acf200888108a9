"""The graph: five assets that load it, each by content, each only its own nodes and relationships."""

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import EventScope, event_asset, scope
from pa_assets.agendas.assets.graph_writing import graph_result
from pa_assets.agendas.core.graph import people, programme, twins
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.people import specialisation_column
from pa_assets.agendas.core.streams import load_catalog
from pa_assets.agendas.core.tables import ENTRY_SCANS
from pa_assets.kit.resources.providers import GraphProvider


def _streams(event: EventScope) -> list[str]:
    """Names of the stream nodes."""
    schema = build_schema(event.config.event, event.config.graph)
    table = twins.read(event.folder.graph, schema.stream)
    return [] if table is None else table["stream"].tolist()


@event_asset(group="graph", kinds={"neo4j", "parquet"}, code_version="2", settings=["graph"])
def graph_visitors(
    context: dg.AssetExecutionContext, visitors: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Visitor nodes of this and the last shows."""
    event = scope(context)
    schema = build_schema(event.config.event, event.config.graph)
    return graph_result(context, event, graph, "visitors", people.visitor_parts(schema, visitors))


@event_asset(
    group="graph",
    kinds={"neo4j", "parquet"},
    code_version="2",
    settings=["graph", "streams"],
    after=["streams_catalog"],
)
def graph_sessions(
    context: dg.AssetExecutionContext, sessions_backfilled: pd.DataFrame, graph: GraphProvider
) -> dg.MaterializeResult:
    """Session and stream nodes, and which session belongs to which stream."""
    event = scope(context)
    config = event.config
    schema = build_schema(config.event, config.graph)
    descriptions = load_catalog(event.folder.output, config.stream_processing, config.session_output_files)
    parts = programme.session_parts(schema, sessions_backfilled, descriptions)
    return graph_result(context, event, graph, "sessions", parts)


@event_asset(
    group="graph",
    kinds={"neo4j", "parquet"},
    code_version="2",
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
    parts = programme.job_stream_parts(
        build_schema(config.event, config.graph),
        visitors,
        _streams(event),
        event.mapping(config.landing.mappings.job_to_stream),
        config.graph.job_stream_mapping,
        config.stream_processing.synonyms,
    )
    return graph_result(context, event, graph, "job_streams", parts)


@event_asset(
    group="graph",
    kinds={"neo4j", "parquet"},
    code_version="2",
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
    parts = programme.specialisation_parts(
        build_schema(config.event, config.graph),
        visitors,
        _streams(event),
        event.mapping(config.landing.mappings.specialization_to_stream),
        config.graph.specialization_stream_mapping,
        specialisation_column(config.people, config.graph.specialization_stream_mapping),
        config.stream_processing.synonyms,
    )
    return graph_result(context, event, graph, "specialisation_streams", parts)


@event_asset(
    group="graph",
    kinds={"neo4j", "parquet"},
    code_version="2",
    settings=["graph"],
    after=["graph_visitors", "graph_sessions", "scans_processed"],
)
def graph_visitor_relationships(
    context: dg.AssetExecutionContext,
    visitors: pd.DataFrame,
    sessions_backfilled: pd.DataFrame,
    attendance: pd.DataFrame,
    graph: GraphProvider,
) -> dg.MaterializeResult:
    """Relationships between one person's badges of several years, and from visitors to what they attended."""
    event = scope(context)
    config = event.config
    entries = ENTRY_SCANS.conform(pd.read_parquet(event.folder.table(ENTRY_SCANS.name)))
    schema = build_schema(config.event, config.graph)
    parts = people.relationship_parts(schema, config.event, visitors, sessions_backfilled, attendance, entries)
    return graph_result(context, event, graph, "relationships", parts)
