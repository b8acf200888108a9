"""Changes: what differs between the agendas of the run before and those of this one, and why as far as known.

Compares tables alone, so the list is true whatever way the agendas were made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Flags, Numbers, Words
from pa_assets.agendas.core.tables import THIS_YEAR

COLUMNS = ["badge_id", "change", "session_id", "detail"]

GONE, NEW, REMOVED, ADDED, GROUP = "gone", "new", "removed", "added", "group"
KINDS = (GONE, NEW, REMOVED, ADDED, GROUP)
"""In the order in which they are listed for one badge."""

PROGRAMME_COLUMNS = ["session_id", "starts_at", "ends_at", "theatre__name"]

NOT_REGISTERED = "no longer registered"
LEFT = "the session left the programme"
CAME = "the session is new in the programme"
MOVED_IN_TIME = "the session moved to another time"
MOVED_IN_SPACE = "the session moved to another theatre"
OTHERWISE = "the agenda was made anew"
INTO_CONTROL, OUT_OF_CONTROL = "now in the control group", "no longer in the control group"


def programme_of(sessions: pd.DataFrame) -> pd.DataFrame:
    """What the next run needs of this year's programme to tell which sessions moved, by session."""
    here = sessions.loc[sessions["cohort"].eq(THIS_YEAR), PROGRAMME_COLUMNS]
    return here.sort_values("session_id", kind="stable").reset_index(drop=True)


def list_changes(
    previous: pd.DataFrame | None,
    table: pd.DataFrame,
    without: pd.DataFrame,
    programme_before: pd.DataFrame | None,
    programme: pd.DataFrame,
    causes: pd.Series[str],
) -> pd.DataFrame:
    """What changed, a row per badge and change.

    Args:
        previous: table RECOMMENDATIONS of the run before; None: there was none, and nothing is listed.
        table: RECOMMENDATIONS of this run.
        without: badge_id and reason of visitors without an agenda now.
        programme_before: `programme_of` the run before; None: not known, so moved sessions cannot be told.
        programme: `programme_of` this run.
        causes: why an agenda did not stay, by badge, as `Incremental.causes` gives them.

    Returns:
        Columns badge_id, change, session_id, detail. `new` and `gone`: the visitor has an agenda now and had none,
        or the other way round, without a session. `removed` and `added`: a session of somebody who has an agenda in
        both runs. `group`: into or out of the control group.
    """
    if previous is None:
        return pd.DataFrame(columns=COLUMNS, dtype=object)
    before, now, badges = _numbered(previous, table)
    known = {} if programme_before is None else _moves(programme_before, programme)
    parts = [
        _gone(badges[before.has & ~now.has], without),
        _listed(badges[now.has & ~before.has], NEW),
        _otherwise(previous[before.has_both(now) & ~before.in_(now)], REMOVED, known, causes),
        _otherwise(table[now.has_both(before) & ~now.in_(before)], ADDED, known, causes),
        _groups(before, now, badges),
    ]
    listed = pd.concat(parts, ignore_index=True)
    order = listed["change"].map({kind: place for place, kind in enumerate(KINDS)})
    return (
        listed.assign(order=order)
        .sort_values(["badge_id", "order", "session_id"], kind="stable", ignore_index=True)[COLUMNS]
        .astype(object)
    )


def summary(changes: pd.DataFrame) -> dict[str, int]:
    """Counts for the statistics: visitors by kind of change, and sessions added and removed."""
    visitors = changes.groupby("change")["badge_id"].nunique()
    rows = changes["change"].value_counts()
    both = changes["change"].isin([ADDED, REMOVED])
    return {
        "visitors_new": int(visitors.get(NEW, 0)),
        "visitors_gone": int(visitors.get(GONE, 0)),
        "visitors_changed": int(changes.loc[both, "badge_id"].nunique()),
        "sessions_added": int(rows.get(ADDED, 0)),
        "sessions_removed": int(rows.get(REMOVED, 0)),
        "groups_changed": int(visitors.get(GROUP, 0)),
    }


@dataclass(frozen=True)
class _Run:
    """The rows of one table of recommendations as numbers; B badges of both tables."""

    badge: Numbers
    pair: Numbers
    """Number of badge and session together."""
    has: Flags
    """B: who has an agenda."""
    control: Flags
    """B: who is in the control group."""

    def has_both(self, other: _Run) -> Flags:
        """Rows whose visitor has an agenda in both runs."""
        return np.asarray(other.has[self.badge])

    def in_(self, other: _Run) -> Flags:
        """Rows whose badge and session stand in the other run too."""
        return np.asarray(pd.Series(self.pair).isin(other.pair))


def _numbered(previous: pd.DataFrame, table: pd.DataFrame) -> tuple[_Run, _Run, Words]:
    """Both tables as numbers, and the badges that these are of."""
    badge, badges = pd.factorize(pd.concat([previous["badge_id"], table["badge_id"]]).to_numpy(dtype=object))
    session, sessions = pd.factorize(pd.concat([previous["session_id"], table["session_id"]]).to_numpy(dtype=object))
    runs = []
    for frame, here in ((previous, slice(0, len(previous))), (table, slice(len(previous), None))):
        has, control = np.zeros(len(badges), dtype=bool), np.zeros(len(badges), dtype=bool)
        has[badge[here]] = True
        control[badge[here]] = frame["control_group"].to_numpy(dtype=bool)
        runs.append(_Run(badge[here], badge[here] * len(sessions) + session[here], has, control))
    return runs[0], runs[1], np.asarray(badges, dtype=object)


def _listed(badges: Words, change: str, session: Words | str = "", detail: Words | str = "") -> pd.DataFrame:
    frame = pd.DataFrame({"badge_id": badges})
    return frame.assign(change=change, session_id=session, detail=detail).astype(object)


def _gone(badges: Words, without: pd.DataFrame) -> pd.DataFrame:
    reason = without.drop_duplicates("badge_id").set_index("badge_id")["reason"]
    return _listed(badges, GONE, detail=reason.reindex(badges).fillna(NOT_REGISTERED).to_numpy(dtype=object))


def _groups(before: _Run, now: _Run, badges: Words) -> pd.DataFrame:
    changed = before.has & now.has & (before.control != now.control)
    detail = np.where(now.control[changed], INTO_CONTROL, OUT_OF_CONTROL).astype(object)
    return _listed(badges[changed], GROUP, detail=detail)


def _otherwise(rows: pd.DataFrame, change: str, known: dict[str, str], causes: pd.Series[str]) -> pd.DataFrame:
    """Sessions removed or added; what happened to the session itself explains most."""
    cause = rows["badge_id"].map(causes).fillna("").replace("", OTHERWISE)
    detail = rows["session_id"].map(known).fillna(cause)
    columns = (column.to_numpy(dtype=object) for column in (rows["session_id"], detail))
    return _listed(rows["badge_id"].to_numpy(dtype=object), change, *columns)


def _moves(before: pd.DataFrame, now: pd.DataFrame) -> dict[str, str]:
    """What happened to sessions that are not as they were, by session."""
    both = before.merge(now, on="session_id", how="outer", suffixes=("_before", ""), indicator="where")

    def differs(column: str) -> Flags:
        one, other = both[f"{column}_before"], both[column]
        return (one.ne(other) & ~(one.isna() & other.isna())).to_numpy(dtype=bool)

    happened = np.select(
        [
            both["where"].eq("left_only"),
            both["where"].eq("right_only"),
            differs("starts_at") | differs("ends_at"),
            differs("theatre__name"),
        ],
        [LEFT, CAME, MOVED_IN_TIME, MOVED_IN_SPACE],
        "",
    )
    return {session: text for session, text in zip(both["session_id"], happened, strict=True) if text}
