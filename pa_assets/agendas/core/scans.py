"""Badge scans: at sessions, at the entrance, and who attended what.

Titles of sessions are joined by `text.key_text`; people by badge and cohort.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.landing_columns import LandingError, with_columns
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, unknown_code_detail
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, quarantine_of, with_sources
from pa_assets.agendas.core.tables import ATTENDANCE, COHORTS, ENTRY_SCANS, SCANS
from pa_assets.agendas.core.text import fold_values, joined, key_text, key_texts, tidy_values
from pa_assets.agendas.core.times import is_dated, parse_clock, parse_times
from pa_assets.kit import fingerprint

_AMBIGUOUS = "\0several seminars"
_DAY_COLUMN = re.compile(r"day(\d+)(entry)?")
_YES = frozenset({"yes", "y", "true", "1"})


def process_scans(
    scan_rows_by_cohort: Mapping[str, pd.DataFrame],
    reference_rows_by_cohort: Mapping[str, pd.DataFrame],
    time_zone: str,
) -> Prepared:
    """Join the scans of each cohort to the names of the seminars, by short name whatever its case.

    Set aside: blank badges, blank short names, short names without seminar or with several. Folded: scans that
    repeat badge, short name, time and scanner file.

    Args:
        scan_rows_by_cohort: cohort -> rows as `read_rows(..., "scans")` gives them; cohorts may be absent.
        reference_rows_by_cohort: cohort -> rows as `read_rows(..., "scan_reference")` gives them.
        time_zone: time zone of scans without offset.

    Returns:
        Table `SCANS`; `source_file` is the scanner file, or the landing file where none is named.
    """
    delivered = _all_cohorts(scan_rows_by_cohort, "scans")
    clean = delivered.assign(**{name: tidy_values(delivered[name]) for name in ("short_name", "scan_date", "file")})
    clean["badge_id"] = clean_badges(delivered["badge_id"])
    clean["short_key"] = fold_values(clean["short_name"])
    clean["seminar_name"] = _seminars(clean, _all_cohorts(reference_rows_by_cohort, "scan_reference"))

    sieve = Sieve(delivered)
    sieve.set_aside(clean["badge_id"] == "", "blank badge")
    sieve.set_aside(clean["short_key"] == "", "blank short name")
    shown = "short name " + clean["short_name"]
    sieve.set_aside(clean["seminar_name"] == _AMBIGUOUS, "several seminars for short name", shown)
    sieve.set_aside(clean["seminar_name"] == "", "no seminar for short name", shown)

    kept = clean[sieve.kept].copy()
    content = joined(kept, ("cohort", "badge_id", "short_key", "scan_date", "file"))
    kept["scan_id"] = content.map(fingerprint.of_text).astype(object)
    kept["source_file"] = kept["file"].mask(kept["file"] == "", kept["source_file"])
    kept = kept.sort_values(["scan_id", "source_file", "short_name"], kind="stable")
    distinct = kept.drop_duplicates("scan_id").copy()
    distinct["key_text"] = key_texts(distinct["seminar_name"])
    distinct["scanned_at"] = parse_times(distinct["scan_date"], time_zone)
    unread = distinct["scanned_at"].isna()
    notes = {
        "scan without time": int((unread & (distinct["scan_date"] == "")).sum()),
        "scan time not understood": int((unread & (distinct["scan_date"] != "")).sum()),
    }
    folded = {"the same scan twice": len(kept) - len(distinct)}
    return checked(finish(SCANS, distinct), sieve.quarantine(), len(delivered), folded, notes)


def process_entry_scans(rows: pd.DataFrame | None, event: Event) -> Prepared:
    """Entries of badges at the entrance: one row per badge and day.

    Delivered are one row per badge and, per day, a column `Day N` (Yes or No) and a column `Day N Entry` (date
    and time, or time alone). All counts of the result are of badge-days. Set aside: entries of blank badges, of
    excluded and of unknown shows. Folded: days without entry, and a badge's further entries on a day.

    Args:
        rows: as `read_rows(..., "entry_scans")` gives them, or None.
        event: show codes, dates and time zone.

    Raises:
        LandingError: there are rows, but no column `Day 1`.
    """
    delivered = with_sources(with_columns(pd.DataFrame() if rows is None else rows, "entry_scans"))
    days = _badge_days(delivered)
    clean = days.assign(badge_id=clean_badges(days["badge_id"]), badge_type=tidy_values(days["badge_type"]))
    entered = clean["entered"].str.lower().isin(_YES) | (clean["entry"] != "")
    clean = clean[entered].reset_index(drop=True)
    sieve = Sieve(clean)
    shows = resolve_shows(clean, event, ("source_file",))
    sieve.set_aside(shows["cohort"] == EXCLUDED, "excluded show", "show code " + shows["code"])
    sieve.set_aside(shows["cohort"] == UNKNOWN, "unknown show code", unknown_code_detail(shows["code"]))
    sieve.set_aside(clean["badge_id"] == "", "blank badge")

    clean["show_ref"] = shows["code"]
    clean["entered_at"] = _entry_times(clean, event)
    order = ["badge_id", "show_ref", "day", "entered_at", "badge_type", "source_file"]
    kept = clean[sieve.kept].sort_values(order, kind="stable")
    first = kept.drop_duplicates(["badge_id", "show_ref", "day"])
    folded = {"no entry on that day": len(days) - len(clean), "further entry on that day": len(kept) - len(first)}
    unread = first["entered_at"].isna() & (first["entry"] != "")
    notes = {"entry time not understood": int(unread.sum())}
    return checked(finish(ENTRY_SCANS, first), sieve.quarantine(), len(days), folded, notes)


def match_attendance(scans: pd.DataFrame, sessions: pd.DataFrame, visitors: pd.DataFrame) -> Prepared:
    """Match scans to sessions of their cohort by title, and to people by badge.

    Where several sessions share a title, the one on at the time of the scan counts, else the nearest in time.
    Set aside: scans of no session and of no visitor. Folded: further scans of a badge at a session.

    Args:
        scans: table `SCANS`.
        sessions: table `SESSIONS` (or `BACKFILLED_SESSIONS`).
        visitors: table `VISITORS` (or `REGISTRATIONS`).

    Returns:
        Table `ATTENDANCE`.
    """
    scans = scans.reset_index(drop=True)
    matched = scans.assign(
        session_id=_nearest_session(scans, sessions),
        person_id=scans[["cohort", "badge_id"]]
        .merge(visitors[["cohort", "badge_id", "person_id"]], how="left", on=["cohort", "badge_id"])["person_id"]
        .fillna(""),
    )
    no_session = matched["session_id"] == ""
    nobody = ~no_session & (matched["person_id"] == "")
    reason = pd.Series("", index=scans.index, dtype=object)
    reason = reason.mask(no_session, "no session with this title").mask(nobody, "no visitor with this badge")
    detail = ("seminar " + scans["seminar_name"]).where(no_session, "")
    aside = reason != ""
    kept = matched[~aside].sort_values(["cohort", "badge_id", "session_id", "scanned_at", "scan_id"], kind="stable")
    groups = kept.groupby(["cohort", "badge_id", "session_id"], sort=False)
    table = groups.agg(
        person_id=("person_id", "first"),
        first_scan=("scanned_at", "min"),
        last_scan=("scanned_at", "max"),
        scans=("scan_id", "size"),
        seminar_name=("seminar_name", "first"),
        source_file=("source_file", "first"),
    ).reset_index()
    return checked(
        finish(ATTENDANCE, table),
        quarantine_of(scans[aside], reason[aside], detail[aside]),
        len(scans),
        {"further scan of the same badge at the session": len(kept) - len(table)},
    )


def _all_cohorts(rows_by_cohort: Mapping[str, pd.DataFrame], role: str) -> pd.DataFrame:
    """Rows of all cohorts, with their cohort."""
    parts = [
        with_sources(with_columns(rows_by_cohort[cohort], role)).assign(cohort=cohort)
        for cohort in COHORTS
        if cohort in rows_by_cohort
    ]
    if not parts:
        return with_sources(with_columns(pd.DataFrame({"cohort": pd.Series(dtype=object)}), role))
    return pd.concat(parts, ignore_index=True).fillna("")


def _seminars(clean: pd.DataFrame, reference: pd.DataFrame) -> pd.Series[Any]:
    """Seminar name of each scan: `""` without reference, `_AMBIGUOUS` where the reference names several."""
    known = pd.DataFrame(
        {
            "cohort": reference["cohort"],
            "short_key": fold_values(tidy_values(reference["short_name"])),
            "seminar_name": tidy_values(reference["seminar_name"]),
        }
    )
    known = known[(known["short_key"] != "") & (known["seminar_name"] != "")]
    known["key"] = key_texts(known["seminar_name"])
    known = known.sort_values(["cohort", "short_key", "seminar_name"]).drop_duplicates(["cohort", "short_key", "key"])
    several = known.duplicated(["cohort", "short_key"], keep=False)
    known["seminar_name"] = known["seminar_name"].mask(several, _AMBIGUOUS)
    known = known.drop_duplicates(["cohort", "short_key"])[["cohort", "short_key", "seminar_name"]]
    joined = clean[["cohort", "short_key"]].merge(known, how="left", on=["cohort", "short_key"])
    return joined["seminar_name"].fillna("").set_axis(clean.index)


def _badge_days(delivered: pd.DataFrame) -> pd.DataFrame:
    """One row per delivered row and day, with `day`, `number`, `entered` and `entry`."""
    columns: dict[int, dict[str, str]] = {}
    for name in map(str, delivered.columns):
        if match := _DAY_COLUMN.fullmatch(key_text(name)):
            columns.setdefault(int(match[1]), {})["entry" if match[2] else "entered"] = name
    if not columns and len(delivered):
        files = ", ".join(sorted(set(delivered["source_file"]))) or "entry scans"
        raise LandingError(f"{files}: missing column 'Day 1' (and 'Day 1 Entry'): no day of entry can be told. Add it.")
    nothing = pd.Series("", index=delivered.index, dtype=object)
    days = [
        delivered.assign(
            day=f"Day {number}",
            number=number,
            entered=tidy_values(delivered[names["entered"]]) if "entered" in names else nothing,
            entry=tidy_values(delivered[names["entry"]]) if "entry" in names else nothing,
        )
        for number, names in sorted(columns.items())
    ]
    return pd.concat(days, ignore_index=True) if days else delivered.assign(day="", number=0, entered="", entry="")


def _entry_times(clean: pd.DataFrame, event: Event) -> pd.Series[Any]:
    """Times of entry; a time alone is on that day of this year's show."""
    day = pd.Timestamp(event.event_date_this_year) + pd.to_timedelta(clean["number"].astype("int64") - 1, unit="D")
    timed = day + parse_clock(clean["entry"])
    return parse_times(clean["entry"], event.time_zone).where(is_dated(clean["entry"]), timed)


def _nearest_session(scans: pd.DataFrame, sessions: pd.DataFrame) -> pd.Series[Any]:
    """Session of each scan, `""` for none: equal cohort and title, then nearest in time, then the earliest."""
    slots = sessions[["cohort", "key_text", "session_id", "starts_at", "ends_at"]]
    named = scans.loc[scans["key_text"] != "", ["cohort", "key_text", "scanned_at"]].rename_axis("scan").reset_index()
    pairs = named.merge(slots, on=["cohort", "key_text"])
    early = pairs["starts_at"] - pairs["scanned_at"]
    late = pairs["scanned_at"] - pairs["ends_at"].fillna(pairs["starts_at"])
    away = pd.concat([early, late], axis=1).max(axis=1).dt.total_seconds()
    pairs["distance"] = away.clip(lower=0).fillna(float("inf"))
    pairs = pairs.sort_values(["scan", "distance", "starts_at", "session_id"], kind="stable").drop_duplicates("scan")
    return pairs.set_index("scan")["session_id"].reindex(scans.index).fillna("").astype(object)
