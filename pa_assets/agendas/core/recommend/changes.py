"""Changes: what differs between the agendas of the run before and those of this one, and why as far as known.

Compares tables alone, so the list is true whatever way the agendas were made.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Flags
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
    badges, badges_before = (frame.drop_duplicates("badge_id").set_index("badge_id") for frame in (table, previous))
    stayed = badges_before.index.intersection(badges.index)
    known = {} if programme_before is None else _moves(programme_before, programme)
    parts = [
        _gone(badges_before.index.difference(badges.index), without),
        _listed(badges.index.difference(badges_before.index), NEW),
        *_sessions(previous, table, stayed, known, causes),
        _groups(badges_before, badges),
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


def _listed(
    badges: pd.Index[str] | pd.Series[str],
    change: str,
    session: pd.Series[str] | str = "",
    detail: pd.Series[str] | str = "",
) -> pd.DataFrame:
    frame = pd.DataFrame({"badge_id": badges.to_numpy(dtype=object)})
    for name, values in (("change", change), ("session_id", session), ("detail", detail)):
        frame[name] = values if isinstance(values, str) else values.to_numpy(dtype=object)
    return frame


def _gone(badges: pd.Index[str], without: pd.DataFrame) -> pd.DataFrame:
    reason = without.drop_duplicates("badge_id").set_index("badge_id")["reason"]
    return _listed(badges, GONE, detail=reason.reindex(badges).fillna(NOT_REGISTERED))


def _groups(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    both = now[["control_group"]].join(before["control_group"].rename("before"), how="inner").astype(bool)
    changed = both[both["control_group"] != both["before"]]
    detail = changed["control_group"].map({True: INTO_CONTROL, False: OUT_OF_CONTROL})
    return _listed(changed.index, GROUP, detail=detail)


def _sessions(
    previous: pd.DataFrame, table: pd.DataFrame, badges: pd.Index[str], known: dict[str, str], causes: pd.Series[str]
) -> list[pd.DataFrame]:
    """Sessions removed from and added to agendas of `badges`; what happened to a session itself explains most."""
    keys = ["badge_id", "session_id"]
    then, now = (frame.loc[frame["badge_id"].isin(badges), keys] for frame in (previous, table))
    both = then.merge(now, on=keys, how="outer", indicator="where")
    cause = both["badge_id"].map(causes).fillna("").replace("", OTHERWISE)
    detail = both["session_id"].map(known).fillna(cause)
    return [
        _listed(both.loc[here, "badge_id"], change, both.loc[here, "session_id"], detail[here])
        for change, here in ((REMOVED, both["where"].eq("left_only")), (ADDED, both["where"].eq("right_only")))
    ]


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
