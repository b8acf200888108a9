"""The planner: agendas of all visitors under scores, rules, bookings, timetable and places.

Without limits across visitors it works block by block and keeps no more than the agendas; with such limits it keeps
the values of all visitors who are planned, four bytes each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import agendas, capacity, control, forced, prices, rules
from pa_assets.agendas.core.recommend.booked import Bookings, bookings
from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers, Words, blocks
from pa_assets.agendas.core.recommend.offers import Offers, sessions_named
from pa_assets.agendas.core.recommend.picks import Alternatives, Picks, Removed, joined, stacked
from pa_assets.agendas.core.recommend.scores import SCALE, Scoring
from pa_assets.agendas.core.recommend.timetable import Timetable

_BLOCK_CELLS = 4_000_000
"""Visitors x sessions that are scored at once: 32 MB a matrix."""

Stays = Callable[[Numbers, Millionths], Flags]


@dataclass(frozen=True)
class Plan:
    """Agendas of this year's visitors (V) that were made, apart from those that stay."""

    picks: Picks
    why: Words
    """Why a visitor is offered nothing (V); empty for all others and for those who keep their agenda."""
    planned: Flags
    """V: who did not keep the agenda that they had."""
    alternatives: Alternatives
    removed: Removed
    statistics: dict[str, Any]


@dataclass
class _Parts:
    """What blocks of visitors have left so far."""

    picks: list[Picks] = field(default_factory=list)
    alternatives: list[Alternatives] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    not_proven: int = 0


@dataclass(frozen=True)
class Planner:
    """Scores, rules, bookings and timetable of one show."""

    scorer: Scoring
    matched: list[rules.MatchedRule]
    table: Timetable
    settings: config.Recommendations
    booked: pd.DataFrame | None = None
    """badge_id, session_id, starts_at, ends_at."""

    def plan(
        self, stays: Stays | None = None, kept: Picks | None = None, seats: pd.DataFrame | None = None, show: str = ""
    ) -> Plan:
        """Make the agendas of all visitors but those who keep theirs.

        Args:
            stays: asked for each block of visitors (rows, values rows x N): which of them keep the agenda that they
                had. None: nobody.
            kept: the agendas that may stay; the pairs of those who do take places.
            seats: columns theatre, seats; they count when `theatre_capacity_limits` is enabled.
            show: code of the show, for the draw that decides ties.

        Raises:
            RecommendationError: a pinned or excluded session is not in the programme.
        """
        booked = bookings(self.booked, self.scorer.inputs.visitors["badge_id"], self.scorer.inputs.sessions, self.table)
        return _Planning(self, booked, stays).plan(kept or joined([]), seats, show)


class _Planning:
    """One run of the planner."""

    def __init__(self, planner: Planner, booked: Bookings, stays: Stays | None) -> None:
        self.table, self.settings, self.booked, self.stays = planner.table, planner.settings, booked, stays
        self.inputs = planner.scorer.inputs
        known = [str(name) for name in self.inputs.sessions["session_id"]]
        self.pinned = sessions_named(self.settings.pinned_sessions, known, "recommendations.pinned_sessions")
        excluded = np.isin(np.array(known, dtype=object), self.settings.excluded_sessions)
        self.pinned &= ~excluded
        self.offers = Offers(planner.scorer, planner.matched, self.table, self.settings, booked, self.pinned, excluded)
        visitors = len(self.inputs.visitors)
        self.why: Words = np.full(visitors, "", dtype=object)
        self.planned: Flags = np.ones(visitors, dtype=bool)
        self.parts = _Parts()

    def plan(self, kept: Picks, seats: pd.DataFrame | None, show: str) -> Plan:
        """The plan within the limits that the settings ask for."""
        facts = self._plan_together(kept, seats, show) if self._limited(seats) else self._plan_in_blocks()
        picks = stacked(Picks, self.parts.picks)
        return Plan(
            picks=picks,
            why=self.why,
            planned=self.planned,
            alternatives=stacked(Alternatives, self.parts.alternatives),
            removed=stacked(Removed, self.parts.removed),
            statistics={
                "planned": int(self.planned.sum()),
                "total": round(float(picks.score.sum()) / SCALE, 6),
                "agendas_not_proven_best": self.parts.not_proven,
                **facts,
            },
        )

    def _limited(self, seats: pd.DataFrame | None) -> bool:
        settings = self.settings
        return bool(
            (settings.theatre_capacity_limits.enabled and seats is not None)
            or settings.max_share_per_session < 1
            or settings.exposure
        )

    def _offered(self) -> Iterator[tuple[Numbers, Millionths]]:
        """Visitors who are planned, block by block, with what they are offered."""
        size = max(1, _BLOCK_CELLS // max(len(self.table), 1))
        for rows in blocks(np.arange(len(self.inputs.visitors)), size):
            offer = self.offers.of(rows)
            if self.stays is not None:
                self.planned[rows] = ~self.stays(rows, offer.scores)
            go = np.flatnonzero(self.planned[rows])
            self.why[rows[go]] = offer.why[go]
            removed = offer.removed
            mine = self.planned[rows][removed.visitor]
            self.parts.removed.append(
                Removed(rows[removed.visitor[mine]], removed.session[mine], removed.rule[mine], removed.score[mine])
            )
            yield rows[go], offer.scores[go]

    def _plan_in_blocks(self) -> dict[str, Any]:
        for rows, offered in self._offered():
            times = self.booked.of(rows).times()
            pins = agendas.pinned(offered, self.pinned, self.table, times)
            values = agendas.diminished(offered, self.inputs.sessions["stream"], self.settings.stream_diversity)
            found = agendas.best(agendas.offer(values, pins, times), self.table)
            self.parts.not_proven += int((found.bounds > found.sums).sum())
            self._keep(rows, found, offered)
        return {}

    def _keep(self, rows: Numbers, found: agendas.Agendas, values: Millionths) -> None:
        picks = found.picks(values)
        self.parts.picks.append(Picks(rows[picks.visitor], picks.session, picks.score))
        other = agendas.alternatives(found, values, self.table, self.settings.alternatives)
        self.parts.alternatives.append(
            Alternatives(rows[other.visitor], other.session, other.alternative, other.place, other.score)
        )

    def _plan_together(self, kept: Picks, seats: pd.DataFrame | None, show: str) -> dict[str, Any]:
        visitors, sessions = len(self.inputs.visitors), len(self.table)
        values: Millionths = np.empty((visitors, sessions), dtype=np.int32)
        count = 0
        for rows, offered in self._offered():
            values[count : count + len(rows)] = offered
            count += len(rows)
        rows, values = np.flatnonzero(self.planned), values[:count]
        kept = kept.only(~self.planned[kept.visitor])
        able = int((values > 0).any(axis=1).sum()) + len(np.unique(kept.visitor))
        per_session = self._seats(seats)
        places = capacity.places(self.inputs.sessions, per_session, self.settings.max_share_per_session, able)
        free = places.without(kept.session, self.booked.places().session)
        values[:, (free.of_session() == 0)] = 0
        draw = control.draw(self.inputs.visitors["badge_id"].iloc[rows], "seats", show)
        times = self.booked.of(rows).times()
        first = forced.Forced(values, self.table, times, free, draw)
        first.pin(self.pinned)
        self._expose(first, kept)
        lowered = agendas.diminished(values, self.inputs.sessions["stream"], self.settings.stream_diversity)
        demand = agendas.offer(lowered, first.pairs, times)._replace(
            visitor_draw=draw,
            session_draw=control.draw(self.inputs.sessions["session_id"], "seats", show),
            scale=prices.SCALE,
        )
        found, facts = prices.share_out(demand, self.table, first.places)
        self._keep(rows, found, values)
        held = np.concatenate([self.parts.picks[-1].session, kept.session])
        left = places.without(held, self.booked.places().session).of_session()
        names = [str(name) for name in self.inputs.sessions["session_id"]]
        return {
            "share_of": able,
            "limits": {
                **facts,
                "prices": [{"session_id": names[of["session"]], "price": of["price"]} for of in facts["prices"]],
                "seats": bool((per_session < capacity.UNLIMITED).any()),
                "sessions_without_capacity": int((per_session == capacity.UNLIMITED).sum()),
                "theatres_without_capacity": capacity.theatres_without_seats(self.inputs.sessions, per_session),
                "sessions_full": int((left == 0).sum()),
                "exposure": forced.told(first, names, np.bincount(held, minlength=sessions)),
            },
        }

    def _seats(self, seats: pd.DataFrame | None) -> Numbers:
        """Places per session by the seats of its theatre (N)."""
        limit = self.settings.theatre_capacity_limits
        if not limit.enabled or seats is None:
            return np.full(len(self.table), capacity.UNLIMITED)
        return capacity.limits(self.inputs.sessions, seats, limit.capacity_multiplier)

    def _expose(self, first: forced.Forced, kept: Picks) -> None:
        for wish in self.settings.exposure:
            wished = math.ceil(wish.least_share * len(self.inputs.visitors) - 1e-9)
            for session in np.flatnonzero(rules.sessions_of(wish.sessions, self.inputs.sessions)):
                first.expose(int(session), wished, int((kept.session == session).sum()))
