"""Streams: their catalogue, and the filling of sessions that have none."""

from pa_assets.agendas.core.streams.asking import Asked, Question, ask
from pa_assets.agendas.core.streams.catalog import (
    Catalog,
    Entry,
    cache_json,
    catalog_json,
    describe_streams,
    unique_streams,
)
from pa_assets.agendas.core.streams.catalog_files import (
    CACHE_FILE,
    CatalogError,
    enhanced_files,
    load_catalog,
    read_cache,
    read_catalog,
    written_descriptions,
)
from pa_assets.agendas.core.streams.filling import PERSON, PROGRAMME, Ask, Backfill, backfill

__all__ = [
    "CACHE_FILE",
    "PERSON",
    "PROGRAMME",
    "Ask",
    "Asked",
    "Backfill",
    "Catalog",
    "CatalogError",
    "Entry",
    "Question",
    "ask",
    "backfill",
    "cache_json",
    "catalog_json",
    "describe_streams",
    "enhanced_files",
    "load_catalog",
    "read_cache",
    "read_catalog",
    "unique_streams",
    "written_descriptions",
]
