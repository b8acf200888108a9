"""Who attended what, from badge scans."""

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
from pa_assets.agendas.config import CohortPatterns
from pa_assets.agendas.core.scans import match_attendance, process_entry_scans, process_scans
from pa_assets.agendas.core.tables import ATTENDANCE, COHORTS, ENTRY_SCANS, SCANS
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_parquet


def _by_cohort(event: EventScope, role: str, patterns: CohortPatterns) -> dict[str, pd.DataFrame]:
    rows = {cohort: event.landed(role, getattr(patterns, cohort)) for cohort in COHORTS}
    return {cohort: frame for cohort, frame in rows.items() if frame is not None}


@event_asset(
    group="attendance",
    kinds={"pandas", "parquet", "csv"},
    code_version="1",
    landing=["scans", "scan_reference", "entry_scans"],
    settings=["attendance"],
    table=SCANS,
)
def scans_processed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Badge scans at sessions, joined to the names of the seminars; entrance scans beside them."""
    event = scope(context)
    landing = event.config.landing
    prepared = process_scans(
        _by_cohort(event, "scans", landing.scans),
        _by_cohort(event, "scan_reference", landing.scan_reference),
        event.config.event.time_zone,
    )
    entries = process_entry_scans(event.landed("entry_scans", landing.entry_scans), event.config.event)
    write_parquet(event.folder.table(ENTRY_SCANS.name), entries.table)
    write_table_csv(event.folder.output / "entry_scans.csv", entries.table)
    write_table_csv(event.folder.output / "scans_processed.csv", prepared.table)
    entry_metadata = prepared_metadata(event, "entry_scans", entries)
    return table_result(
        event,
        SCANS,
        prepared.table,
        {
            **prepared_metadata(event, "scans", prepared),
            "entry_scans": len(entries.table),
            **{f"entry_{name}": value for name, value in entry_metadata.items()},
        },
        beside=fingerprint.of_frame(entries.table),
    )


@event_asset(group="attendance", kinds={"pandas", "parquet", "csv"}, code_version="1", table=ATTENDANCE)
def attendance(
    context: dg.AssetExecutionContext,
    scans_processed: pd.DataFrame,
    sessions_processed: pd.DataFrame,
    visitors: pd.DataFrame,
) -> dg.MaterializeResult:
    """Which badge attended which session, and when: scans matched to people and programme slots."""
    event = scope(context)
    prepared = match_attendance(scans_processed, sessions_processed, visitors)
    write_table_csv(event.folder.output / "attendance.csv", prepared.table)
    return table_result(event, ATTENDANCE, prepared.table, prepared_metadata(event, "attendance", prepared))
