"""Registrations as delivered -> one clean row per badge and cohort.

Survey answers and links between years are `answers` and `visitors`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event, People
from pa_assets.agendas.core.landing_columns import ROLES, with_columns
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, unknown_code_detail
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.tables import REGISTRATIONS, THIS_YEAR
from pa_assets.agendas.core.text import each_value, fold_values, joined, tidy_values
from pa_assets.agendas.core.times import parse_times
from pa_assets.kit import fingerprint

_COLUMNS = tuple(ROLES["registrations"].columns)
_WHOLE_NUMBER = r"^(\d+)\.0+$"
_EMAIL = r"^[^@]+@[^@]+$"
_AT_THE_SHOW_DAYS = 7
"""Registrations up to this many days after the first day were made at the show."""


def process_registrations(rows: pd.DataFrame, event: Event, people: People) -> Prepared:
    """Clean registrations and sort them into cohorts.

    Set aside, in this order: excluded and unknown shows, badge types that do not count, blank badges, blank
    names or e-mails (`None`, `nan`, `null` are blank), e-mails without `@`, and all but the most complete row
    of a badge in a cohort.

    Args:
        rows: as `read_rows(..., "registrations")` gives them.
        event: show codes and dates.
        people: badge types that count.

    Returns:
        Table `REGISTRATIONS`; nothing is folded.
    """
    delivered = with_sources(with_columns(rows, "registrations"))
    clean = delivered.assign(**{name: tidy_values(delivered[name]) for name in _COLUMNS})
    clean["badge_id"] = clean_badges(clean["badge_id"])
    clean["email"] = clean["email"].str.lower()
    sieve = Sieve(delivered)
    clean = _sort_into_cohorts(clean, event, sieve)
    _set_aside_unusable(clean, people, sieve)
    clean["registered"] = parse_times(clean["registration_date"], event.time_zone)
    _set_aside_doubled(clean, sieve)

    kept = clean[sieve.kept].copy()
    unread = kept["registered"].isna() & (kept["registration_date"] != "")
    kept["registration_date"] = kept["registered"]
    kept["days_since_registration"], late = _days_before_show(kept["registered"], kept["cohort"], event)
    kept["person_id"] = person_ids(kept["forename"], kept["surname"], kept["email"])
    kept["email_domain"] = kept["email"].str.rsplit("@", n=1).str[-1]
    kept["job_title"] = kept["job_title"].str.lower()
    notes = {
        "registration date not understood": int(unread.sum()),
        "registered after the show: days unknown": late,
    }
    return checked(finish(REGISTRATIONS, kept), sieve.quarantine(), len(rows), notes=notes)


def clean_badges(values: pd.Series[Any]) -> pd.Series[Any]:
    """Badges as text; a number that a spreadsheet gave decimals (`123.0`) loses them."""
    return tidy_values(values).str.replace(_WHOLE_NUMBER, r"\1", regex=True)


def person_ids(forename: pd.Series[Any], surname: pd.Series[Any], email: pd.Series[Any]) -> pd.Series[Any]:
    """Pseudonyms that are equal where names and e-mail are equal but for case, spaces and Unicode form."""
    identity = fold_values(forename) + "\x1f" + fold_values(surname) + "\x1f" + fold_values(email)
    return each_value(identity, fingerprint.of_text)


def _sort_into_cohorts(clean: pd.DataFrame, event: Event, sieve: Sieve) -> pd.DataFrame:
    shows = resolve_shows(clean, event, ("source", "metadata_file", "source_file"))
    sieve.set_aside(shows["cohort"] == EXCLUDED, "excluded show", "show code " + shows["code"])
    sieve.set_aside(shows["cohort"].isin((UNKNOWN, "")), "unknown show code", unknown_code_detail(shows["code"]))
    return clean.assign(show_ref=shows["code"], cohort=shows["cohort"])


def _set_aside_unusable(clean: pd.DataFrame, people: People, sieve: Sieve) -> None:
    valid = {badge_type.strip().casefold() for badge_type in people.valid_badge_types}
    shown = each_value(clean["badge_type"], lambda value: f"badge type {value!r}" if value else "no badge type")
    sieve.set_aside(~clean["badge_type"].str.casefold().isin(valid), "badge type does not count", shown)
    sieve.set_aside(clean["badge_id"] == "", "blank badge")
    for name in ("forename", "surname", "email"):
        sieve.set_aside(clean[name] == "", "blank identity", f"no {name}")
    sieve.set_aside(~clean["email"].str.contains(_EMAIL, regex=True), "invalid e-mail", "needs one @ between two parts")


def _set_aside_doubled(clean: pd.DataFrame, sieve: Sieve) -> None:
    """Keep the most complete row of each badge and cohort; then the latest; then the first by content."""
    columns = list(_COLUMNS)
    kept = clean.loc[sieve.kept]
    ranked = kept.assign(filled=(kept[columns] != "").sum(axis=1), content=joined(kept, columns)).sort_values(
        ["cohort", "badge_id", "filled", "registered", "content", "source_file", "source_row"],
        ascending=[True, True, False, False, True, True, True],
        kind="stable",
    )
    doubled = ranked.duplicated(["cohort", "badge_id"])
    sieve.set_aside(
        doubled.reindex(clean.index, fill_value=False),
        "duplicate badge",
        "another row of this badge and cohort says more, or the same",
    )


def _days_before_show(registered: pd.Series[Any], cohort: pd.Series[Any], event: Event) -> tuple[pd.Series[Any], int]:
    """Days from registration to the show of the cohort's year, -1 where unknown, and how many came too late."""
    shows = {True: pd.Timestamp(event.event_date_this_year), False: pd.Timestamp(event.event_date_last_year)}
    first_day = (cohort == THIS_YEAR).map(shows)
    days = (first_day - registered.dt.normalize()).dt.days
    late = days < -_AT_THE_SHOW_DAYS
    return days.clip(lower=0).mask(late, -1).fillna(-1).astype("int64"), int(late.sum())
