"""What is told about the matching of scans: where each delivered row went, and which titles met nothing.

Counts and titles of seminars alone, nothing of a person. The matching itself is `scans` and `attendance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.attendance import NO_SESSION, NO_VISITOR
from pa_assets.agendas.core.prepared import Prepared, finish
from pa_assets.agendas.core.scans import BLANK_BADGE, BLANK_SHORT_NAME, NO_SEMINAR, SEVERAL_SEMINARS, seminar_names
from pa_assets.agendas.core.sessions.titles import content_key
from pa_assets.agendas.core.tables import COHORTS, MATCH_REPORT, SCAN_DELIVERY, UNMATCHED_TITLES

_SET_ASIDE = {
    "blank_badges": BLANK_BADGE,
    "blank_short_names": BLANK_SHORT_NAME,
    "unknown_short_names": NO_SEMINAR,
    "ambiguous_short_names": SEVERAL_SEMINARS,
}


def scan_delivery(
    scans: Prepared,
    scan_rows_by_cohort: Mapping[str, pd.DataFrame],
    reference_rows_by_cohort: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """What became of the delivered scans of each cohort, and which seminars its reference names.

    Args:
        scans: what `process_scans` gave.
        scan_rows_by_cohort: what it was given.
        reference_rows_by_cohort: what it was given.

    Returns:
        Table `SCAN_DELIVERY`, a row for every cohort.
    """
    counts = pd.DataFrame(index=pd.Index(COHORTS, name="cohort"))
    counts["delivered"] = [len(scan_rows_by_cohort.get(cohort, ())) for cohort in COHORTS]
    for name, reason in _SET_ASIDE.items():
        counts[name] = _per_cohort(scans.quarantine[scans.quarantine["reason"] == reason])
    counts["scans"] = _per_cohort(scans.table)
    counts["duplicates"] = counts["delivered"] - counts[[*_SET_ASIDE, "scans"]].sum(axis=1)
    names = seminar_names(reference_rows_by_cohort)
    counts["seminars"] = [sorted(set(names.loc[names["cohort"] == cohort, "seminar_name"])) for cohort in COHORTS]
    return finish(SCAN_DELIVERY, counts.reset_index())


def match_report(
    delivery: pd.DataFrame, attendance: Prepared, sessions: pd.DataFrame, repeat_markers: Sequence[str] = ()
) -> pd.DataFrame:
    """Where every delivered scan of each cohort went, and what met nothing on either side.

    Args:
        delivery: table `SCAN_DELIVERY` of the same scans.
        attendance: what `match_attendance` gave.
        sessions: what it was given.
        repeat_markers: what it was given.

    Returns:
        Table `MATCH_REPORT`, a row for every cohort.
    """
    counts = delivery.set_index("cohort")
    aside = attendance.quarantine
    nobody = aside[aside["reason"] == NO_VISITOR]
    counts["without_session"] = _per_cohort(aside[aside["reason"] == NO_SESSION])
    counts["without_visitor"] = _per_cohort(nobody)
    counts["matched"] = attendance.table.groupby("cohort")["scans"].sum().reindex(COHORTS, fill_value=0)
    different = counts["delivered"] - counts["duplicates"]
    counts["share_matched"] = (counts["matched"] / different.where(different > 0)).astype("float64").round(4)
    counts["attendances"] = _per_cohort(attendance.table)
    counts["unknown_badges"] = _per_cohort(nobody.drop_duplicates(["cohort", "badge_id"]))
    counts["seminars_without_session"] = [
        len(_talks(titles, repeat_markers) - set(sessions.loc[sessions["cohort"] == cohort, "content_group"]))
        for cohort, titles in counts["seminars"].items()
    ]
    attended = attendance.table.drop_duplicates(["cohort", "session_id"])
    counts["sessions_not_attended"] = _per_cohort(sessions) - _per_cohort(attended)
    return finish(MATCH_REPORT, counts.reset_index())


def unmatched_titles(attendance: Prepared) -> pd.DataFrame:
    """Titles of seminars that were scanned but that no session of the cohort bears.

    Returns:
        Table `UNMATCHED_TITLES`.
    """
    aside = attendance.quarantine
    lost = aside[aside["reason"] == NO_SESSION].rename(columns={"seminar_name": "title"})
    counts = lost.groupby(["cohort", "title"]).size()
    return finish(UNMATCHED_TITLES, counts.rename("scans").reset_index())


def _per_cohort(rows: pd.DataFrame) -> pd.Series[Any]:
    """Number of rows of each cohort."""
    return rows["cohort"].value_counts().reindex(COHORTS, fill_value=0).astype(np.int64)


def _talks(titles: Sequence[str], repeat_markers: Sequence[str]) -> set[str]:
    return {content_key(title, repeat_markers) for title in titles}
