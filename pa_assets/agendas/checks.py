"""Asset checks: claims about an event's outputs. Blocking ones stop what comes after; the others warn."""

from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.core.recommend import clashes
from pa_assets.agendas.core.tables import ATTENDANCE, BACKFILLED_SESSIONS, RECOMMENDATIONS, SCANS, THIS_YEAR, VISITORS
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.project import current_project
from pa_assets.kit.staleness import Records
from pa_assets.kit.tables import Table

LEAST_MATCHED_SCANS = 0.5
MOST_SESSIONS_WITHOUT_STREAM = 0.2


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["event", name])


def _read(event: str, table: Table) -> pd.DataFrame:
    return pd.read_parquet(EventFolder(event).table(table.name))


def _accounting_check(name: str) -> dg.AssetChecksDefinition:
    """Rows in = rows out + set aside + folded, from what the asset recorded and what lies on disk."""

    @dg.asset_check(
        asset=_key(name),
        name="rows_add_up",
        blocking=True,
        partitions_def=event_partitions(current_project()),
        description="Every delivered row is in the table, in the quarantine, or folded into another row.",
    )
    def rows_add_up(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.partition_key
        record = Records(context.instance).latest(_key(name), event)
        metadata: dict[str, Any] = {key: entry.value for key, entry in record.metadata.items()} if record else {}
        rows_out = len(pd.read_parquet(EventFolder(event).table(name)))
        quarantine = pd.read_csv(current_project().root / str(metadata["quarantine"]), dtype=str)
        accounted = rows_out + len(quarantine) + int(metadata["rows_folded"])
        return dg.AssetCheckResult(
            passed=int(metadata["rows_in"]) == accounted,
            metadata={
                "rows_in": int(metadata["rows_in"]),
                "rows_out": rows_out,
                "quarantined": len(quarantine),
                "folded": int(metadata["rows_folded"]),
            },
        )

    return rows_add_up


def event_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of the location."""
    partitions = event_partitions(current_project())

    @dg.asset_check(
        asset=_key("attendance"),
        partitions_def=partitions,
        description="Most scans could be matched to a session and a visitor.",
    )
    def most_scans_are_matched(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.partition_key
        scans, attended = len(_read(event, SCANS)), int(_read(event, ATTENDANCE)["scans"].sum())
        share = attended / scans if scans else 1.0
        return dg.AssetCheckResult(
            passed=share >= LEAST_MATCHED_SCANS,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"scans": scans, "matched": attended, "share": round(share, 4)},
        )

    @dg.asset_check(
        asset=_key("sessions_backfilled"),
        partitions_def=partitions,
        description="Few sessions are left without a stream; output/streams_review.csv lists them.",
    )
    def sessions_have_streams(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        sessions = _read(context.partition_key, BACKFILLED_SESSIONS)
        without = int(sessions["stream"].eq("").sum())
        share = without / len(sessions) if len(sessions) else 0.0
        return dg.AssetCheckResult(
            passed=share <= MOST_SESSIONS_WITHOUT_STREAM,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"sessions": len(sessions), "without_stream": without, "share": round(share, 4)},
        )

    @dg.asset_check(
        asset=_key("recommendations"),
        blocking=True,
        partitions_def=partitions,
        description="No two sessions of one agenda overlap, and every visitor and session recommended exists.",
    )
    def agendas_hold(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = context.partition_key
        agendas, sessions, visitors = (
            _read(event, table) for table in (RECOMMENDATIONS, BACKFILLED_SESSIONS, VISITORS)
        )
        here = sessions[sessions["cohort"] == THIS_YEAR]
        strangers = ~agendas["badge_id"].isin(visitors.loc[visitors["cohort"] == THIS_YEAR, "badge_id"])
        unknown = ~agendas["session_id"].isin(here["session_id"])
        travel = current_project().event(event).recommendations.travel_minutes
        overlapping = clashes(agendas, here, travel)
        return dg.AssetCheckResult(
            passed=overlapping.empty and not strangers.any() and not unknown.any(),
            metadata={
                "clashes": len(overlapping),
                "unknown_visitors": int(strangers.sum()),
                "unknown_sessions": int(unknown.sum()),
            },
        )

    @dg.asset_check(
        asset=_key("streams_catalog"),
        partitions_def=partitions,
        description="Streams are described by a language model or a person, not extracted from the sessions' words.",
    )
    def streams_are_described(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        record = Records(context.instance).latest(_key("streams_catalog"), context.partition_key)
        metadata: dict[str, Any] = {key: entry.value for key, entry in record.metadata.items()} if record else {}
        sources = metadata.get("sources", {})
        return dg.AssetCheckResult(
            passed=not sources.get("extracted"),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"language_model": str(metadata.get("language_model")), "sources": dg.MetadataValue.json(sources)},
        )

    accounted = ("registrations_processed", "scans_processed", "sessions_processed")
    return [
        *(_accounting_check(name) for name in accounted),
        most_scans_are_matched,
        streams_are_described,
        sessions_have_streams,
        agendas_hold,
    ]
