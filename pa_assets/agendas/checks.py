"""Asset checks: claims about an event's outputs. Blocking ones stop what comes after; the others warn.

Those that follow from the declaration of a table are made in `checks_tables`, that of agendas in `checks_agendas`; here
stand the other claims about one asset.
"""

from collections.abc import Iterable

import dagster as dg
import pandas as pd

from pa_assets.agendas.checks_agendas import agendas_hold
from pa_assets.agendas.checks_tables import asset_key, profile_before, recorded, table_checks
from pa_assets.agendas.core.streams import PERSON
from pa_assets.agendas.core.tables import (
    ATTENDANCE,
    BACKFILLED_SESSIONS,
    ENTRY_SCANS,
    RECOMMENDATIONS,
    REGISTRATIONS,
    SCANS,
    SESSION_EMBEDDINGS,
    SESSIONS,
    SURVEY_ANSWERS,
    THIS_YEAR,
    VISITORS,
)
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.project import current_project
from pa_assets.kit.tables import Table

LEAST_MATCHED_SCANS = 0.5
MOST_SESSIONS_WITHOUT_STREAM = 0.2
LEAST_ANSWERED = 0.5
NO_MODEL = "none"
"""What `sessions_backfilled` records as its language model where there is none."""
MOST_ANSWERS_LOST = 0.1
"""Of the share of visitors with answers, since the last other content: 10 points."""

CHECKED_TABLES = {
    REGISTRATIONS: {"": REGISTRATIONS},
    SURVEY_ANSWERS: {"": SURVEY_ANSWERS},
    VISITORS: {},
    SCANS: {"": SCANS, "entry_": ENTRY_SCANS},
    ATTENDANCE: {"": ATTENDANCE},
    SESSIONS: {"": SESSIONS},
    BACKFILLED_SESSIONS: {},
    SESSION_EMBEDDINGS: {},
    RECOMMENDATIONS: {},
}
"""Tables that are assets, and whose rows must add up there, by prefix of what the asset recorded of the delivery."""


def _read(partition: str, table: Table, columns: Iterable[str]) -> pd.DataFrame:
    return pd.read_parquet(current_project().folder(partition).table(table.name), columns=list(columns))


def event_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of the location."""
    partitions = event_partitions(current_project())

    @dg.asset_check(
        asset=asset_key(VISITORS),
        partitions_def=partitions,
        description="Most of this year's visitors answered the survey, and not many fewer than before.",
    )
    def enough_answers(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        visitors = _read(context.partition_key, VISITORS, ("cohort", "has_answers"))
        here = visitors.loc[visitors["cohort"].eq(THIS_YEAR), "has_answers"]
        share = float(here.mean()) if len(here) else 1.0
        before = _share_answered_before(context)
        lost = before is not None and before - share > MOST_ANSWERS_LOST
        return dg.AssetCheckResult(
            passed=share >= LEAST_ANSWERED and not lost,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "visitors": len(here),
                "with_answers": int(here.sum()),
                "share": round(share, 4),
                **({} if before is None else {"share_before": round(before, 4)}),
            },
        )

    @dg.asset_check(
        asset=asset_key(ATTENDANCE),
        partitions_def=partitions,
        description="Most scans could be matched to a session and a visitor.",
    )
    def most_scans_are_matched(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        partition = context.partition_key
        scans = len(_read(partition, SCANS, SCANS.key))
        matched = int(_read(partition, ATTENDANCE, ["scans"])["scans"].sum())
        share = matched / scans if scans else 1.0
        reasons = recorded(context.instance, asset_key(ATTENDANCE), partition).get("quarantined", {})
        return dg.AssetCheckResult(
            passed=share >= LEAST_MATCHED_SCANS,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "scans": scans,
                "matched": matched,
                "unmatched": scans - matched,
                "share": round(share, 4),
                "unmatched_by_reason": dg.MetadataValue.json(reasons),
            },
        )

    @dg.asset_check(
        asset=asset_key(BACKFILLED_SESSIONS),
        partitions_def=partitions,
        description="Few sessions are left without a stream; output/streams_review.csv lists them.",
    )
    def sessions_have_streams(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        sessions = _read(context.partition_key, BACKFILLED_SESSIONS, ["stream", "stream_source"])
        # A person may say that a session has none.
        without = int((sessions["stream"].eq("") & sessions["stream_source"].ne(PERSON)).sum())
        share = without / len(sessions) if len(sessions) else 0.0
        return dg.AssetCheckResult(
            passed=share <= MOST_SESSIONS_WITHOUT_STREAM,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"sessions": len(sessions), "without_stream": without, "share": round(share, 4)},
        )

    @dg.asset_check(
        asset=asset_key(BACKFILLED_SESSIONS),
        partitions_def=partitions,
        description="The language model answered for every session that backfill.strategy left to it.",
    )
    def the_model_was_there(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        metadata = recorded(context.instance, asset_key(BACKFILLED_SESSIONS), context.partition_key)
        wanted = int(metadata.get("sessions_for_model", 0))
        absent = metadata.get("language_model") == NO_MODEL
        faults = {name: int(metadata.get(name, 0)) for name in ("sessions_failed_llm", "sessions_unasked_budget")}
        return dg.AssetCheckResult(
            passed=not wanted or not (absent or any(faults.values())),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "strategy": str(metadata.get("strategy")),
                "language_model": str(metadata.get("language_model")),
                "sessions_for_model": wanted,
                "without_answer": wanted if absent else sum(faults.values()),
                **faults,
            },
        )

    @dg.asset_check(
        asset=dg.AssetKey(["event", "streams_catalog"]),
        partitions_def=partitions,
        description="Streams are described by a language model or a person, not extracted from the sessions' words.",
    )
    def streams_are_described(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        metadata = recorded(context.instance, dg.AssetKey(["event", "streams_catalog"]), context.partition_key)
        sources = metadata.get("sources", {})
        return dg.AssetCheckResult(
            passed=not sources.get("extracted"),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"language_model": str(metadata.get("language_model")), "sources": dg.MetadataValue.json(sources)},
        )

    return [
        *(table_checks(table, accounts) for table, accounts in CHECKED_TABLES.items()),
        enough_answers,
        most_scans_are_matched,
        streams_are_described,
        sessions_have_streams,
        the_model_was_there,
        agendas_hold(),
    ]


def _share_answered_before(context: dg.AssetCheckExecutionContext) -> float | None:
    """Share of this year's visitors with answers at the last other content; None where that is not known."""
    known = profile_before(context.instance, asset_key(VISITORS), context.partition_key)
    visitors = known[1]["rows"].get(THIS_YEAR, 0) if known else 0
    return known[1]["filled"][THIS_YEAR]["has_answers"] / visitors if known and visitors else None
