"""What each step of the managed pipeline leaves about itself, and the marker that says it is complete.

A marker is an asset of its own behind all assets of its step, so that it exists only after their success,
whichever way they were run.
"""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from pa_assets.agendas.assets.common import EventScope, event_asset, scope
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_json, write_text
from pa_assets.kit.staleness import BESIDE_METADATA, PATH_METADATA, Records

MARKER = "complete"

STEP_ASSETS = {
    "data_preparation": (
        "registrations_processed",
        "survey_answers",
        "visitors",
        "scans_processed",
        "attendance",
        "sessions_processed",
        "streams_catalog",
        "sessions_backfilled",
    ),
    "graph_preparation": (
        "graph_visitors",
        "graph_sessions",
        "graph_job_streams",
        "graph_specialisation_streams",
        "graph_visitor_relationships",
    ),
    "session_embeddings": ("session_embeddings",),
    "recommendations": (
        "recommendations",
        "recommendation_exports",
        "pre_show_report",
        "post_show_report",
        "recommendation_quality",
    ),
}
"""Steps in order, each with the assets that it makes."""


def recorded(context: dg.AssetExecutionContext, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Numbers and texts that the latest run of each asset left in its metadata, by asset."""
    records = Records(context.instance)
    found = {}
    for name in names:
        record = records.latest(dg.AssetKey(["event", name]), context.partition_key)
        metadata = record.metadata if record else {}
        found[name] = {
            key.removeprefix("dagster/"): entry.value
            for key, entry in sorted(metadata.items())
            if isinstance(
                entry, dg.IntMetadataValue | dg.FloatMetadataValue | dg.TextMetadataValue | dg.JsonMetadataValue
            )
        }
    return found


def _complete(context: dg.AssetExecutionContext, step: str) -> dg.MaterializeResult:
    event = scope(context)
    folder = event.folder.metadata / step
    statistics = recorded(context, STEP_ASSETS[step])
    marker = folder / MARKER
    marker.unlink(missing_ok=True)
    write_json(
        folder / "metadata.json",
        {
            "event": event.name,
            "step": step,
            "run_id": context.run.run_id,
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "mode": event.config.mode,
            "create_only_new": event.config.create_only_new,
            "files": _files(event, statistics),
            "statistics": statistics,
        },
    )
    write_json(folder / "config_snapshot.json", event.config.model_dump(mode="json"))
    write_text(folder / "summary.txt", _summary(event.name, step, statistics))
    write_text(marker, "complete\n")
    records = Records(context.instance)
    versions = {
        name: records.data_version(dg.AssetKey(["event", name]), event.name) or "" for name in STEP_ASSETS[step]
    }
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint.of_named(versions)),
        metadata={
            PATH_METADATA: event.relative(marker),
            "seconds_in_all": round(sum(numbers.get("seconds", 0.0) for numbers in statistics.values()), 3),
        },
    )


def _files(event: EventScope, statistics: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    named = [numbers[PATH_METADATA] for numbers in statistics.values() if PATH_METADATA in numbers]
    named += [path for numbers in statistics.values() for path in numbers.get(BESIDE_METADATA, ())]
    paths = [event.project.root / path for path in named]
    return [
        {"path": event.relative(path), "bytes": path.stat().st_size, "fingerprint": fingerprint.of_file(path)}
        for path in sorted(set(paths))
        if path.is_file()
    ]


def _summary(event: str, step: str, statistics: dict[str, dict[str, Any]]) -> str:
    lines = [f"{event}: {step}", ""]
    for name, numbers in statistics.items():
        lines.append(name)
        lines += [f"  {key}: {value}" for key, value in numbers.items() if isinstance(value, int | float | str)]
    return "\n".join(lines) + "\n"


@event_asset(group="steps", kinds={"json"}, code_version="1", after=STEP_ASSETS["data_preparation"])
def data_preparation_complete(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Step 1 of 4 is complete: registrations, scans and sessions are prepared."""
    return _complete(context, "data_preparation")


@event_asset(group="steps", kinds={"json"}, code_version="1", after=STEP_ASSETS["graph_preparation"])
def graph_preparation_complete(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Step 2 of 4 is complete: the graph is loaded."""
    return _complete(context, "graph_preparation")


@event_asset(group="steps", kinds={"json"}, code_version="1", after=STEP_ASSETS["session_embeddings"])
def session_embeddings_complete(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Step 3 of 4 is complete: the sessions are embedded."""
    return _complete(context, "session_embeddings")


@event_asset(group="steps", kinds={"json"}, code_version="1", after=STEP_ASSETS["recommendations"])
def recommendations_complete(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Step 4 of 4 is complete: agendas, exports and reports are made."""
    return _complete(context, "recommendations")
