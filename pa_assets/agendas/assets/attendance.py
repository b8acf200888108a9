"""Who attended what, from badge scans."""

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import (
    EventScope,
    event_asset,
    prepared_metadata,
    scope,
    table_result,
    write_known_files,
    write_table_csv,
)
from pa_assets.agendas.config import CohortPatterns
from pa_assets.agendas.core.attendance import match_attendance
from pa_assets.agendas.core.entry_scans import process_entry_scans
from pa_assets.agendas.core.known_scan_files import known_scan_files
from pa_assets.agendas.core.scan_report import match_report, scan_delivery, unmatched_titles
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.sessions.titles import content_markers
from pa_assets.agendas.core.tables import (
    ATTENDANCE,
    COHORTS,
    ENTRY_SCANS,
    MATCH_REPORT,
    PAST_COHORTS,
    SCAN_DELIVERY,
    SCANS,
    THIS_YEAR,
    UNMATCHED_TITLES,
)
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_parquet


def _by_cohort(event: EventScope, role: str, patterns: CohortPatterns) -> dict[str, pd.DataFrame]:
    """Rows of each cohort that has any; of the cohorts that the mode is about."""
    cohorts = PAST_COHORTS if event.config.mode == "engagement" else COHORTS
    rows = {cohort: event.landed(f"{role}/{cohort}", getattr(patterns, cohort)) for cohort in cohorts}
    if event.config.mode == "post_analysis":
        rows[THIS_YEAR] = event.required(f"{role}/{THIS_YEAR}", patterns.this_year)
    return {cohort: frame for cohort, frame in rows.items() if frame is not None}


@event_asset(
    group="attendance",
    kinds={"pandas", "parquet", "csv"},
    code_version="3",
    landing=["scans", "scan_reference", "entry_scans"],
    settings=["attendance"],
    table=SCANS,
)
def scans_processed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Badge scans at sessions, joined to the names of the seminars; entrance scans beside them."""
    event = scope(context)
    config, landing = event.config, event.config.landing
    scan_rows = _by_cohort(event, "scans", landing.scans)
    reference_rows = _by_cohort(event, "scan_reference", landing.scan_reference)
    prepared = process_scans(scan_rows, reference_rows, config.event)
    delivery = scan_delivery(prepared, scan_rows, reference_rows)
    entry_rows = None if config.mode == "engagement" else event.landed("entry_scans", landing.entry_scans)
    entries = process_entry_scans(entry_rows, config.event, config.attendance)
    write_parquet(event.folder.table(ENTRY_SCANS.name), entries.table)
    write_parquet(event.folder.table(SCAN_DELIVERY.name), delivery)
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
        beside=fingerprint.of_text(fingerprint.of_frame(entries.table), fingerprint.of_frame(delivery)),
    )


@event_asset(
    group="attendance",
    kinds={"pandas", "parquet", "csv"},
    code_version="2",
    settings=["attendance"],
    table=ATTENDANCE,
)
def attendance(
    context: dg.AssetExecutionContext,
    scans_processed: pd.DataFrame,
    sessions_processed: pd.DataFrame,
    visitors: pd.DataFrame,
) -> dg.MaterializeResult:
    """Which badge attended which session, and when: scans matched to people and programme slots."""
    event = scope(context)
    config, output = event.config, event.folder.output
    markers = content_markers(config.sessions)
    prepared = match_attendance(scans_processed, sessions_processed, visitors, config.event, markers)
    delivery = SCAN_DELIVERY.conform(pd.read_parquet(event.folder.table(SCAN_DELIVERY.name)))
    report = match_report(delivery, prepared, sessions_processed, markers)
    write_table_csv(output / "attendance.csv", prepared.table)
    write_table_csv(output / f"{MATCH_REPORT.name}.csv", report)
    write_table_csv(output / f"{UNMATCHED_TITLES.name}.csv", unmatched_titles(prepared))
    cohorts = [cohort for cohort in COHORTS if cohort != THIS_YEAR or cohort in set(scans_processed["cohort"])]
    write_known_files(event, known_scan_files(scans_processed, visitors, cohorts))
    return table_result(
        event,
        ATTENDANCE,
        prepared.table,
        {
            **prepared_metadata(event, "attendance", prepared),
            "match_report": dg.MetadataValue.md(report.to_markdown(index=False)),
        },
    )
