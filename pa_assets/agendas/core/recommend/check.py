"""A checker of finished agendas, written apart from the solver: it looks at tables and shares no code with it.

Here is what must hold of each row and each agenda; what a time takes and what a place holds are in `check_times` and
`check_places`. Every claim is worked out from the tables anew, in the plainest way, for blocks of visitors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import check_places, check_times
from pa_assets.agendas.core.tables import THIS_YEAR

TIME = "two sessions at one time"
TRAVEL = "no time to walk from one session to the next"
BOOKED = "at a time that is booked"
AGAIN = "a talk that is booked already"
REST = "no break"
MOST = "more sessions than allowed"
DAY = "more sessions on one day than allowed"
TALK = "a talk twice"
EXCLUDED = "excluded session"
SCALE = "score not between 0 and 1"
LOW = "score below the least one"
RANKS = "ranks are not 1, 2, 3 and so on"
SESSION = "no session of this year"
BADGE = "no visitor of this year"
GROUP = "in the control group and not"
REASONS = "no reason"
SEATS = "more visitors than seats"
SHARE = "more visitors than max_share_per_session allows"
PINNED = "pinned session left out where it would fit"

INFORMATION = frozenset({PINNED})
"""Kinds that need not be a fault: rules, seats, a break or the least score may have taken the session."""

COLUMNS = ("kind", "badge_id", "session_id", "detail")

_BLOCK = 200_000
"""Rows that are looked at at once."""
_HAIR = 1e-6
"""Scores are told in whole millionths."""


def faults(
    recommendations: pd.DataFrame,
    sessions: pd.DataFrame,
    settings: config.Recommendations,
    *,
    visitors: pd.DataFrame | None = None,
    seats: pd.DataFrame | None = None,
    bookings: pd.DataFrame | None = None,
    kept: Collection[str] = (),
    share_of: int | None = None,
) -> pd.DataFrame:
    """What is wrong with the agendas; empty when all is well.

    Args:
        recommendations: table `RECOMMENDATIONS`, in any order.
        sessions: table `BACKFILLED_SESSIONS` or `SESSIONS`; only this year's rows count.
        settings: those that the agendas were made by.
        visitors: table `VISITORS`; without it no badge is unknown, and anyone may have come last year.
        seats: columns theatre and seats; they count when `theatre_capacity_limits` is enabled.
        bookings: columns badge_id, session_id, starts_at and ends_at, as `read_bookings` gives them; with
            `visitors` only theirs count.
        kept: badges whose agendas stay as an earlier run made them: their rows are held to what does not depend on the
            settings, seats and bookings of today, and take seats that nobody else gets.
        share_of: visitors that `max_share_per_session` is a share of; None: this year's visitors.

    Returns:
        Columns kind (a constant of this module), badge_id (`""` where it is nobody's), session_id (`""` where it
        is no single session) and detail (without personal data), sorted by all of them.
    """
    programme = _programme(sessions)
    people = None if visitors is None else visitors[visitors["cohort"].eq(THIS_YEAR)]
    rows = _numbered(recommendations, programme, people, kept)
    if bookings is not None and people is not None:
        bookings = bookings[bookings["badge_id"].isin(people["badge_id"])]
    booked = _booked(bookings, rows, programme)
    found = [fault for block in _blocks(rows) for fault in _of_agendas(block, booked, programme, settings)]
    visitors_in_all = rows["visitor"].nunique() if people is None else len(people)
    found += _of_sessions(rows, booked, programme, settings, seats, share_of or visitors_in_all)
    return pd.concat([_told("", rows[:0]), *found], ignore_index=True).sort_values(list(COLUMNS), ignore_index=True)


def clashes(recommendations: pd.DataFrame, sessions: pd.DataFrame, travel_minutes: int = 0) -> pd.DataFrame:
    """Pairs of sessions in one agenda that no visitor can attend both; empty when all is well.

    Two sessions clash when one starts before the other has ended, plus `travel_minutes` where both theatres are
    known and differ. Sessions without start or end cannot be told to clash; none counts as shorter than a minute.

    Args:
        recommendations: table `RECOMMENDATIONS`; badge_id and session_id are enough.
        sessions: table `BACKFILLED_SESSIONS` or `SESSIONS`; only this year's rows count.
        travel_minutes: as in the settings.

    Returns:
        One row per pair: badge_id, session_id, other_session_id, kind (`time` or `travel`).
    """
    programme = _programme(sessions)
    agendas = recommendations[["badge_id", "session_id"]].merge(programme[programme["timed"]], on="session_id")
    agendas["visitor"] = pd.factorize(agendas["badge_id"])[0]
    pairs = check_times.overlapping(agendas, travel_minutes)
    one, other = agendas.iloc[pairs["one"]], agendas.iloc[pairs["other"]]
    return pd.DataFrame(
        {
            "badge_id": one["badge_id"].to_numpy(),
            "session_id": one["session_id"].to_numpy(),
            "other_session_id": other["session_id"].to_numpy(),
            "kind": pairs["walk"].map({False: "time", True: "travel"}).astype(object),
        }
    )


def _programme(sessions: pd.DataFrame) -> pd.DataFrame:
    """This year's sessions with the time that each takes."""
    programme = sessions[sessions["cohort"].eq(THIS_YEAR)].drop_duplicates("session_id").reset_index(drop=True)
    return programme.join(check_times.slots_of(programme))


def _numbered(
    recommendations: pd.DataFrame, programme: pd.DataFrame, people: pd.DataFrame | None, kept: Collection[str]
) -> pd.DataFrame:
    """The rows by visitor and rank, with numbers in place of names and what is known of each visitor."""
    badge, badges = pd.factorize(recommendations["badge_id"])
    known = badges if people is None else pd.Index(people["badge_id"])
    came = badges if people is None else pd.Index(people.loc[people["assist_year_before"].eq(1), "badge_id"])
    rows = recommendations[["badge_id", "session_id", "rank", "score", "control_group"]].assign(
        visitor=badge,
        place=pd.Index(programme["session_id"]).get_indexer(pd.Index(recommendations["session_id"])),
        reasons=recommendations["reasons"].map(len),
        registered=badges.isin(known)[badge],
        came=badges.isin(came)[badge],
        kept=badges.isin(list(kept))[badge],
    )
    return rows.iloc[np.lexsort((rows["rank"], badge))].reset_index(drop=True)


def _booked(bookings: pd.DataFrame | None, rows: pd.DataFrame, programme: pd.DataFrame) -> pd.DataFrame:
    """Bookings in the form of `rows`, with the time that each takes; visitor -1: without an agenda."""
    if bookings is None:
        bookings = pd.DataFrame({"badge_id": [], "session_id": [], "starts_at": [], "ends_at": []})
    badges = rows.drop_duplicates("visitor").set_index("badge_id")["visitor"]
    place = pd.Index(programme["session_id"]).get_indexer(pd.Index(bookings["session_id"]))
    room = np.append(programme["room"].to_numpy(), -1)[place]
    own = bookings[["badge_id", "session_id", "starts_at", "ends_at"]].reset_index(drop=True)
    own = own.astype({"starts_at": "datetime64[ns]", "ends_at": "datetime64[ns]"}).assign(theatre__name="")
    slots = check_times.slots_of(own)
    visitor = badges.reindex(bookings["badge_id"]).fillna(-1).to_numpy(dtype=np.int64)
    talk = np.append(programme["content_group"].to_numpy(dtype=object), "")[place]
    return own.join(slots).assign(place=place, room=room, content_group=talk, visitor=visitor)


def _blocks(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Rows of whole visitors, about `_BLOCK` at once."""
    visitor = rows["visitor"].to_numpy()
    start = 0
    while start < len(rows):
        last = visitor[min(start + _BLOCK, len(rows)) - 1]
        stop = int(np.searchsorted(visitor, last, side="right"))
        yield rows.iloc[start:stop].reset_index(drop=True)
        start = stop


def _of_agendas(
    rows: pd.DataFrame, booked: pd.DataFrame, programme: pd.DataFrame, settings: config.Recommendations
) -> Iterator[pd.DataFrame]:
    """Faults of single rows and agendas."""
    yield from _of_rows(rows, settings)
    rows = rows[rows["place"] >= 0].reset_index(drop=True)
    planned = programme[["start", "end", "room", "timed", "day", "content_group"]].iloc[rows["place"]]
    rows = rows.join(planned.reset_index(drop=True))
    yield from _of_times(rows, settings)
    now = rows[~rows["kept"]].reset_index(drop=True)
    mine = booked[booked["visitor"].isin(now["visitor"])].reset_index(drop=True)
    yield from _of_bookings(now, mine, settings)
    yield from _of_limits(now, mine, settings)
    yield from _left_out(now, mine, programme, settings)


def _of_rows(rows: pd.DataFrame, settings: config.Recommendations) -> Iterator[pd.DataFrame]:
    yield _told(SESSION, rows[rows["place"] < 0])
    yield _told(BADGE, rows[~rows["registered"]])
    yield _told(REASONS, rows[rows["reasons"] == 0])
    yield _told(SCALE, rows[~rows["score"].between(0, 1)])
    least = settings.min_similarity_score
    lowered = settings.returning_without_history
    of_returning = min(least, least**lowered.similarity_exponent) if lowered.enabled else least
    needed = np.where(rows["came"], of_returning, least) - _HAIR
    low = rows["score"].lt(needed) & ~rows["kept"] & ~rows["session_id"].isin(settings.pinned_sessions)
    yield _told(LOW, rows[low], rows["score"].map("{:.6f}".format)[low])
    yield _told(EXCLUDED, rows[rows["session_id"].isin(settings.excluded_sessions) & ~rows["kept"]])
    agenda = rows.groupby("visitor", sort=False)
    yield _told(RANKS, rows[rows["rank"].ne(agenda.cumcount() + 1)].drop_duplicates("visitor").assign(session_id=""))
    mixed = rows["control_group"].ne(agenda["control_group"].transform("first"))
    yield _told(GROUP, rows[mixed].drop_duplicates("visitor").assign(session_id=""))


def _of_times(rows: pd.DataFrame, settings: config.Recommendations) -> Iterator[pd.DataFrame]:
    timed = rows[rows["timed"]].reset_index(drop=True)
    pairs = check_times.overlapping(timed, settings.travel_minutes)
    for kind, of_kind in ((TIME, pairs[~pairs["walk"]]), (TRAVEL, pairs[pairs["walk"]])):
        one, other = (timed.iloc[of_kind[name]].reset_index(drop=True) for name in ("one", "other"))
        yield _told(kind, one, "with " + other["session_id"])


def _of_bookings(rows: pd.DataFrame, booked: pd.DataFrame, settings: config.Recommendations) -> Iterator[pd.DataFrame]:
    settled = booked.loc[booked["place"] >= 0, ["visitor", "content_group"]].drop_duplicates()
    yield _told(AGAIN, rows.merge(settled, on=["visitor", "content_group"]))
    columns = ["visitor", "badge_id", "session_id", "place", "start", "end", "room"]
    slots = pd.concat([rows.loc[rows["timed"], columns], booked.loc[booked["timed"], columns]], ignore_index=True)
    is_booked = np.arange(len(slots)) >= rows["timed"].sum()
    pairs = check_times.overlapping(slots, settings.travel_minutes)
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    # The booked session itself is told above.
    place = slots["place"].to_numpy()
    wrong = (is_booked[one] != is_booked[other]) & ((place[one] != place[other]) | (place[one] < 0))
    recommended, held = np.where(is_booked[one], other, one)[wrong], np.where(is_booked[one], one, other)[wrong]
    name = slots["session_id"].iloc[held].reset_index(drop=True)
    yield _told(BOOKED, slots.iloc[recommended].reset_index(drop=True), ("with " + name).where(name.ne(""), ""))


def _of_limits(rows: pd.DataFrame, booked: pd.DataFrame, settings: config.Recommendations) -> Iterator[pd.DataFrame]:
    most = rows.groupby("visitor", sort=False)["session_id"].transform("size")
    many = rows[most > settings.max_recommendations].drop_duplicates("visitor").assign(session_id="")
    yield _told(MOST, many, most.reindex(many.index).astype(str))
    if settings.max_per_day is not None:
        dated = rows[rows["day"] >= 0]
        per_day = dated.groupby(["visitor", "day"], sort=False)["session_id"].transform("size")
        many = dated[per_day > settings.max_per_day].drop_duplicates(["visitor", "day"]).assign(session_id="")
        yield _told(DAY, many, check_times.date_of(many["day"]))
    again = rows.duplicated(["visitor", "content_group"])
    yield _told(TALK, rows[again], rows["content_group"][again])
    held = booked.loc[booked["timed"], ["visitor", "start", "end"]]
    spans = pd.concat([rows.loc[rows["timed"], ["visitor", "start", "end"]], held], ignore_index=True)
    visitors = rows[["visitor", "badge_id"]].drop_duplicates("visitor")
    for rest in settings.breaks:
        window = (rest.earliest, rest.latest, rest.minutes)
        missing = check_times.without_rest(spans, *window).merge(
            check_times.without_rest(held, *window), how="left", indicator=True
        )
        # Where bookings alone leave no break, no agenda could.
        missing = missing[missing["_merge"] == "left_only"].merge(visitors, on="visitor")
        yield _told(REST, missing.assign(session_id=""), check_times.date_of(missing["day"]) + f" {rest.earliest}")


def _left_out(
    rows: pd.DataFrame, booked: pd.DataFrame, programme: pd.DataFrame, settings: config.Recommendations
) -> Iterator[pd.DataFrame]:
    """Pinned sessions that an agenda of this run lacks though time and limits would allow them."""
    wanted = set(settings.pinned_sessions) - set(settings.excluded_sessions)
    slot = ["start", "end", "room", "timed"]
    sizes = rows.groupby("visitor", sort=False)["session_id"].transform("size")
    agendas = rows[sizes < settings.max_recommendations]
    visitors = agendas.drop_duplicates("visitor")[["visitor", "badge_id"]]
    taken = pd.concat([agendas[["visitor", *slot]], booked[["visitor", *slot]]], ignore_index=True)
    for position in np.flatnonzero(programme["session_id"].isin(wanted)):
        session = programme.iloc[position]
        has = agendas.loc[agendas["content_group"].eq(session["content_group"]), "visitor"]
        had = booked.loc[booked["place"].eq(position), "visitor"]
        without = visitors[~visitors["visitor"].isin(has) & ~visitors["visitor"].isin(had)]
        wish = without.assign(**session[["session_id", *slot]])
        slots = pd.concat([wish, taken[taken["visitor"].isin(wish["visitor"])]], ignore_index=True)
        slots = slots[slots["timed"]].reset_index(drop=True)
        pairs = check_times.overlapping(slots, settings.travel_minutes)
        wished = slots["session_id"].notna().to_numpy()
        one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
        hindered = slots["visitor"].iloc[one[wished[one] | wished[other]]]
        yield _told(PINNED, wish[~wish["visitor"].isin(hindered)])


def _of_sessions(
    rows: pd.DataFrame,
    booked: pd.DataFrame,
    programme: pd.DataFrame,
    settings: config.Recommendations,
    seats: pd.DataFrame | None,
    visitors: int,
) -> Iterator[pd.DataFrame]:
    """Faults of whole sessions: more visitors than they may have."""
    sent = check_places.counted(rows.loc[~rows["kept"], "place"], len(programme))
    before = check_places.counted(rows.loc[rows["kept"], "place"], len(programme))
    holding = booked.drop_duplicates(["badge_id", "place"])["place"]
    with_bookings = before + check_places.counted(holding, len(programme))
    limit = settings.theatre_capacity_limits
    if limit.enabled and seats is not None:
        counts = pd.DataFrame({"sent": sent, "before": with_bookings})
        over = check_places.over_seats(programme, counts, seats, limit.capacity_multiplier)
        yield _told(SEATS, over.assign(badge_id=""), over["detail"])
    if settings.max_share_per_session < 1:
        counts = pd.DataFrame({"sent": sent, "before": before})
        over = check_places.over_share(programme, counts, settings.max_share_per_session, visitors)
        # What the show wants in every agenda may be in every agenda.
        over = over[~over["session_id"].isin(settings.pinned_sessions)]
        yield _told(SHARE, over.assign(badge_id=""), over["detail"])


def _told(kind: str, rows: pd.DataFrame, detail: pd.Series[str] | str = "") -> pd.DataFrame:
    told = rows[["badge_id", "session_id"]].astype(object)
    return told.assign(kind=kind, detail=detail)[list(COLUMNS)]
