"""The check of finished agendas: the tables as they lie on disk, against the settings, seats and bookings in force.

What is wrong with an agenda is told by `core.recommend.check`; here stands only which agendas are held to what.
"""

from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import EventScope, scope
from pa_assets.agendas.checks_tables import asset_key, hold_back
from pa_assets.agendas.core.bookings import read_bookings
from pa_assets.agendas.core.recommend import RUN, check
from pa_assets.agendas.core.recommend.changes import ADDED, NEW
from pa_assets.agendas.core.recommend.incremental import run_fingerprint
from pa_assets.agendas.core.seats import read_seats
from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS, RECOMMENDATIONS, VISITORS
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.project import current_project
from pa_assets.kit.files import read_json
from pa_assets.kit.tables import Table

_COLUMNS = {
    RECOMMENDATIONS: ["badge_id", "session_id", "rank", "score", "reasons", "control_group"],
    BACKFILLED_SESSIONS: ["session_id", "cohort", "starts_at", "ends_at", "theatre__name", "content_group"],
    VISITORS: ["badge_id", "cohort", "assist_year_before"],
}
_MOST_SHOWN = 20


def agendas_hold() -> dg.AssetChecksDefinition:
    """The check, for the location."""

    @dg.asset_check(
        name="agendas_hold",
        asset=asset_key(RECOMMENDATIONS),
        blocking=True,
        partitions_def=event_partitions(current_project()),
        description="Every agenda can be walked, keeps the limits of the show and leaves out what is booked; no "
        "theatre is too small. Written apart from what makes the agendas.",
    )
    def agendas_hold(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        event = scope(context)
        found = _faults(event)
        told = found["kind"].isin(check.INFORMATION)
        # Agendas that were sent stay as they are, also where the programme moved afterwards.
        sent = event.config.mode == "post_analysis"
        result = dg.AssetCheckResult(
            passed=bool(told.all()),
            severity=dg.AssetCheckSeverity.WARN if sent else dg.AssetCheckSeverity.ERROR,
            metadata={
                "faults": int((~told).sum()),
                "by_kind": dg.MetadataValue.json(_counts(found[~told])),
                "for_information": dg.MetadataValue.json(_counts(found[told])),
                "examples": dg.MetadataValue.md(_examples(found[~told])),
            },
        )
        hold_back(context, asset_key(RECOMMENDATIONS), [result])
        return result

    return agendas_hold


def _faults(event: EventScope) -> pd.DataFrame:
    """What is wrong with the agendas of an event in its mode."""
    agendas, sessions, visitors = (_read(event, table) for table in (RECOMMENDATIONS, BACKFILLED_SESSIONS, VISITORS))
    config = event.config
    if config.mode == "post_analysis":
        kept = set(agendas["badge_id"])
        found = check.faults(agendas, sessions, config.recommendations, visitors=visitors, kept=kept)
        # Whose session was cancelled since keeps the other ranks as they were sent.
        return found[found["kind"] != check.RANKS]
    seats = read_seats(event.landed("capacity", config.landing.capacity))
    booked = read_bookings(
        event.landed("bookings/this_year", config.landing.bookings), visitors, sessions, config.event
    )
    run: dict[str, Any] = read_json(event.folder.agendas.statistics).get(RUN, {})
    return check.faults(
        agendas,
        sessions,
        config.recommendations,
        visitors=visitors,
        seats=seats,
        bookings=booked.table,
        kept=_kept(event, agendas, seats, run),
        share_of=run.get("share_of"),
    )


def _kept(event: EventScope, agendas: pd.DataFrame, seats: pd.DataFrame, run: dict[str, Any]) -> set[str]:
    """Badges whose agendas were sent before and stay whatever changed (`create_only_new`)."""
    config = event.config
    everybody = set(agendas["badge_id"])
    if not config.create_only_new:
        return set()
    told = run.get("kept", {})
    if told.get("run") != run_fingerprint(config.recommendations, seats, config.event.show):
        # Nothing was made under the settings of today: what is told is of the run that made the agendas.
        return everybody
    if told["all_made_anew_because"]:
        return set()
    changes = pd.read_parquet(event.folder.agendas.changes)
    return everybody - set(changes.loc[changes["change"].isin((NEW, ADDED)), "badge_id"])


def _read(event: EventScope, table: Table) -> pd.DataFrame:
    return pd.read_parquet(event.folder.table(table.name), columns=_COLUMNS[table])


def _counts(found: pd.DataFrame) -> dict[str, int]:
    return {str(kind): int(number) for kind, number in found["kind"].value_counts().sort_index().items()}


def _examples(found: pd.DataFrame) -> str:
    """The first faults, without whose they are."""
    shown = found[["kind", "session_id", "detail"]].drop_duplicates().head(_MOST_SHOWN)
    return str(shown.to_markdown(index=False)) if len(shown) else "None."
