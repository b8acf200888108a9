"""Sessions as vectors."""

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import event_asset, scope, table_result
from pa_assets.agendas.assets.graph_writing import write_graph
from pa_assets.agendas.core.embeddings import embed_sessions
from pa_assets.agendas.core.graph.later import embedding_parts
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.streams import load_catalog
from pa_assets.agendas.core.tables import SESSION_EMBEDDINGS
from pa_assets.kit.resources.providers import EncoderProvider, GraphProvider
from pa_assets.kit.vector_cache import VectorCache


@event_asset(
    group="embeddings",
    kinds={"huggingface", "parquet", "neo4j"},
    code_version="2",
    settings=["embeddings", "graph", "streams"],
    after=["streams_catalog", "graph_sessions"],
    table=SESSION_EMBEDDINGS,
)
def session_embeddings(
    context: dg.AssetExecutionContext, sessions_backfilled: pd.DataFrame, encoder: EncoderProvider, graph: GraphProvider
) -> dg.MaterializeResult:
    """One vector per session, also on the graph's nodes; only texts that changed are encoded."""
    event = scope(context)
    config = event.config
    settings = config.embeddings
    descriptions = load_catalog(event.folder.output, config.stream_processing, config.session_output_files)
    result = embed_sessions(
        sessions_backfilled,
        settings,
        descriptions,
        encoder.get(settings.model, settings.device, settings.batch_size),
        VectorCache(event.folder.cache / "embeddings"),
    )
    context.log.info(f"{result.encoded} texts embedded")
    parts = embedding_parts(build_schema(config.event, config.graph), result.table, sessions_backfilled)
    written = write_graph(context, event, graph, "embeddings", parts)
    return table_result(
        event,
        SESSION_EMBEDDINGS,
        result.table,
        {"model": settings.model, "encoded": result.encoded, "reused": result.reused, **written},
    )
