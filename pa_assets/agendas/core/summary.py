"""The processing summary: what each stage of an event counted, in the sections that users of the pipeline know.

Built from the numbers that the assets recorded; nothing is counted again here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Numbers = Mapping[str, Mapping[str, Any]]
"""Asset name -> the numbers it recorded."""

BACKFILL_NAMES = (
    "files_evaluated",
    "files_modified",
    "total_missing_streams",
    "sessions_backfilled",
    "filled_by_person",
    "filled_by_rule",
    "filled_by_classifier",
    "filled_by_model",
    "sessions_without_by_decision",
    "sessions_skipped_empty_synopsis",
    "sessions_skipped_no_candidates",
    "sessions_failed_llm",
    "sessions_unasked_budget",
    "left_for_review",
    "model_calls",
    "model_answers_cached",
    "model_tokens",
    "model_cost",
)


def processing_summary(event: str, mode: str, numbers: Numbers) -> dict[str, Any]:
    """The content of `logs/processing_summary.json`, without a time of day.

    Args:
        event: name of the event.
        mode: what was made.
        numbers: what each asset recorded; an asset that is not there leaves its figures out.
    """
    backfilled = numbers.get("sessions_backfilled", {})
    return {
        "event": event,
        "processing_mode": mode,
        "registration": {
            **_accounting(numbers, "registrations_processed"),
            **_pick(numbers, "visitors", "visitors_this_year", "returning", "with_answers"),
        },
        "scan": {
            **_accounting(numbers, "scans_processed"),
            **_pick(numbers, "scans_processed", "entry_scans"),
            "attendances": numbers.get("attendance", {}).get("row_count"),
        },
        "session": {
            **_accounting(numbers, "sessions_processed"),
            **_pick(numbers, "sessions_processed", "sessions_this_year", "sessions_without_stream"),
            "unique_streams": numbers.get("streams_catalog", {}).get("row_count"),
            "missing_stream_backfill": {name: backfilled[name] for name in BACKFILL_NAMES if name in backfilled},
        },
        "neo4j_visitor": _written(numbers, "graph_visitors"),
        "neo4j_session": _written(numbers, "graph_sessions"),
        "neo4j_job_stream": _written(numbers, "graph_job_streams"),
        "neo4j_specialization_stream": _written(numbers, "graph_specialisation_streams"),
        "neo4j_visitor_relationship": _written(numbers, "graph_visitor_relationships"),
        "session_embedding": _pick(numbers, "session_embeddings", "row_count", "encoded", "reused", "model"),
        "session_recommendation": {
            name: value for name, value in numbers.get("recommendations", {}).items() if isinstance(value, int | float)
        },
        "seconds": {name: values["seconds"] for name, values in numbers.items() if "seconds" in values},
    }


def _pick(numbers: Numbers, asset: str, *names: str) -> dict[str, Any]:
    values = numbers.get(asset, {})
    return {name: values[name] for name in names if name in values}


def _accounting(numbers: Numbers, asset: str) -> dict[str, Any]:
    return _pick(numbers, asset, "rows_in", "row_count", "rows_quarantined", "rows_folded", "quarantined")


def _written(numbers: Numbers, asset: str) -> dict[str, Any]:
    return _pick(numbers, asset, "row_count", "written", "removed", "refused")
