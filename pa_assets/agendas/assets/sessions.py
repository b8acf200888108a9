"""The programme: cleaned sessions, the catalogue of streams, and missing streams filled."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import (
    EventScope,
    event_asset,
    prepared_metadata,
    scope,
    table_result,
)
from pa_assets.agendas.checks import NO_MODEL
from pa_assets.agendas.core.embeddings import cached_encode
from pa_assets.agendas.core.sessions import process_programme
from pa_assets.agendas.core.streams import (
    CACHE_FILE,
    PROGRAMME,
    Ask,
    Asked,
    CatalogError,
    Question,
    ask,
    backfill,
    cache_json,
    catalog_json,
    describe_streams,
    read_cache,
    written_descriptions,
)
from pa_assets.agendas.core.streams.review import decision_notes
from pa_assets.agendas.core.tables import (
    BACKFILLED_SESSIONS,
    COHORTS,
    LAST_YEAR_MAIN,
    LAST_YEAR_SECONDARY,
    SESSIONS,
    THIS_YEAR,
)
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of
from pa_assets.agendas.stream_review import collect_decisions, write_review
from pa_assets.kit import fingerprint
from pa_assets.kit.answer_cache import AnswerCache
from pa_assets.kit.backups import back_up
from pa_assets.kit.files import csv_bytes, write_bytes, write_json
from pa_assets.kit.ports import LanguageModel
from pa_assets.kit.resources.language_model import AbsentLanguageModel
from pa_assets.kit.resources.providers import EncoderProvider, LanguageModelProvider, TrackerProvider
from pa_assets.kit.staleness import PATH_METADATA
from pa_assets.kit.tables import for_spreadsheet
from pa_assets.kit.vector_cache import VectorCache

TRACKED = {
    "session_missing_streams_detected": "total_missing_streams",
    "session_missing_streams_backfilled": "sessions_backfilled",
    "session_missing_streams_skipped_synopsis": "sessions_skipped_empty_synopsis",
    "session_missing_streams_llm_failures": "sessions_failed_llm",
}
"""Name of a metric in the experiment tracker -> what was counted."""

_PREVIEW_ROWS = 30


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
    kinds={"scikitlearn", "openai", "parquet"},
    code_version="2",
    settings=["streams", "sessions", "embeddings"],
    after=["streams_catalog"],
    table=BACKFILLED_SESSIONS,
)
def sessions_backfilled(
    context: dg.AssetExecutionContext,
    sessions_processed: pd.DataFrame,
    encoder: EncoderProvider,
    language_model: LanguageModelProvider,
    tracker: TrackerProvider,
) -> dg.MaterializeResult:
    """The sessions with missing streams filled, each with source, confidence and reason; the rest is up for review.

    By people's decisions, rules, the classifier, and the language model for what these leave.
    """
    event = scope(context)
    config = event.config
    settings = config.embeddings
    cache = VectorCache(event.folder.cache / "embeddings")
    known = len(cache)
    vectors = encoder.get(settings.model, settings.device, settings.batch_size)
    model = language_model.get(event.project.pipeline.language_model)
    descriptions, notes = _descriptions(event)
    decisions = collect_decisions(event.folder, sessions_processed, notes.append)
    notes += decision_notes(sessions_processed, decisions, descriptions)
    filled = backfill(
        sessions_processed,
        descriptions,
        config.stream_processing,
        partial(cached_encode, encoder=vectors, cache=cache),
        _asking(event, model, descriptions),
        decisions,
    )
    _write_programmes(event, filled.table)
    write_review(event.folder, filled.review, sessions_processed)
    encoded = len(cache) - known
    context.log.info(f"{encoded} texts embedded")
    warnings = [*notes, *filled.warnings]
    for warning in warnings:
        context.log.warning(warning)
    metadata = {
        **filled.metrics,
        **_coverage(filled.table),
        "encoded": encoded,
        "strategy": config.stream_processing.backfill.strategy,
        "language_model": model.model if model else NO_MODEL,
        "model_cost": _cost(event, filled.metrics),
        "warnings": dg.MetadataValue.json(warnings),
        "filled": dg.MetadataValue.md(_preview(filled.table)),
        "tracking": _tracked(event, tracker, filled.metrics),
    }
    return table_result(event, BACKFILLED_SESSIONS, filled.table, metadata)


def _write_programmes(event: EventScope, table: pd.DataFrame) -> None:
    """Write the sessions of each cohort for people; a file that changes is copied before."""
    names = event.config.session_output_files.processed_sessions
    for cohort in COHORTS:
        path = event.folder.output / getattr(names, cohort)
        content = csv_bytes(for_spreadsheet(table[table["cohort"] == cohort]))
        back_up(path, content, event.config.stream_processing.backfill.backups)
        write_bytes(path, content)


def _descriptions(event: EventScope) -> tuple[dict[str, str], list[str]]:
    """The catalogue, and why there is none."""
    settings, names = event.config.stream_processing, event.config.session_output_files
    try:
        return written_descriptions(event.folder.output, settings, names), []
    except CatalogError as error:
        return {}, [str(error)]


def _asking(event: EventScope, model: LanguageModel | None, descriptions: dict[str, str]) -> Ask | None:
    """Puts questions to the model. All modes of an event share the answers, so that none is paid for twice.

    Without a model, its earlier answers serve on in a cascade; None where there are none.
    """
    answers = EventFolder(event_of(event.name)).cache / "stream_answers.jsonl"
    alone = event.config.stream_processing.backfill.strategy == "llm_only"
    if model is None and (alone or not answers.is_file()):
        return None
    cache = AnswerCache(answers)
    asking = partial(
        ask,
        descriptions=descriptions,
        model=model or AbsentLanguageModel(event.project.pipeline.language_model.model),
        cache=cache,
        settings=event.config.stream_processing.backfill,
        concurrency=event.project.pipeline.language_model.concurrency,
    )

    def with_progress(questions: Sequence[Question]) -> Asked:
        if not sys.stderr.isatty():
            return asking(questions)
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("Asking for streams", total=len(questions))
            return asking(questions, report=lambda done, total: bar.update(task, completed=done, total=total))

    return with_progress


def _cost(event: EventScope, metrics: Mapping[str, float]) -> float:
    """Cost of the model in the currency of its prices."""
    prices = event.project.pipeline.language_model
    asked = metrics["model_prompt_tokens"] * prices.price_per_million_prompt_tokens
    return round((asked + metrics["model_answer_tokens"] * prices.price_per_million_answer_tokens) / 1e6, 6)


def _coverage(table: pd.DataFrame) -> dict[str, float]:
    """Share of sessions with a stream, by the programme alone and with what was filled."""
    if table.empty:
        return {}
    before, after = table["stream_source"].eq(PROGRAMME), table["stream"].ne("")
    return {"coverage_before": round(float(before.mean()), 4), "coverage_after": round(float(after.mean()), 4)}


def _preview(table: pd.DataFrame) -> str:
    """The first filled sessions as a Markdown table, the least sure ones first."""
    filled = table[~table["stream_source"].isin(["", PROGRAMME])]
    filled = filled.sort_values(["stream_confidence", "cohort", "session_id"], kind="stable").head(_PREVIEW_ROWS)
    columns = ["title", "stream", "stream_source", "stream_confidence", "stream_reason"]
    lines = [columns, ["---"] * len(columns), *filled[columns].astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(cell.replace('|', ' ') for cell in line)} |" for line in lines)


def _tracked(event: EventScope, tracker: TrackerProvider, metrics: Mapping[str, float]) -> str:
    """Log one run where streams were missing; its address."""
    if not metrics["total_missing_streams"]:
        return ""
    store = tracker.get(event.project.pipeline.tracking, event.project.root / "data")
    with store.run(event.name, f"{event.name}/sessions_backfilled", {"event": event.name}) as run:
        run.log_metrics({name: metrics[counted] for name, counted in TRACKED.items()})
    return run.url or ""
