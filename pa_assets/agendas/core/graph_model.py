"""The graph of an event: the one place from which loaders are called.

Declaration: `graph_schema`. Nodes and what later steps write on them: `graph_load`. Relationships of people:
`graph_load_edges`. Comparing and writing: `graph_sync`. Mapping tables: `mappings`.
"""

from pa_assets.agendas.core.graph_load import (
    counts,
    create_constraints,
    load_sessions,
    load_visitors,
    write_embeddings,
    write_recommendations,
)
from pa_assets.agendas.core.graph_load_edges import load_job_streams, load_relationships, load_specialisation_streams
from pa_assets.agendas.core.graph_schema import Schema, build_schema, document
from pa_assets.agendas.core.graph_sync import LoadReport
from pa_assets.agendas.core.mappings import MappingError, read_mapping

__all__ = [
    "LoadReport",
    "MappingError",
    "Schema",
    "build_schema",
    "counts",
    "create_constraints",
    "document",
    "load_job_streams",
    "load_relationships",
    "load_sessions",
    "load_specialisation_streams",
    "load_visitors",
    "read_mapping",
    "write_embeddings",
    "write_recommendations",
]
