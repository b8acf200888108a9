"""Streams: their catalogue, and the filling of sessions that have none."""

from pa_assets.agendas.core.streams.catalog import (
    Catalog,
    Entry,
    cache_json,
    catalog_json,
    describe_streams,
    unique_streams,
)
from pa_assets.agendas.core.streams.catalog_files import CatalogError, load_catalog, read_catalog
from pa_assets.agendas.core.streams.filling import Backfill, backfill

__all__ = [
    "Backfill",
    "Catalog",
    "CatalogError",
    "Entry",
    "backfill",
    "cache_json",
    "catalog_json",
    "describe_streams",
    "load_catalog",
    "read_catalog",
    "unique_streams",
]
