"""What visitors are offered: the value of each session after rules, least score, exclusions and bookings.

Whether there are places, and what goes together, is not asked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import rules
from pa_assets.agendas.core.recommend.booked import Bookings
from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers, RecommendationError, Words
from pa_assets.agendas.core.recommend.picks import Removed
from pa_assets.agendas.core.recommend.scores import SCALE, Scoring
from pa_assets.agendas.core.recommend.timetable import Timetable

BELOW_SCORE = "no session reaches the least score"
BY_RULES = "the rules of the show leave no session"
EXCLUDED = "every session that fits is excluded"
AGAINST_BREAKS = "every session that fits leaves no time for a break"
AT_BOOKED_TIMES = "every session that fits is booked or at a booked time"


@dataclass(frozen=True)
class Offer:
    """What some visitors (rows) are offered."""

    scores: Millionths
    """rows x N; 0 where a session is out of the question."""
    why: Words
    """Why nothing is offered to a visitor; empty where something is."""
    removed: Removed
    """The best sessions that rules took; visitors are rows."""


@dataclass(frozen=True)
class Offers:
    """Makes offers to any visitors."""

    scorer: Scoring
    matched: list[rules.MatchedRule]
    table: Timetable
    settings: config.Recommendations
    booked: Bookings
    pinned: Flags
    """N: sessions that need no least score."""
    excluded: Flags
    """N."""

    def of(self, rows: Numbers) -> Offer:
        """The offer to visitors `rows` (sorted); what the rules do is added to their counts."""
        minimum = round(self.settings.min_similarity_score * SCALE)
        applied = rules.apply(self.matched, rows, self.scorer.fit(rows), minimum, self.scorer.score_of, count=True)
        values = applied.values.astype(np.int32)
        stages = [(BELOW_SCORE, (values >= minimum) & (values > 0))]
        values = self._lowered(rows, values)
        values[:, self.pinned] = np.maximum(values[:, self.pinned], 1)
        offered = np.where(stages[0][1] | self.pinned, values, 0).astype(np.int32)
        row, session = rules.most_fitting(
            np.where(self.excluded, 0, offered), applied.removed, self.settings.max_recommendations
        )
        removed = Removed(row, session, applied.removed[row, session].astype(np.int64), _of(offered, row, session))
        for reason, taken in (
            (BY_RULES, applied.removed > 0),
            (EXCLUDED, self.excluded),
            (AGAINST_BREAKS, ~self.table.possible),
        ):
            offered[np.broadcast_to(taken, offered.shape)] = 0
            stages.append((reason, offered > 0))
        self.booked.of(rows).block(offered, self.table)
        stages.append((AT_BOOKED_TIMES, offered > 0))
        why = np.full(len(rows), "", dtype=object)
        for reason, left in stages:
            why[(why == "") & ~left.any(axis=1)] = reason
        why[(offered > 0).any(axis=1)] = ""
        return Offer(offered, why, removed)

    def _lowered(self, rows: Numbers, values: Millionths) -> Millionths:
        """The values of returning visitors without history, by the exponent of the settings."""
        returning = self.settings.returning_without_history
        if not returning.enabled:
            return values
        inputs = self.scorer.inputs
        came = inputs.visitors["assist_year_before"].eq(1).to_numpy()[rows]
        concerned = came & (np.diff(inputs.history.indptr)[rows] == 0)
        values = values.copy()
        lowered = np.rint((values[concerned] / SCALE) ** returning.similarity_exponent * SCALE)
        values[concerned] = np.where(values[concerned] > 0, np.maximum(lowered, 1), 0)
        return values


def sessions_named(identifiers: list[str], known: list[str], setting: str) -> Flags:
    """Which of the known sessions (N) are named.

    Raises:
        RecommendationError: an identifier is unknown; the message names it and the nearest known ones.
    """
    unknown = sorted(set(identifiers) - set(known))
    if unknown:
        hints = [f"{name!r}{_nearest(name, known)}" for name in unknown]
        raise RecommendationError(f"{setting}: the programme has no session {', '.join(hints)}. Mend or remove them.")
    return np.isin(np.array(known, dtype=object), identifiers)


def _nearest(name: str, known: list[str]) -> str:
    found = get_close_matches(name, known, n=3, cutoff=0.5)
    return f" (nearest: {', '.join(found)})" if found else ""


def _of(values: Millionths, row: Numbers, session: Numbers) -> Numbers:
    return values[row, session].astype(np.int64)
