"""The planner: agendas of any visitors under scores, rules, timetable and seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import agendas, capacity, control, rules, scores
from pa_assets.agendas.core.recommend.inputs import Millionths, Numbers, Words, blocks
from pa_assets.agendas.core.recommend.picks import Picks, joined

BELOW_SCORE = "no session reaches the least score"
BY_RULES = "the rules of the show leave no session"

_BLOCK_CELLS = 4_000_000
"""Visitors x sessions that are scored at once: 32 MB a matrix."""


@dataclass(frozen=True)
class Planner:
    """Scores, rules and timetable of one show: makes agendas for any visitors."""

    scorer: scores.Scorer
    matched: list[rules.MatchedRule]
    table: agendas.Timetable
    settings: config.Recommendations

    def plan(self, rows: Numbers) -> tuple[Picks, Words]:
        """Agendas of visitors `rows` (sorted), and why a visitor has none."""
        return self._plan(rows, joined([]), np.zeros(len(self.table.order), dtype=np.int64), count=True)

    def _plan(self, rows: Numbers, lost: Picks, least: Numbers, *, count: bool) -> tuple[Picks, Words]:
        sessions = len(self.table.order)
        found, why = [], np.full(len(rows), "", dtype=object)
        for block in blocks(np.arange(len(rows)), max(1, _BLOCK_CELLS // max(sessions, 1))):
            visitors = rows[block]
            values, why[block] = self._scores(visitors, count=count)
            mine = np.isin(lost.visitor, visitors)
            values[np.searchsorted(visitors, lost.visitor[mine]), lost.session[mine]] = 0
            values[values < least] = 0
            row, session = np.nonzero(agendas.best(values, self.table, self.settings.max_recommendations))
            found.append(Picks(visitors[row], session, values[row, session].astype(np.int64)))
        return joined(found), why

    def _scores(self, visitors: Numbers, *, count: bool) -> tuple[Millionths, Words]:
        minimum = round(self.settings.min_similarity_score * scores.SCALE)
        values, removed = rules.apply(
            self.matched, visitors, self.scorer.fit(visitors), minimum, self.scorer.score_of, count=count
        )
        allowed = removed == 0
        reached = (values >= minimum) & (values > 0)
        why = np.where(reached.any(axis=1), np.where((reached & allowed).any(axis=1), "", BY_RULES), BELOW_SCORE)
        return np.where(reached & allowed, values, 0).astype(np.int32), why.astype(object)

    def seated(self, picks: Picks, kept: Picks, seats: pd.DataFrame | None, show: str) -> tuple[Picks, dict[str, Any]]:
        """The agendas within the theatres' seats, after those that are `kept`, and counts."""
        limit = self.settings.theatre_capacity_limits
        if not limit.enabled or seats is None:
            return picks, {"enabled": False, **({"why": "no seats delivered"} if limit.enabled else {})}
        inputs = self.scorer.inputs
        places = capacity.limits(inputs.sessions, seats, limit.capacity_multiplier)
        known = places < capacity.UNLIMITED
        taken = np.bincount(kept.session, minlength=len(places))
        free = np.where(known, np.maximum(places - taken, 0), places)
        tie = control.draw(inputs.visitors["badge_id"], "seats", show)
        picks, counts = capacity.enforce(
            picks, free, tie, lambda rows, lost, least: self._plan(rows, lost, least, count=False)[0]
        )
        used = np.bincount(picks.session, minlength=len(places)) + taken
        return picks, {
            "enabled": True,
            "multiplier": limit.capacity_multiplier,
            "sessions_without_capacity": int((~known).sum()),
            "sessions_full": int((known & (used >= places)).sum()),
            "sessions_over_by_kept_agendas": int((known & (used > places)).sum()),
            **counts,
        }
