"""Who attended what: scans matched to sessions by title and time, and to people by badge.

Cleaning scans is `scans`; what is told about the matching is `scan_report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.entry_days import first_days
from pa_assets.agendas.core.prepared import Prepared, checked, finish, quarantine_of
from pa_assets.agendas.core.sessions.titles import content_key
from pa_assets.agendas.core.tables import ATTENDANCE, COHORTS
from pa_assets.agendas.core.text import each_value

NO_SESSION = "no session with this title"
NO_VISITOR = "no visitor with this badge"

Positions = npt.NDArray[np.int64]
Seconds = npt.NDArray[np.float64]


def match_attendance(
    scans: pd.DataFrame,
    sessions: pd.DataFrame,
    visitors: pd.DataFrame,
    event: Event,
    repeat_markers: Sequence[str] = (),
) -> Prepared:
    """Match scans to sessions of their cohort by title, and to people by badge.

    Of the slots of a talk (`content_group`) the one on at the time of the scan counts, else the nearest in time;
    where times cannot tell, the one that bears the very title, then the earliest. Set aside: scans of no session
    and of no visitor. Folded: further scans of a badge at a session.

    Args:
        scans: table `SCANS`.
        sessions: table `SESSIONS` (or `BACKFILLED_SESSIONS`).
        visitors: table `VISITORS` (or `REGISTRATIONS`).
        event: dates of the shows.
        repeat_markers: what titles bear beside the talk, as `sessions.titles.content_markers` gives it.

    Returns:
        Table `ATTENDANCE`. The quarantine names the landing file of each scan.
    """
    scans = scans.sort_values("scan_id", kind="stable", ignore_index=True)
    sessions = sessions.sort_values(["cohort", "starts_at", "session_id"], kind="stable", ignore_index=True)
    slot = _slots(scans, sessions, repeat_markers)
    visitor = _visitors(scans, visitors)
    reason = np.select([slot < 0, visitor < 0], [NO_SESSION, NO_VISITOR], "").astype(object)
    table = _attendances(scans, sessions, visitors, slot, visitor)
    years = {cohort: date.year for cohort, date in first_days(event).items()}
    table["year"] = table["first_scan"].dt.year.fillna(table["cohort"].map(years))
    aside = reason != ""
    return checked(
        finish(ATTENDANCE, table),
        _quarantine(scans[aside], reason[aside]),
        len(scans),
        {"further scan of the same badge at the session": len(scans) - int(aside.sum()) - len(table)},
    )


def _slots(scans: pd.DataFrame, sessions: pd.DataFrame, repeat_markers: Sequence[str]) -> Positions:
    """Position of each scan's session in `sessions` (sorted by start), -1 for none."""
    talk = scans.groupby(["cohort", "seminar_name"], sort=False).ngroup().to_numpy()
    talks = scans.assign(talk=talk).drop_duplicates("talk")
    candidates = _candidates(talks, sessions, repeat_markers)
    counts = np.bincount(candidates["talk"], minlength=len(talks))
    firsts = np.cumsum(counts) - counts
    slots, at = candidates["slot"].to_numpy(), _seconds(scans["scanned_at"])
    starts, ends = _seconds(candidates["starts_at"]), _seconds(candidates["ends_at"].fillna(candidates["starts_at"]))

    found = np.full(len(scans), -1, dtype=np.int64)
    nearest = np.full(len(scans), np.inf)
    for further in range(int(counts.max(initial=0))):
        open_scans = np.flatnonzero(counts[talk] > further)
        candidate = firsts[talk[open_scans]] + further
        away = _away(at[open_scans], starts[candidate], ends[candidate])
        nearer = (away < nearest[open_scans]) | (further == 0)
        found[open_scans[nearer]] = slots[candidate[nearer]]
        nearest[open_scans[nearer]] = away[nearer]
    return found


def _candidates(talks: pd.DataFrame, sessions: pd.DataFrame, repeat_markers: Sequence[str]) -> pd.DataFrame:
    """The slots of each talk, those that bear the very title first, then by start: `talk`, `slot` and its times."""
    talks = talks[["talk", "cohort", "seminar_name", "key_text"]].assign(
        content_group=each_value(talks["seminar_name"], lambda title: content_key(title, repeat_markers))
    )
    slots = sessions[["cohort", "content_group", "key_text", "starts_at", "ends_at"]].rename_axis("slot").reset_index()
    found = talks[talks["content_group"] != ""].merge(slots, on=["cohort", "content_group"], suffixes=("", "_of_slot"))
    found["other_title"] = found["key_text"] != found["key_text_of_slot"]
    return found.sort_values(["talk", "other_title", "slot"], ignore_index=True)


def _seconds(times: pd.Series[Any]) -> Seconds:
    return np.asarray((times - pd.Timestamp(2000, 1, 1)).dt.total_seconds(), dtype=np.float64)


def _away(at: Seconds, starts: Seconds, ends: Seconds) -> Seconds:
    """Seconds from each scan to the slot: 0 while it is on, infinite where a time is missing.

    A slot is over on the stroke of its end, when the next one begins.
    """
    late = np.where(at == ends, 1e-6, at - ends)
    away = np.maximum(starts - at, late)
    return np.where(np.isnan(away), np.inf, away.clip(min=0))


def _visitors(scans: pd.DataFrame, visitors: pd.DataFrame) -> Positions:
    """Position of each scan's visitor in `visitors`, -1 for none."""
    found = np.full(len(scans), -1, dtype=np.int64)
    for cohort in COHORTS:
        known = np.flatnonzero(visitors["cohort"] == cohort)
        scanned = np.flatnonzero(scans["cohort"] == cohort)
        if len(known) and len(scanned):
            badges = pd.Index(visitors["badge_id"].to_numpy()[known])
            at = badges.get_indexer(pd.Index(scans["badge_id"].to_numpy()[scanned]))
            found[scanned] = np.where(at < 0, -1, known[at])
    return found


def _attendances(
    scans: pd.DataFrame, sessions: pd.DataFrame, visitors: pd.DataFrame, slot: Positions, visitor: Positions
) -> pd.DataFrame:
    """One row per visitor and slot, of the scans that have both; the first scan names seminar and file."""
    both = np.flatnonzero((slot >= 0) & (visitor >= 0))
    pair = visitor[both] * np.int64(len(sessions)) + slot[both]
    matched = pd.DataFrame({"scan": both, "pair": pair, "at": scans["scanned_at"].to_numpy()[both]})
    groups = matched.sort_values(["pair", "at"], kind="stable").groupby("pair", sort=False)
    table = groups.agg(
        scan=("scan", "first"), first_scan=("at", "min"), last_scan=("at", "max"), scans=("scan", "size")
    )
    first = table["scan"].to_numpy(dtype=np.int64)
    people, places, firsts = visitors.iloc[visitor[first]], sessions.iloc[slot[first]], scans.iloc[first]
    return table.reset_index(drop=True).assign(
        **{name: people[name].to_numpy() for name in ("cohort", "badge_id", "person_id", "show_ref")},
        session_id=places["session_id"].to_numpy(),
        **{name: firsts[name].to_numpy() for name in ("seminar_name", "source_file")},
    )


def _quarantine(scans: pd.DataFrame, reason: npt.NDArray[Any]) -> pd.DataFrame:
    """The scans set aside, by the landing file that they came from; a scan may stand there in several rows."""
    sources = {"source_file": "scanner_file", "landing_file": "source_file"}
    reasons = pd.Series(reason, index=scans.index, dtype=object)
    detail = ("seminar " + scans["seminar_name"]).where(reasons == NO_SESSION, "")
    return quarantine_of(scans.rename(columns=sources), reasons, detail)
