"""From scores to probabilities: the theatre's share in the answer, and how sure the classifier may be.

All of it is fitted on the sessions that have a stream, each judged by a classifier and by counts that leave it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Texts = NDArray[Any]

CLOSE = 0.6
"""A further stream needs this part of the best one's probability, if the show's sessions do not tell."""

_CLOSENESS = (CLOSE, 0.5, 0.7, 0.4, 0.8, 0.3, 0.2, 0.15, 0.1, 0.05)
"""Of equal ones the first."""

_SHARPNESS = np.geomspace(1.0, 64.0, 25)
_TRUST = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
_ENOUGH = 20
"""Sessions to learn from, below which the defaults of `Decision` hold."""

_DOUBT = 0.1
"""Share of a label that is spread over all streams when the sharpness is fitted (label smoothing).

Where streams are told apart almost without a mistake, this keeps the classifier from being certain of sessions that are
like none of them. Where it makes mistakes enough, they teach it doubt.
"""
_MISTAKES = 20
"""Mistakes from which the classifier's own doubt can be learnt."""

_STEPS = 25
"""Newton steps of the curve of `learnt_trust`, each of at most one half."""

_PRIOR_SESSIONS = 2.0
"""The whole show's streams count in a theatre like this many of its sessions."""


@dataclass(frozen=True)
class Evidence:
    """What theatres say of sessions: log of how much likelier each stream is there, shape (sessions, streams).

    Zero where a theatre is unknown or held no session with a stream.
    """

    same_show: Array
    other_shows: Array

    def weighed(self, decision: Decision) -> Array:
        """One matrix: the same show speaks where it can, else the others do."""
        silent = ~self.same_show.any(axis=1, keepdims=True)
        result: Array = decision.trust * self.same_show + decision.trust_in_other_shows * self.other_shows * silent
        return result


@dataclass(frozen=True)
class Theatres:
    """Streams of the labelled sessions of each theatre."""

    cohorts: Texts
    """Cohort of each labelled session."""
    theatres: Texts
    """Theatre of each labelled session, folded; "" unknown."""
    shares: Array
    """Streams of each labelled session, rows that sum to 1, shape (sessions, streams)."""

    def evidence(self, cohorts: Texts, theatres: Texts, own: Array | None = None) -> Evidence:
        """What is known of these theatres.

        Args:
            cohorts: cohort of each session asked about.
            theatres: its theatre, folded; "" unknown.
            own: what the session itself added to the counts, to be left out.
        """
        here, everywhere = self._counts(cohorts, theatres), self._counts(None, theatres)
        other = everywhere - here
        known = (theatres != "")[:, None]
        return Evidence(self._log_ratio(here if own is None else here - own) * known, self._log_ratio(other) * known)

    def holds(self, theatres: Texts) -> NDArray[np.bool_]:
        """Whether any show had the stream in the theatre, shape (sessions, streams)."""
        known: NDArray[np.bool_] = (self._counts(None, theatres) > 0) & (theatres != "")[:, None]
        return known

    def _log_ratio(self, counts: Array) -> Array:
        show = (self.shares.sum(axis=0) + 1.0) / (len(self.shares) + self.shares.shape[1])
        counts = np.where(counts < 1e-9, 0.0, counts)
        prior = (counts + _PRIOR_SESSIONS * show) / (counts.sum(axis=1, keepdims=True) + _PRIOR_SESSIONS)
        ratio: Array = np.log(prior / show) * counts.any(axis=1, keepdims=True)
        return ratio

    def _counts(self, cohorts: Texts | None, theatres: Texts) -> Array:
        """Sessions of each stream in each theatre, of one cohort or (None) of all."""
        known, asked = _keys(None if cohorts is None else self.cohorts, self.theatres), _keys(cohorts, theatres)
        distinct = known.unique()
        sums = np.zeros((len(distinct) + 1, self.shares.shape[1]))
        np.add.at(sums, distinct.get_indexer(known), self.shares)
        counts: Array = sums[distinct.get_indexer(asked)]  # -1, not found, points at the last row: zeros
        return counts


def _keys(cohorts: Texts | None, theatres: Texts) -> pd.Index[Any]:
    return pd.Index(theatres if cohorts is None else cohorts + "\0" + theatres, dtype=object)


@dataclass(frozen=True)
class Decision:
    """How scores and the theatre's evidence become probabilities."""

    sharpness: float = 12.0
    trust: float = 0.5
    """Exponent of the evidence of theatres of the same show."""
    trust_in_other_shows: float = 0.25
    """The same for other shows: rooms change hands."""

    def probabilities(self, scores: Array, evidence: Evidence) -> Array:
        """Probability of each stream, rows that sum to 1."""
        return _softmax(self.sharpness * scores + evidence.weighed(self))


def _softmax(logits: Array) -> Array:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = odds / odds.sum(axis=1, keepdims=True)
    return result


def fitted(scores: Array, evidence: Evidence, shares: Array) -> Decision:
    """The decision with the least log loss on sessions whose streams are known; the default where they are few.

    Args:
        scores: left-out scores of the labelled sessions.
        evidence: left-out evidence of their theatres.
        shares: their streams, rows that sum to 1.
    """
    if len(scores) < _ENOUGH:
        return Decision()
    nothing = np.zeros_like(scores)
    # By the texts alone: a session in a new theatre has nothing else to be judged by.
    sharp = [Decision(sharpness=float(sharpness)) for sharpness in _SHARPNESS]
    mistakes = int((shares[np.arange(len(shares)), scores.argmax(axis=1)] == 0).sum())
    doubt = _DOUBT if mistakes < _MISTAKES else 0.0
    doubted = (1.0 - doubt) * shares + doubt / shares.shape[1]
    best = _least_loss(sharp, scores, Evidence(nothing, nothing), doubted)
    here = evidence.same_show.any(axis=1)
    if here.sum() >= _ENOUGH:
        known = Evidence(evidence.same_show[here], nothing[here])
        best = _least_loss([replace(best, trust=trust) for trust in _TRUST], scores[here], known, shares[here])
    # What another show's rooms are worth is told by sessions that have both, judged without their own show.
    both = evidence.other_shows.any(axis=1)
    if both.sum() >= _ENOUGH:
        choices = [replace(best, trust_in_other_shows=trust) for trust in (0.0, *_TRUST)]
        best = _least_loss(choices, scores[both], Evidence(nothing[both], evidence.other_shows[both]), shares[both])
    return best


def _least_loss(choices: list[Decision], scores: Array, evidence: Evidence, shares: Array) -> Decision:
    losses = [-np.sum(shares * np.log(choice.probabilities(scores, evidence) + 1e-12)) for choice in choices]
    return choices[int(np.argmin(np.round(losses, 6)))]


@dataclass(frozen=True)
class Trust:
    """From the probability of the best stream to the probability that it is right.

    A logistic curve over the log odds (Platt 1999, "Probabilistic outputs for support vector machines").
    """

    slope: float = 1.0
    shift: float = 0.0

    def confidence(self, best: Array) -> Array:
        """Probability that the best stream is right, by the probability it was given."""
        return _logistic(self.slope * _log_odds(best) + self.shift)


def learnt_trust(best: Array, right: NDArray[np.bool_]) -> Trust:
    """The curve of least log loss; no change where mistakes or hits are too few to learn it from.

    Args:
        best: probability of the best stream of each labelled session, judged without it.
        right: whether it was right.
    """
    if min(int(right.sum()), int((~right).sum())) < _MISTAKES:
        return Trust()
    inputs = np.column_stack([_log_odds(best), np.ones(len(best))])
    unchanged = np.array([1.0, 0.0])
    curve = unchanged
    for _ in range(_STEPS):
        expected = _logistic(inputs @ curve)
        slopes = inputs.T @ (right - expected) - (curve - unchanged)
        bend = (inputs * (expected * (1.0 - expected))[:, None]).T @ inputs + np.eye(2)
        # Short steps keep the first ones, far from the goal, from running away.
        curve = curve + np.clip(np.linalg.solve(bend, slopes), -0.5, 0.5)
    return Trust(float(curve[0]), float(curve[1])) if curve[0] > 0 else Trust()


def learnt_closeness(odds: Array, labels: Array, most: int) -> float:
    """The part of the best stream's probability that a further stream needs, where sessions carry several.

    The one of `_CLOSENESS` whose sets agree best with those of the labelled sessions (F1 over all pairs of session and
    stream); `CLOSE` where these are few.

    Args:
        odds: probabilities of the labelled sessions, each judged without itself, shape (sessions, streams).
        labels: their streams, 0 or 1.
        most: streams of one session at most.
    """
    if len(odds) < _ENOUGH:
        return CLOSE
    ranks = np.argsort(np.argsort(-odds, axis=1, kind="stable"), axis=1, kind="stable")
    share = np.where(ranks < most, odds / odds.max(axis=1, keepdims=True), 0.0)
    agreement = [2.0 * labels[share >= part].sum() / ((share >= part).sum() + labels.sum()) for part in _CLOSENESS]
    return float(_CLOSENESS[int(np.argmax(np.round(agreement, 6)))])


def _logistic(values: Array) -> Array:
    result: Array = 1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))
    return result


def _log_odds(probability: Array) -> Array:
    clipped = np.clip(probability, 1e-6, 1.0 - 1e-6)
    result: Array = np.log(clipped) - np.log1p(-clipped)
    return result
