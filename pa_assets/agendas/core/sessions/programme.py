"""Programmes as delivered -> one clean row per session and cohort.

Streams stay as the programme gives them; describing and filling them is `core.streams`. Times are `slots`, what a
title means `titles`, names typed otherwise `spelling`, `sponsors` and slots of one talk (`repeats`) their modules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event, Sessions, StreamProcessing
from pa_assets.agendas.core.landing_columns import ROLES, with_columns
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.sessions.markup import plain_text
from pa_assets.agendas.core.sessions.patterns import matches_any
from pa_assets.agendas.core.sessions.repeats import unite_slots
from pa_assets.agendas.core.sessions.slots import read_slots
from pa_assets.agendas.core.sessions.spelling import streams_spelled_alike, theatres_spelled_alike
from pa_assets.agendas.core.sessions.sponsors import names_nobody, spelled_out, sponsors_of_titles, unknown_codes
from pa_assets.agendas.core.sessions.titles import content_key, content_markers
from pa_assets.agendas.core.tables import COHORTS, SESSIONS, THIS_YEAR
from pa_assets.agendas.core.text import (
    NO_ANSWER,
    NOTHING,
    each_value,
    fold_values,
    gather_items,
    join_streams,
    joined,
    key_texts,
    tidy_values,
)
from pa_assets.kit import fingerprint

_COLUMNS = tuple(ROLES["programme"].columns)
_SLOT = ("content_group", "date", "start_time", "end_time", "theatre__name")
_NOTHING_IN = {"stream": NO_ANSWER, "theatre__name": NO_ANSWER}
"""Words for nothing, where they are more than `NOTHING`."""
_ID_LENGTH = 16
"""Characters of an id made of the content: 64 bits, so that two in a million sessions are never one."""


def process_programme(
    rows_by_cohort: Mapping[str, pd.DataFrame],
    event: Event,
    sessions: Sessions,
    streams: StreamProcessing,
    absent: Collection[str] = (),
) -> Prepared:
    """Clean the programmes of all cohorts.

    The rows of one session (one per speaker) are folded into one with all speakers and streams. The same talk at
    another slot is another session of the same content group; slots of a talk share streams, speakers, synopsis
    and sponsor. Set aside: blank ids and titles, titles and theatres that are no sessions, times that
    cannot be understood, sessions that end before they start, sessions of this year without date or time (past
    ones stay), and rows whose id belongs to another session.

    Args:
        rows_by_cohort: cohort -> rows as `read_rows(..., "programme")` gives them; cohorts may be absent.
        event: time zone and order of dates.
        sessions: what is no session, how titles, theatres and sponsors are read, whether sessions may end after
            midnight.
        streams: streams to rename.
        absent: columns that the show never has; with `session_id`, blank ids are made of talk, slot and theatre.

    Returns:
        Table `SESSIONS`. The notes count what was completed from another slot or a title, titles shared by
        different talks, and sponsor codes that `sponsor_names` does not spell out.
    """
    delivered = _all_cohorts(rows_by_cohort)
    clean = _clean(delivered, sessions)
    slots = read_slots(clean, event.time_zone, overnight=sessions.overnight, date_order=event.date_order)
    clean = clean.drop(columns=["starts_at", "ends_at"]).assign(**slots)
    theatres = clean["theatre__name"]
    clean["theatre__name"] = theatres_spelled_alike(theatres, sessions.theatre_aliases)
    clean["theatre__name"] = _theatre_of_the_session(clean)
    if "session_id" in absent:
        clean["session_id"] = clean["session_id"].mask(clean["session_id"] == "", _ids_of_content(clean))
    sieve = Sieve(delivered)
    _set_aside(clean, theatres, sessions, sieve)
    _set_aside_second_use(clean, sieve)

    kept = clean[sieve.kept].copy()
    kept["stream"] = streams_spelled_alike(kept, streams.rename)
    table, notes = _completed(_folded(kept, sessions), sessions)
    folded = {"further row of the same session": len(kept) - len(table)}
    return checked(finish(SESSIONS, table), sieve.quarantine(), len(delivered), folded, notes)


def _all_cohorts(rows_by_cohort: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [
        with_sources(with_columns(rows_by_cohort[cohort], "programme")).assign(cohort=cohort)
        for cohort in COHORTS
        if cohort in rows_by_cohort
    ]
    if not parts:
        return with_sources(with_columns(pd.DataFrame({"cohort": pd.Series(dtype=object)}), "programme"))
    return pd.concat(parts, ignore_index=True).fillna("")


def _clean(delivered: pd.DataFrame, sessions: Sessions) -> pd.DataFrame:
    """Delivered texts without markup, surplus spaces and words for nothing, and the key of the talk."""
    clean = delivered.copy()
    for name in _COLUMNS:
        clean[name] = tidy_values(each_value(delivered[name], plain_text), _NOTHING_IN.get(name, NOTHING))
    markers = content_markers(sessions)
    clean["content_group"] = each_value(clean["title"], lambda title: content_key(title, markers))
    return clean


def _theatre_of_the_session(clean: pd.DataFrame) -> pd.Series[Any]:
    """Theatres, where a row has none that of the other rows of its session, if they name one alone."""
    session = ["cohort", "session_id", "content_group", "date", "start_time", "end_time"]
    named = clean.loc[clean["theatre__name"] != "", [*session, "theatre__name"]].drop_duplicates()
    named = named[~named.duplicated(session, keep=False)]
    found = clean[session].merge(named, how="left", on=session)["theatre__name"].fillna("").set_axis(clean.index)
    return clean["theatre__name"].mask(clean["theatre__name"] == "", found)


def _ids_of_content(clean: pd.DataFrame) -> pd.Series[Any]:
    """Ids made of talk, slot and theatre: equal for the rows of a session, whatever else the programme holds."""
    content = joined(clean.assign(theatre__name=fold_values(clean["theatre__name"])), _SLOT)
    return each_value(content, lambda text: fingerprint.of_text(text)[:_ID_LENGTH])


def _set_aside(clean: pd.DataFrame, theatres: pd.Series[Any], sessions: Sessions, sieve: Sieve) -> None:
    """Set aside what is no session; `theatres` are those delivered."""
    sieve.set_aside(clean["session_id"] == "", "blank session id")
    no_session = matches_any(clean["title"], sessions.titles_to_remove)
    sieve.set_aside(no_session, "title is no session", "title " + each_value(clean["title"], repr))
    no_room = matches_any(theatres, sessions.theatres_to_remove)
    no_room |= matches_any(clean["theatre__name"], sessions.theatres_to_remove)
    sieve.set_aside(no_room, "theatre is no room", "theatre " + each_value(theatres, repr))
    said = clean[["title", "synopsis_stripped", "theatre__name", "stream"]] != ""
    sieve.set_aside(~said.any(axis=1), "no title, synopsis, theatre or stream")
    sieve.set_aside(clean["content_group"] == "", "blank title")
    sieve.set_aside(clean["unread"] != "", "date or time not understood", clean["unread"])
    missing = clean["starts_at"].isna() | clean["ends_at"].isna()
    sieve.set_aside((clean["cohort"] == THIS_YEAR) & missing, "no date or time")
    shown = "from " + clean["date"] + " " + clean["start_time"] + " to " + clean["end_time"]
    sieve.set_aside(clean["ends_at"] <= clean["starts_at"], "ends before it starts", shown)


def _set_aside_second_use(clean: pd.DataFrame, sieve: Sieve) -> None:
    """An id belongs to the talk and slot that most of its rows give, then to the first by content."""
    session, slot = ["cohort", "session_id"], ["cohort", "session_id", *_SLOT]
    uses = clean[sieve.kept].groupby(slot, sort=True).size().rename("rows").reset_index()
    uses = uses.sort_values([*session, "rows", *_SLOT], ascending=[True, True, False, *[True] * len(_SLOT)])
    owners = pd.MultiIndex.from_frame(uses.drop_duplicates(session)[slot])
    other = ~pd.MultiIndex.from_frame(clean[slot]).isin(owners)
    detail = "session id " + clean["session_id"] + " stands for another title, slot or theatre; give each its own id"
    sieve.set_aside(pd.Series(other, index=clean.index), "session id used twice", detail)


def _folded(kept: pd.DataFrame, sessions: Sessions) -> pd.DataFrame:
    """One row per session: of each text the longest, and all streams and speakers."""
    kept = kept.reset_index(drop=True)
    group = kept.groupby(["cohort", "session_id"], sort=True).ngroup()
    first = ~group.duplicated()
    table = kept[first].set_axis(group[first].to_numpy()).sort_index()
    nobody = names_nobody(kept["sponsored_by"], sessions)
    for name in ("title", "synopsis_stripped", "sponsored_by"):
        said = nobody if name == "sponsored_by" else kept[name] == ""
        ranked = pd.DataFrame({"group": group, "nothing": said, "text": kept[name], "length": -kept[name].str.len()})
        ranked = ranked.sort_values(["group", "nothing", "length", "text"])
        table[name] = ranked.drop_duplicates("group").set_index("group")["text"]
    flags = pd.DataFrame({"group": group, "flag": kept["sponsored_session"]}).sort_values(["group", "flag"])
    table["sponsored_session"] = flags.drop_duplicates("group", keep="last").set_index("group")["flag"]  # True wins
    for name in ("stream", "speakers"):
        items = gather_items(group, kept[name]).map(join_streams)
        table[name] = items.reindex(table.index).astype(object).fillna("")
    return table.assign(key_text=key_texts(table["title"]))


def _completed(table: pd.DataFrame, sessions: Sessions) -> tuple[pd.DataFrame, dict[str, int]]:
    """Sponsors from titles and all that the slots of a talk know of one another, with the counts for the notes."""
    named = spelled_out(table["sponsored_by"], sessions)
    sponsors = spelled_out(sponsors_of_titles(named, table["title"], sessions), sessions)
    of_titles = {"sponsor taken from the title": int((sponsors != named).sum())}
    table, shared = unite_slots(table.assign(sponsored_by=sponsors), sessions)
    sponsored = ~names_nobody(table["sponsored_by"], sessions)
    flag = table["sponsored_session"]
    table["sponsored_session"] = flag.mask((flag == "") & sponsored, "True")
    return table, {**of_titles, **shared, **unknown_codes(named, sessions)}
