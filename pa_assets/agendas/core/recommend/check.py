"""A checker of finished agendas, written apart from the solver: it looks at tables and shares no code with it."""

from __future__ import annotations

import pandas as pd


def clashes(recommendations: pd.DataFrame, sessions: pd.DataFrame, travel_minutes: int = 0) -> pd.DataFrame:
    """Pairs of sessions in one agenda that no visitor can attend both; empty when all is well.

    Two sessions clash when one starts before the other has ended, plus `travel_minutes` where both theatres are
    known and differ. Sessions without start or end cannot be told to clash; none counts as shorter than a minute.

    Args:
        recommendations: table `recommendations`.
        sessions: table `sessions_backfilled` or `sessions_processed`; only this year's rows count.
        travel_minutes: as in the settings.

    Returns:
        One row per pair: badge_id, session_id, other_session_id, kind (`time` or `travel`).
    """
    minute = pd.Timedelta(minutes=1)
    columns = ["session_id", "starts_at", "ends_at", "theatre__name"]
    programme = sessions.loc[sessions["cohort"].eq("this_year"), columns].dropna(subset=["starts_at", "ends_at"])
    shortest_end = programme["starts_at"] + minute
    programme = programme.assign(ends_at=programme["ends_at"].where(programme["ends_at"] > shortest_end, shortest_end))
    agenda = recommendations[["badge_id", "session_id"]].merge(programme, on="session_id")
    agenda = agenda.sort_values(["badge_id", "starts_at", "session_id"], kind="stable").reset_index(drop=True)
    longest = int(agenda.groupby("badge_id").size().max()) if len(agenda) else 0
    found = [_pairs(agenda, distance, travel_minutes) for distance in range(1, longest)]
    columns = ["badge_id", "session_id", "other_session_id", "kind"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame({name: [] for name in columns})


def _pairs(agenda: pd.DataFrame, distance: int, travel_minutes: int) -> pd.DataFrame:
    """Clashes between each session and the one `distance` rows further in the same agenda."""
    later = agenda.shift(-distance)
    same = agenda["badge_id"].eq(later["badge_id"])
    here, there = agenda["theatre__name"], later["theatre__name"].fillna("")
    moves = here.ne("") & there.ne("") & here.str.casefold().ne(there.str.casefold())
    overlap = same & (later["starts_at"] < agenda["ends_at"])
    hurry = same & moves & (later["starts_at"] < agenda["ends_at"] + pd.Timedelta(minutes=travel_minutes))
    rows = overlap | hurry
    return pd.DataFrame(
        {
            "badge_id": agenda.loc[rows, "badge_id"],
            "session_id": agenda.loc[rows, "session_id"],
            "other_session_id": later.loc[rows, "session_id"],
            "kind": overlap[rows].map({True: "time", False: "travel"}),
        }
    )
