"""The programme: cleaned sessions, the catalogue of streams, and missing streams filled."""

from functools import partial

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import (
    EventScope,
    event_asset,
    prepared_metadata,
    scope,
    table_result,
    write_table_csv,
)
from pa_assets.agendas.core.embeddings import cached_encode
from pa_assets.agendas.core.sessions import process_programme
from pa_assets.agendas.core.streams import (
    CACHE_FILE,
    backfill,
    cache_json,
    catalog_json,
    describe_streams,
    read_cache,
    written_descriptions,
)
from pa_assets.agendas.core.tables import (
    BACKFILLED_SESSIONS,
    COHORTS,
    LAST_YEAR_MAIN,
    LAST_YEAR_SECONDARY,
    SESSIONS,
    THIS_YEAR,
)
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_json
from pa_assets.kit.resources.providers import EncoderProvider, LanguageModelProvider
from pa_assets.kit.staleness import PATH_METADATA
from pa_assets.kit.vector_cache import VectorCache


def _programme_rows(event: EventScope) -> dict[str, pd.DataFrame]:
    files = event.config.session_files
    absent = files.absent_columns
    rows = {
        THIS_YEAR: event.required("programme", files.session_this, absent),
        LAST_YEAR_MAIN: event.landed("programme", files.session_past_bva, absent),
        LAST_YEAR_SECONDARY: event.landed("programme", files.session_past_lva, absent),
    }
    return {cohort: frame for cohort, frame in rows.items() if frame is not None}


@event_asset(
    group="sessions",
    kinds={"pandas", "parquet"},
    code_version="2",
    landing=["programme"],
    settings=["sessions"],
    table=SESSIONS,
)
def sessions_processed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The programmes of this and the last shows, cleaned: one row per session, placeholders set aside."""
    event = scope(context)
    config = event.config
    prepared = process_programme(
        _programme_rows(event),
        config.event,
        config.sessions,
        config.stream_processing,
        config.session_files.absent_columns,
    )
    table = prepared.table
    missing = table["stream"].eq("")
    return table_result(
        event,
        SESSIONS,
        table,
        {
            **prepared_metadata(event, "sessions", prepared),
            "sessions_this_year": int(table["cohort"].eq(THIS_YEAR).sum()),
            "sessions_without_stream": int(missing.sum()),
        },
    )


@event_asset(
    group="sessions",
    kinds={"json", "openai"},
    code_version="1",
    settings=["streams"],
)
def streams_catalog(
    context: dg.AssetExecutionContext, sessions_processed: pd.DataFrame, language_model: LanguageModelProvider
) -> dg.MaterializeResult:
    """Every stream with a description: by the language model where there is one, else from the sessions' own words."""
    event = scope(context)
    output = event.folder.output
    model = language_model.get(event.project.pipeline.language_model)
    catalog = describe_streams(sessions_processed, read_cache(output), event.config.stream_processing, model)
    for warning in catalog.warnings:
        context.log.warning(warning)
    path = output / event.config.session_output_files.streams_catalog
    write_json(path, catalog_json(catalog), indent=4)
    write_json(output / CACHE_FILE, cache_json(catalog), indent=4)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint.of_json(catalog_json(catalog))),
        metadata={
            PATH_METADATA: event.relative(path),
            "dagster/row_count": len(catalog.entries),
            "language_model": model.model if model else "none: descriptions are extracted",
            "sources": dg.MetadataValue.json(catalog.source_counts),
            "warnings": dg.MetadataValue.json(list(catalog.warnings)),
        },
    )


@event_asset(
    group="sessions",
    kinds={"scikitlearn", "parquet", "csv"},
    code_version="1",
    settings=["streams", "sessions", "embeddings"],
    after=["streams_catalog"],
    table=BACKFILLED_SESSIONS,
)
def sessions_backfilled(
    context: dg.AssetExecutionContext, sessions_processed: pd.DataFrame, encoder: EncoderProvider
) -> dg.MaterializeResult:
    """The sessions with missing streams filled where the classifier is sure enough; the rest stand on a review list."""
    event = scope(context)
    config, output = event.config, event.folder.output
    settings = config.embeddings
    cache = VectorCache(event.folder.cache / "embeddings")
    model = encoder.get(settings.model, settings.device, settings.batch_size)
    known = len(cache)
    filled = backfill(
        sessions_processed,
        written_descriptions(output, config.stream_processing, config.session_output_files),
        config.stream_processing,
        partial(cached_encode, encoder=model, cache=cache),
    )
    names = config.session_output_files.processed_sessions
    for cohort in COHORTS:
        write_table_csv(output / getattr(names, cohort), filled.table[filled.table["cohort"] == cohort])
    write_table_csv(output / "streams_review.csv", filled.review)
    encoded = len(cache) - known
    context.log.info(f"{encoded} texts embedded")
    for warning in filled.warnings:
        context.log.warning(warning)
    return table_result(event, BACKFILLED_SESSIONS, filled.table, {**filled.metrics, "encoded": encoded})
