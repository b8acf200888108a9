"""Incremental runs: whose agenda stays as a run before made it, and which places these agendas take.

Two ways to stay. *Unchanged*: nothing that decides the agenda is new, so making it again could only shift it for the
sake of others. *Sent* (`create_only_new`): whoever has an agenda keeps it, whatever changed. What differs in the
end, and why, is listed by `changes`; planning the others is the matter of the planner.

What decides an agenda is, for one visitor, the row of values (score after rules, limits and bookings) with time,
theatre, talk, streams and sponsor of each session that has a value, and the visitor's bookings; for all of them
the settings, the seats and the words of the reasons. The first is told by a fingerprint per visitor, the second by
one of the run. Other visitors are in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.capacity import UNLIMITED, Places
from pa_assets.agendas.core.recommend.control import draw
from pa_assets.agendas.core.recommend.inputs import Flags, Inputs, Millionths, Numbers
from pa_assets.agendas.core.recommend.phrases import phrases
from pa_assets.agendas.core.recommend.picks import Picks
from pa_assets.agendas.core.recommend.scores import SCALE
from pa_assets.agendas.core.recommend.timetable import spans
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets.kit import fingerprint

Hashes = NDArray[np.uint64]

VERSION = 1
"""Raised when agendas are made differently from equal values, so that none of an older version stays."""

STATE_COLUMNS = ["badge_id", "fingerprint"]

FIRST_RUN = "there is no run before"
NO_FINGERPRINTS = "the run before left no fingerprints that can be read"
OTHER_RUN = "settings, seats or the program changed"

VISITOR_CHANGED = "what is known of the visitor or of the sessions changed"
NO_PLACE = "places ran out"
CLASHED = "sessions of the agenda came to clash"

_PROGRAMME = ("session_id", "starts_at", "ends_at", "theatre__name", "content_group", "stream", "sponsored_by")
_BOOKING = ("session_id", "starts_at", "ends_at")
_MINUTE = 60_000_000_000


@dataclass(frozen=True)
class Previous:
    """What a run left behind; None or empty where a file is missing or of an older form."""

    table: pd.DataFrame | None = None
    """RECOMMENDATIONS."""
    state: pd.DataFrame | None = None
    """badge_id, fingerprint: see `Incremental.state`."""
    run: str = ""
    """Its fingerprint: see `run_fingerprint`."""


def run_fingerprint(settings: config.Recommendations, seats: pd.DataFrame | None, show: str) -> str:
    """Fingerprint of what decides the agendas of all visitors alike.

    Args:
        settings: how agendas are made.
        seats: columns theatre and seats, in any order of rows; they count where the limit is enabled.
        show: code of the show.
    """
    rows: list[str] = []
    if settings.theatre_capacity_limits.enabled and seats is not None:
        rows = sorted(map(str, seats[["theatre", "seats"]].itertuples(index=False, name=None)))
    words = dict(phrases(settings.language).texts)
    return fingerprint.of_json([VERSION, settings.model_dump(mode="json"), rows, show, words])


def session_hashes(sessions: pd.DataFrame) -> Hashes:
    """An odd number per session, even over 64 bits, from what decides clashes and reasons (N)."""
    return _hashes(sessions, _PROGRAMME) | np.uint64(1)


def fingerprints(values: Millionths, hashes: Hashes) -> Hashes:
    """Fingerprint of each row of values (rows x N): the sum of value x hash modulo 2 to the 64th.

    It does not depend on the order of the sessions, and sessions of value 0 do not count. Rows that differ have
    equal fingerprints by chance alone, 1 in 2 to the 44th at worst: a value has 20 bits.
    """
    return np.asarray(values.astype(np.uint64) @ hashes, dtype=np.uint64)


class Incremental:
    """Compares this run with the one before, block by block of visitors."""

    def __init__(
        self,
        previous: Previous,
        inputs: Inputs,
        run: str,
        *,
        sent: bool = False,
        travel_minutes: int = 0,
        places: Places | None = None,
        booked: pd.DataFrame | None = None,
    ) -> None:
        """Look up what was before.

        Args:
            previous: what the run before left.
            inputs: tables of this run; V visitors, N sessions.
            run: fingerprint of this run.
            sent: agendas made before were sent and stay as far as their sessions exist, whatever changed.
                An agenda whose sessions clash now, with each other or with a booking, is made anew.
            travel_minutes: minutes between theatres, for these clashes.
            places: what agendas may take after bookings, by limits of every kind. Where unchanged agendas hold
                more, those whom the session fits least are made anew; sent ones stay.
            booked: columns badge_id, session_id, starts_at, ends_at.
        """
        self._inputs, self._run = inputs, run
        self._hashes = session_hashes(inputs.sessions)
        self._bookings = _of_bookings(inputs, booked)
        self._now: Hashes = np.zeros(len(inputs.visitors), dtype=np.uint64)
        self._seen: Flags = np.zeros(len(inputs.visitors), dtype=bool)
        self._stays: Flags = np.zeros(len(inputs.visitors), dtype=bool)
        table = previous.table
        readable = table is not None and set(RECOMMENDATIONS.names) <= set(table.columns)
        self._table = table[RECOMMENDATIONS.names] if table is not None and readable else RECOMMENDATIONS.empty()
        self._pairs, self._row = _pairs(self._table, inputs)
        self._had: Flags = _holding(self._pairs.visitor, inputs)
        self._then, known = _then(previous.state, inputs)
        self._clashed = self._had & (
            _clashing(self._pairs, inputs, travel_minutes) | _against_bookings(self._pairs, inputs, booked)
        )
        self._why_anew = _why_anew(readable, bool(known.any()), previous.run == run, sent=sent)
        self._sent: Flags = self._had & ~self._clashed & sent
        may = self._had & known & (self._why_anew == "") & (not sent)
        self._released = may & _without_place(self._pairs, may, places, inputs)
        self._may = may & ~self._released

    def stays(self, rows: Numbers, values: Millionths) -> Flags:
        """Which of visitors `rows` keep the agenda that they had; `values` are theirs (rows x N)."""
        now = fingerprints(values, self._hashes) + self._bookings[rows]
        self._now[rows], self._seen[rows] = now, True
        stays: Flags = self._sent[rows] | (self._may[rows] & (now == self._then[rows]))
        self._stays[rows] = stays
        return stays

    def candidates(self) -> Picks:
        """All pairs of the run before whose visitor may come to stay, before `stays` was asked."""
        return self._pairs.only((self._sent | self._may)[self._pairs.visitor])

    def kept(self) -> Picks:
        """The pairs that stay, by visitor and rank; complete when `stays` was asked of every visitor."""
        return self._pairs.only(self._stays[self._pairs.visitor])

    def rows(self) -> pd.DataFrame:
        """Rows of the previous table that stay, as they were; ranks close up where a session of a sent agenda left."""
        here = self._stays[self._pairs.visitor]
        table = self._table.iloc[self._row[here]].reset_index(drop=True)
        return table.assign(rank=table.groupby("badge_id", sort=False).cumcount() + 1)

    def of_kept(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of another table of the run before whose visitors keep their agenda and whose sessions still exist.

        Args:
            frame: with badge_id and any of session_id and alternative_id.
        """
        here = frame["badge_id"].isin(self._inputs.visitors["badge_id"][self._stays])
        for name in {"session_id", "alternative_id"} & set(frame.columns):
            here &= frame[name].isin(self._inputs.sessions["session_id"])
        return frame[here].reset_index(drop=True)

    def state(self) -> pd.DataFrame:
        """Fingerprints of this run for the next: badge_id, fingerprint (signed, as files know no unsigned numbers)."""
        badges = self._inputs.visitors["badge_id"].to_numpy(dtype=object)[self._seen]
        return pd.DataFrame({"badge_id": badges, "fingerprint": self._now[self._seen].view(np.int64)})

    def causes(self) -> pd.Series[str]:
        """Why visitors who had an agenda do not keep it, by badge; empty for all others."""
        conditions = [self._stays | ~self._had, self._clashed, self._released]
        cause = np.select(conditions, ["", CLASHED, NO_PLACE], self._why_anew or VISITOR_CHANGED)
        return pd.Series(cause, index=self._inputs.visitors["badge_id"].to_numpy(dtype=object), dtype=object)

    def statistics(self) -> dict[str, Any]:
        """Counts and the fingerprint of this run, JSON-able."""
        return {
            "run": self._run,
            "visitors": int(self._stays.sum()),
            "sessions": int(self._stays[self._pairs.visitor].sum()),
            "made_anew": int((self._seen & self._had & ~self._stays).sum()),
            "all_made_anew_because": self._why_anew,
            "rebuilt_because_of_clashes": int((self._clashed & ~self._stays).sum()),
            "rebuilt_because_of_places": int(self._released.sum()),
        }


def _why_anew(readable: bool, known: bool, same_run: bool, *, sent: bool) -> str:
    """Why no agenda can stay; empty where one may."""
    if not readable:
        return FIRST_RUN
    if sent:
        return ""
    if not known:
        return NO_FINGERPRINTS
    return "" if same_run else OTHER_RUN


def _pairs(table: pd.DataFrame, inputs: Inputs) -> tuple[Picks, Numbers]:
    """Pairs of a table of recommendations that exist in this run, by visitor and rank, and their rows in it."""
    visitor = pd.Index(inputs.visitors["badge_id"]).get_indexer(pd.Index(table["badge_id"]))
    session = pd.Index(inputs.sessions["session_id"]).get_indexer(pd.Index(table["session_id"]))
    here = np.flatnonzero((visitor >= 0) & (session >= 0))
    order = here[np.lexsort((session[here], table["rank"].to_numpy()[here], visitor[here]))].astype(np.int64)
    score = np.rint(table["score"].to_numpy(dtype=np.float64)[order] * SCALE).astype(np.int64)
    return Picks(visitor[order].astype(np.int64), session[order].astype(np.int64), score), order


def _then(state: pd.DataFrame | None, inputs: Inputs) -> tuple[Hashes, Flags]:
    """Fingerprint of each visitor in the run before (V), and whether it is known."""
    if state is None or not set(STATE_COLUMNS) <= set(state.columns) or state["badge_id"].duplicated().any():
        return np.zeros(len(inputs.visitors), dtype=np.uint64), np.zeros(len(inputs.visitors), dtype=bool)
    at = pd.Index(state["badge_id"]).get_indexer(pd.Index(inputs.visitors["badge_id"]))
    then = np.append(state["fingerprint"].to_numpy(dtype=np.int64), 0).view(np.uint64)
    return then[at], at >= 0


def _holding(visitor: Numbers, inputs: Inputs) -> Flags:
    result = np.zeros(len(inputs.visitors), dtype=bool)
    result[visitor] = True
    return result


def _clashing(pairs: Picks, inputs: Inputs, travel_minutes: int) -> Flags:
    """Visitors (V) with pairs that clash with each other, by the same rule as the timetable's."""
    start, end, timed = spans(inputs.sessions)
    theatre = inputs.sessions["theatre__name"].str.split().str.join(" ").str.casefold()
    lane = np.where(theatre.ne(""), pd.factorize(theatre)[0], -1)
    pairs = pairs.only(timed[pairs.session])
    pairs = pairs.only(np.lexsort((pairs.session, start[pairs.session], pairs.visitor)))
    result = np.zeros(len(inputs.visitors), dtype=bool)
    for distance in range(1, int(np.bincount(pairs.visitor, minlength=1).max())):
        visitor, one, other = pairs.visitor[distance:], pairs.session[:-distance], pairs.session[distance:]
        walk = np.where((lane[one] == lane[other]) & (lane[one] >= 0), 0, travel_minutes * _MINUTE)
        clash = (pairs.visitor[:-distance] == visitor) & (start[other] < end[one] + walk)
        result[visitor[clash]] = True
    return result


def _against_bookings(pairs: Picks, inputs: Inputs, booked: pd.DataFrame | None) -> Flags:
    """Visitors (V) with pairs at the time of something that they booked, or with the booked session itself."""
    result = np.zeros(len(inputs.visitors), dtype=bool)
    if booked is None:
        return result
    held = inputs.sessions[["session_id", "starts_at", "ends_at"]].iloc[pairs.session].reset_index(drop=True)
    held = held.assign(visitor=pairs.visitor, badge_id=inputs.visitors["badge_id"].to_numpy()[pairs.visitor])
    both = held.merge(booked, on="badge_id", suffixes=("", "_booked"))
    overlap = (both["starts_at"] < both["ends_at_booked"]) & (both["starts_at_booked"] < both["ends_at"])
    result[both.loc[overlap | both["session_id"].eq(both["session_id_booked"]), "visitor"]] = True
    return result


def _without_place(pairs: Picks, may: Flags, places: Places | None, inputs: Inputs) -> Flags:
    """Visitors (V) for whose pairs no place is left when the best-fitting of those who `may` stay go first."""
    result = np.zeros(len(may), dtype=bool)
    if places is None:
        return result
    pairs = pairs.only(may[pairs.visitor])
    tie = draw(inputs.visitors["badge_id"], "kept")[pairs.visitor]
    slot = places.slot[pairs.session]
    for group, free in ((slot, np.append(places.in_slot, UNLIMITED)), (pairs.session, places.in_session)):
        order = np.lexsort((tie, -pairs.score, group))
        group = group[order]
        before = np.arange(len(group)) - np.searchsorted(group, group, side="left")
        result[pairs.visitor[order][before >= free[group]]] = True
    return result


def _of_bookings(inputs: Inputs, booked: pd.DataFrame | None) -> Hashes:
    """What each visitor's bookings add to the fingerprint (V), in any order."""
    result = np.zeros(len(inputs.visitors), dtype=np.uint64)
    if booked is not None:
        at = pd.Index(inputs.visitors["badge_id"]).get_indexer(pd.Index(booked["badge_id"]))
        np.add.at(result, at[at >= 0], _hashes(booked, _BOOKING)[at >= 0])
    return result


def _hashes(frame: pd.DataFrame, columns: Sequence[str]) -> Hashes:
    """A number per row, even over 64 bits, from some columns (SipHash)."""
    text = pd.Series("", index=frame.index, dtype=object)
    for name in columns:
        cells = frame[name].astype("datetime64[ns]").astype("int64") if name.endswith("_at") else frame[name]
        text = text + "\0" + cells.astype(str)
    return np.asarray(pd.util.hash_array(text.to_numpy(dtype=object), categorize=False), dtype=np.uint64)
