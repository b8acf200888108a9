"""Registrations as delivered -> one clean row per badge and cohort.

Survey answers and links between years are `answers` and `visitors`.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Engagement, Event, People
from pa_assets.agendas.core.landing_columns import ROLES, quoted, with_columns
from pa_assets.agendas.core.people.audience import INVITED, REGISTERED, invite
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, unknown_code_detail
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, REGISTRATIONS, THIS_YEAR
from pa_assets.agendas.core.text import NOTHING, each_value, fold, joined, tidy, tidy_values
from pa_assets.agendas.core.times import parse_times
from pa_assets.kit import fingerprint

_COLUMNS = tuple(ROLES["registrations"].columns)
_WHOLE_NUMBER = re.compile(r"(\d+)\.0+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Characters that are copied along from web pages and documents and show nothing."""
_IDENTITY = {name: f"{name} as compared" for name in ("forename", "surname", "email")}
"""What a person is known by -> column of `_tidied` with what counts of it: equal texts, one person."""
_AT_THE_SHOW_DAYS = 7
"""Registrations up to this many days after the first day were made at the show."""


def process_registrations(
    rows: pd.DataFrame, event: Event, people: People, audience: Engagement | None = None
) -> Prepared:
    """Clean registrations and sort them into cohorts.

    Set aside, in this order: excluded and unknown shows, badge types that do not count, blank badges, blank
    names or e-mails (`None`, `nan`, `null` are blank), e-mails without `@`, and all but the most complete row
    of a badge in a cohort. A person may have several badges in a cohort; each is a row.

    Args:
        rows: as `read_rows(..., "registrations")` gives them.
        event: show codes and dates.
        people: badge types that count.
        audience: who is invited in the mode engagement (see `audience.invite`); None in the other modes.

    Returns:
        Table `REGISTRATIONS`. Without `audience` nothing is folded or copied; with it the registrations of this
        year are folded, and each person invited is copied.
    """
    delivered = with_sources(with_columns(rows, "registrations"))
    clean = _tidied(delivered)
    sieve = Sieve(delivered)
    _sort_into_cohorts(clean, event, sieve)
    _set_aside_unusable(clean, people, sieve)
    clean["registered"] = parse_times(clean["registration_date"], event.time_zone, event.date_order)
    _set_aside_doubled(delivered, clean, sieve)

    kept = clean[sieve.kept].copy()
    unread = kept["registered"].isna() & (kept["registration_date"] != "")
    kept["registration_date"] = kept["registered"]
    kept["days_since_registration"], late = _days_before_show(kept["registered"], kept["cohort"], event)
    kept["person_id"] = each_value(joined(kept, _IDENTITY.values()), fingerprint.of_text)
    table = finish(REGISTRATIONS, kept)
    notes = {
        "registration date not understood": int(unread.sum()),
        "registered after the show: days unknown": late,
        "people with several badges in one cohort": _with_several_badges(table),
    }
    if audience is None:
        return checked(table, sieve.quarantine(), len(rows), notes=notes)
    invitations = invite(table, audience)
    return checked(
        invitations.table,
        sieve.quarantine(),
        len(rows),
        folded={REGISTERED: invitations.registered},
        notes={**notes, **invitations.notes},
        copied={INVITED: invitations.invited},
    )


def clean_badges(values: pd.Series[Any]) -> pd.Series[Any]:
    """Badges as text; a number that a spreadsheet gave decimals (`123.0`) loses them."""
    return each_value(values, clean_badge)


def clean_badge(text: str) -> str:
    """`clean_badges` of one badge."""
    badge = tidy(_visible(text))
    number = _WHOLE_NUMBER.fullmatch(badge)
    if number:
        return number[1]
    return "" if fold(badge) in NOTHING else badge


def _tidied(delivered: pd.DataFrame) -> pd.DataFrame:
    """The columns of registrations as clean texts, the domain of the e-mail, and what counts of each person's names."""
    texts = {name: tidy_values(delivered[name]) for name in _COLUMNS if name not in ("badge_id", "email")}
    texts |= {"badge_id": clean_badges(delivered["badge_id"]), "email": each_value(delivered["email"], clean_email)}
    texts["job_title"] = each_value(texts["job_title"], str.lower)
    texts["email_domain"] = each_value(texts["email"], _domain)
    texts |= {key: each_value(texts[name], identity_text) for name, key in _IDENTITY.items()}
    return pd.DataFrame({**texts, "source_file": delivered["source_file"], "source_row": delivered["source_row"]})


def _visible(text: str) -> str:
    return text if text.isascii() else _INVISIBLE.sub("", text)


def clean_email(text: str) -> str:
    """An e-mail address in lower case, `""` for what exports write where there is none."""
    email = tidy(_visible(text)).lower()
    return "" if email in NOTHING else email


def _domain(email: str) -> str:
    """What follows the one `@`; `""` for what is no e-mail address."""
    mailbox, _, domain = email.partition("@")
    return domain if mailbox and "@" not in domain else ""


def identity_text(text: str) -> str:
    """A name or e-mail but for case, spaces and Unicode form; `""` where it names nobody."""
    folded = fold(_visible(text))
    return "" if folded in NOTHING else folded


def _sort_into_cohorts(clean: pd.DataFrame, event: Event, sieve: Sieve) -> None:
    """Add the show code that counts and the cohort; rows without cohort are set aside."""
    shows = resolve_shows(clean, event, ("source", "metadata_file", "source_file"))
    sieve.set_aside(shows["cohort"] == EXCLUDED, "excluded show", "show code " + shows["code"])
    sieve.set_aside(shows["cohort"].isin((UNKNOWN, "")), "unknown show code", unknown_code_detail(shows["code"]))
    clean[["show_ref", "cohort"]] = shows[["code", "cohort"]]


def _set_aside_unusable(clean: pd.DataFrame, people: People, sieve: Sieve) -> None:
    valid = {badge_type.strip().casefold() for badge_type in people.valid_badge_types}
    counts = each_value(clean["badge_type"], str.casefold).isin(valid)
    shown = each_value(clean["badge_type"], lambda value: f"badge type {quoted([value])}" if value else "no badge type")
    sieve.set_aside(~counts, "badge type does not count", shown)
    sieve.set_aside(clean["badge_id"] == "", "blank badge")
    for name, key in _IDENTITY.items():
        sieve.set_aside(clean[key] == "", "blank identity", f"no {name}")
    sieve.set_aside(clean["email_domain"] == "", "invalid e-mail", "needs one @ between two parts")


def _set_aside_doubled(delivered: pd.DataFrame, clean: pd.DataFrame, sieve: Sieve) -> None:
    """Keep the most complete row of each badge and cohort; then the latest; then the first by content."""
    key, columns = ["cohort", "badge_id"], list(_COLUMNS)
    kept = clean.loc[sieve.kept]
    several = kept[kept.duplicated(key, keep=False)]
    as_delivered = sorted(set(delivered.columns) - {"source_file", "source_row"})
    ranked = several.assign(
        filled=(several[columns] != "").sum(axis=1),
        content=joined(several, columns),
        delivered=joined(delivered.loc[several.index].astype(str), as_delivered),
    ).sort_values(
        [*key, "filled", "registered", "content", "delivered", "source_file", "source_row"],
        ascending=[True, True, False, False, True, True, True, True],
        kind="stable",
    )
    surplus = ranked.index[ranked.duplicated(key)]
    sieve.set_aside(
        pd.Series(clean.index.isin(surplus), index=clean.index),
        "duplicate badge",
        "another row of this badge and cohort says more, or the same",
    )


def _with_several_badges(table: pd.DataFrame) -> int:
    """People who have more than one badge in a cohort; a person of two cohorts counts twice."""
    key = ["cohort", "person_id"]
    return len(table.loc[table.duplicated(key), key].drop_duplicates())


def _days_before_show(registered: pd.Series[Any], cohort: pd.Series[Any], event: Event) -> tuple[pd.Series[Any], int]:
    """Days from registration to the show of the cohort, -1 where unknown, and how many came too late."""
    first_days = {
        THIS_YEAR: event.event_date_this_year,
        LAST_YEAR_MAIN: event.event_date_last_year,
        LAST_YEAR_SECONDARY: event.event_date_last_year_secondary,
    }
    first_day = pd.to_datetime(cohort.map(first_days))
    days = (first_day - registered.dt.normalize()).dt.days
    late = days < -_AT_THE_SHOW_DAYS
    return days.clip(lower=0).mask(late, -1).fillna(-1).astype("int64"), int(late.sum())
