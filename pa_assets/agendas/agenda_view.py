"""One visitor's agenda as people read it in a terminal. Reads the outputs of an event; makes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS, RECOMMENDATIONS, THIS_YEAR
from pa_assets.agendas.project import current_project


class NoAgendaError(LookupError):
    """There is no agenda to show; the message says why and what to do."""


@dataclass(frozen=True)
class AgendaLine:
    """One session of an agenda."""

    day: str
    time: str
    theatre: str
    title: str
    score: float
    reason: str


def agenda(event: str, badge: str | None = None) -> tuple[str, list[AgendaLine]]:
    """A visitor's badge and agenda in the order of the day; without a badge, of the visitor with most to attend.

    Raises:
        NoAgendaError: nothing was recommended yet, or nothing to this badge.
    """
    folder = current_project().folder(event)
    path = folder.table(RECOMMENDATIONS.name)
    if not path.is_file():
        raise NoAgendaError(
            f"{event} has no recommendations yet. Make them: dagster asset materialize --select recommendations"
        )
    agendas = pd.read_parquet(path)
    if badge is None:
        if agendas.empty:
            raise NoAgendaError(f"{event}: no visitor has an agenda; see reports/pre_show.html in its data folder.")
        counts = agendas["badge_id"].value_counts()
        badge = min(counts[counts == counts.max()].index)
    own = agendas[agendas["badge_id"] == badge]
    if own.empty:
        raise NoAgendaError(f"{event}: badge {badge} has no agenda. Badges are those of this year's show.")
    sessions = pd.read_parquet(folder.table(BACKFILLED_SESSIONS.name))
    rows = own.merge(sessions[sessions["cohort"] == THIS_YEAR], on="session_id")
    records: list[dict[Any, Any]] = rows.sort_values(["starts_at", "session_id"]).to_dict("records")
    return badge, [
        AgendaLine(
            row["date"],
            f"{row['start_time'][:5]}-{row['end_time'][:5]}",
            row["theatre__name"],
            row["title"],
            row["score"],
            row["reasons"][0],
        )
        for row in records
    ]
