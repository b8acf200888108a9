"""Strategy `max_cosine`: the nearest reference session alone, as the previous pipeline scored; for comparison.

A session counts what the most alike of a visitor's reference sessions says: the highest cosine of the two vectors,
at least 0. Reference sessions are those that the visitor attended at the past shows; who attended none, those of
similar visitors; who has none either, popular ones. Where the previous pipeline drew anew in each run, a seed draws
here, for each profile of answers by itself, so nobody's scores depend on who else registered. One defect is mended:
everybody who attended a past show can be a similar visitor, not only those who come again.

Rules, the least score, agendas and the exponent for returning visitors without history are the planner's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import similar
from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.control import draw
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, Millionths, Numbers, Words
from pa_assets.agendas.core.recommend.scores import SCALE

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PAST_SESSIONS, SIMILAR_VISITORS, POPULAR = "past_sessions", "similar_visitors", "popular_fallback"

ATTENDED_REASON = "Most like '{title}', which you attended {when}"
SIMILAR_REASON = "Like a session that visitors with answers like yours attended before"
POPULAR_REASON = "Like a session that many visitors attended before"
OTHERWISE = "Completes your agenda at its time"
"""Where no reference session is like the session at all."""

_DIGITS = 6
"""Cosines are rounded to the unit of scores, so that they do not depend on the order in which a processor sums."""

_LEAST_POOL, _POOL_FACTOR, _POPULAR_FACTOR = 10, 3, 5


@dataclass(frozen=True)
class CosineScorer:
    """All that is needed to score any block of visitors; P counts the past sessions that have a vector."""

    inputs: Inputs
    past_sessions: pd.DataFrame
    """P rows."""
    likeness: Floats
    """P x N: cosines, 0 to 1."""
    history: csr_matrix
    """V x P: what each visitor attended."""
    shared: Floats
    """G + 1 x N: highest cosine to what similar visitors of each profile attended; in the last row to popular ones."""
    source: Numbers
    """V: row of `shared`, or -1 where the visitor's own history speaks."""
    carried: Words
    """V: what the visitor's scores rest on, such as `returning_past_sessions`."""

    def fit(self, rows: Numbers) -> Floats:
        """Highest cosine of each session to the visitor's reference sessions (rows x N), 0 to 1."""
        source = self.source[rows]
        result: Floats = self.shared[source]
        own = np.flatnonzero(source < 0)
        result[own] = _highest(self.history[rows[own]], self.likeness)
        return result

    def score_of(self, fit: Floats) -> Millionths:
        """The cosine itself in millionths; boosted ones at most 1."""
        return np.asarray(np.rint(np.clip(fit, 0.0, 1.0) * SCALE), dtype=np.int32)

    def explain(self, visitor: Numbers, session: Numbers) -> tuple[list[list[str]], Words]:
        """The reason for each pair of visitor row and session row, and what carried each visitor's agenda."""
        source = self.source[visitor]
        text = np.where(source == len(self.shared) - 1, POPULAR_REASON, SIMILAR_REASON).astype(object)
        own = np.flatnonzero(source < 0)
        reference = self._nearest(visitor[own], session[own])
        text[own] = np.where(reference >= 0, self._attended()[reference], OTHERWISE)
        shared = np.flatnonzero(source >= 0)
        text[shared[self.shared[source[shared], session[shared]] <= 0]] = OTHERWISE
        return text[:, None].tolist(), self.carried[visitor]

    def _nearest(self, visitor: Numbers, session: Numbers) -> Numbers:
        """Of each pair the attended session most like this one, the first of equals; -1 where none is like it."""
        attended = self.history[visitor]
        pair = np.repeat(np.arange(len(visitor)), np.diff(attended.indptr))
        past = attended.indices.astype(np.int64)
        alike = self.likeness[past, session[pair]]
        order = np.lexsort((past, -alike, pair))
        order = order[np.unique(pair[order], return_index=True)[1]]
        result = np.full(len(visitor), -1, dtype=np.int64)
        result[pair[order]] = np.where(alike[order] > 0, past[order], -1)
        return result

    def _attended(self) -> Words:
        """The reason that each past session gives to those who attended it (P), and one more that stands for none."""
        year = self.past_sessions["starts_at"].dt.year
        last = self.inputs.sessions["starts_at"].dt.year.min() - 1
        when = ("in " + year.astype("Int64").astype(str)).where(year.notna() & year.ne(last), "last year")
        texts = [
            ATTENDED_REASON.format(title=title, when=year)
            for title, year in zip(self.past_sessions["title"], when, strict=True)
        ]
        return np.array([*texts, ""], dtype=object)


def build(
    inputs: Inputs, attributes: Sequence[Attribute], settings: config.Recommendations
) -> tuple[CosineScorer, dict[str, Any]]:
    """The scorer, and facts for the statistics. Past sessions without a vector are no reference."""
    known = np.flatnonzero(inputs.past_vectors.any(axis=1))
    likeness = np.clip(_unit(inputs.past_vectors[known]) @ _unit(inputs.vectors).T, 0.0, 1.0).round(_DIGITS)
    history = inputs.history[:, known]
    bare = np.flatnonzero(np.diff(history.indptr) == 0)
    profile, references = _similar(inputs, known, bare, attributes, settings)
    popular = _popular(inputs, known, settings)

    some = np.diff(references.indptr) > 0
    source = np.full(len(inputs.visitors), -1, dtype=np.int64)
    source[bare] = np.where(some[profile], profile, references.shape[0])
    words = np.select([source < 0, source < references.shape[0]], [PAST_SESSIONS, SIMILAR_VISITORS], POPULAR)
    returning = inputs.visitors["assist_year_before"].eq(1).to_numpy(dtype=bool) | (source < 0)
    scorer = CosineScorer(
        inputs=inputs,
        past_sessions=inputs.past_sessions.iloc[known].reset_index(drop=True),
        likeness=likeness,
        history=history,
        shared=np.concatenate([_highest(references, likeness), likeness[popular].max(axis=0, initial=0.0)[None, :]]),
        source=source,
        carried=np.where(returning, "returning_", "new_").astype(object) + words.astype(object),
    )
    facts = {
        "past_sessions": len(inputs.past_sessions),
        "past_attendees": int(inputs.people.shape[0]),
        "past_attendances": int(inputs.people.nnz),
        "profiles": int(references.shape[0]),
        "popular_sessions_drawn": inputs.past_sessions["session_id"].iloc[known[popular]].tolist(),
        "past_sessions_without_vector": len(inputs.past_sessions) - len(known),
        "sessions_without_vector": int((~inputs.vectors.any(axis=1)).sum()),
    }
    return scorer, facts


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0))


def _highest(references: csr_matrix, likeness: Floats) -> Floats:
    from pa_assets.agendas.core.recommend.cosine_kernels import highest

    return highest(references.indptr.astype(np.int64), references.indices.astype(np.int64), likeness)


def _similar(
    inputs: Inputs,
    known: Numbers,
    bare: Numbers,
    attributes: Sequence[Attribute],
    settings: config.Recommendations,
) -> tuple[Numbers, csr_matrix]:
    """Profile of each visitor in `bare`, and what the similar visitors of each profile attended (G x P).

    A pool of the most similar past badges with attendance (of equal ones those with more sessions go first, then by
    show and badge) gives `similar_visitors_count`, drawn by the seed. Nobody is their own similar visitor, for whoever
    has a past badge with attendance is not in `bare`.
    """
    from scipy.sparse import csr_matrix

    attended = inputs.past_attendance[:, known]
    sessions = np.diff(attended.indptr)
    people = np.argsort(-sessions, kind="stable")[: int((sessions > 0).sum())].astype(np.int64)
    answers = similar.answers(attributes, [attribute.past[people] for attribute in attributes], len(people))
    mine = similar.answers(attributes, [attribute.this_year[bare] for attribute in attributes], len(bare))
    profiles, profile = np.unique(mine, axis=0, return_inverse=True)
    count = settings.similar_visitors_count
    weights = [round(attribute.weight * SCALE) for attribute in attributes]
    pool = similar.most_similar(profiles, answers, weights, max(_POOL_FACTOR * count, _LEAST_POOL))

    badges = inputs.past_visitors["cohort"].str.cat(inputs.past_visitors["badge_id"], sep="|").iloc[people]
    lots = draw(badges, "similar visitor", str(settings.random_seed))
    drawn = similar.drawn(profiles, pool, lots, count)
    row, place = np.nonzero(drawn >= 0)
    chosen = csr_matrix((np.ones(len(row)), (row, drawn[row, place])), shape=(len(profiles), len(people)))
    return profile.ravel().astype(np.int64), (chosen @ attended[people]).tocsr()


def _popular(inputs: Inputs, known: Numbers, settings: config.Recommendations) -> Numbers:
    """Positions in `known` of `max_recommendations` sessions, drawn among five times as many most attended ones."""
    attendees = np.asarray((inputs.people[:, known] > 0).sum(axis=0)).ravel()
    most = settings.max_recommendations
    best = np.argsort(-attendees, kind="stable")[: _POPULAR_FACTOR * most]
    best = best[attendees[best] > 0]
    sessions = inputs.past_sessions["cohort"].str.cat(inputs.past_sessions["session_id"], sep="|").iloc[known[best]]
    lot = draw(sessions, "popular", str(settings.random_seed))
    return np.sort(best[np.argsort(lot, kind="stable")[:most]]).astype(np.int64)
