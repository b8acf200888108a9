"""Scores: the signals of a visitor side by side, mixed by weight, on a scale with a stable meaning.

Each signal is a visitor's attention shared out over the programme, as a multiple of the average session: 1 is
average, 3 is three times as fit, 0 is no trace of fit. Where a signal knows little of a visitor, such as a history
of one session, it counts for less and the others for more. The mixture f keeps the unit, so a signal that one
visitor lacks does not bend the scale; on real choices it is about the multiple by which a session is attended more
often than the average one. The score is f / (1 + f): 0.5 is as fit as the programme's average session for this
visitor, 0.75 three times as fit, 0.3 less than half (3/7), 0 not fit at all. It depends on the visitor, the
programme and last year's attendance, never on who else registered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import content, lookalikes, streams
from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.history import certainty, smoothing, weighted
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, Millionths, Numbers
from pa_assets.agendas.core.recommend.learning import MadeSignals, learned_weights
from pa_assets.agendas.core.recommend.mixing import (
    OWN_HISTORY,
    POPULARITY,
    SIGNALS,
    SIMILAR_VISITORS,
    STREAMS,
    Signals,
    mixture,
    multiples,
    shares,
)

__all__ = ["OWN_HISTORY", "POPULARITY", "SCALE", "SIGNALS", "SIMILAR_VISITORS", "STREAMS", "Scorer", "Scoring", "build"]

SCALE = 1_000_000
"""Scores are kept as whole millionths: sums are exact and ties are ties on every machine."""


_DIGITS = 9
"""What comes of a matrix product is rounded, so that it does not depend on how a processor sums."""


def score_of(fit: Floats) -> Millionths:
    """Scores in millionths of a fit in multiples of the average session."""
    return np.asarray(np.rint(fit / (1.0 + fit) * SCALE), dtype=np.int32)


class Scoring(Protocol):
    """A strategy: what a visitor's fit to each session is, and the score that a fit stands for."""

    @property
    def inputs(self) -> Inputs:
        """The tables whose rows `fit` follows."""

    def fit(self, rows: Numbers) -> Floats:
        """Fit of visitors `rows` to each session (rows x N), 0 or more; boosts of rules multiply it."""

    def score_of(self, fit: Floats) -> Millionths:
        """Scores, 0 to 1,000,000, of fits in any shape; 0 for a fit of 0, and never less for a higher fit."""


@dataclass(frozen=True)
class Scorer:
    """All that is needed to score any block of visitors against the programme."""

    inputs: Inputs
    """With every attendance counted by the weight of its show."""
    weights: dict[str, float]
    likeness: Floats
    """N x P: how like the topic of each session is to that of each past one, 0 to 1."""
    carrier: Floats
    """P x N: the weights by which what is known of past sessions reaches each session, as a mean."""
    history: Floats
    """P x N, in single precision: what attending a past session says of each session, of either sign."""
    alike: lookalikes.Carried
    """What look-alikes attended, carried over and damped by popularity."""
    affinity: streams.StreamAffinity
    popular: Floats
    """N: popularity carried over, or where nothing is known the content's centrality, in multiples."""
    has_past: bool

    def signals(self, rows: Numbers) -> Signals:
        """Each signal for visitors `rows` (rows x N): multiples of the average times certainty; zeros where silent."""
        own: Floats = np.asarray(self.inputs.history[rows] @ self.history)
        np.maximum(own, 0.0, out=own)
        return {
            OWN_HISTORY: multiples(own, certainty(self.inputs.history[rows])),
            SIMILAR_VISITORS: multiples(self.alike.of(rows)),
            STREAMS: multiples(self.affinity.of(rows)),
            POPULARITY: np.broadcast_to(self.popular, (len(rows), len(self.popular))),
        }

    def shares(self, signals: Signals) -> dict[str, Floats]:
        """Factor of each signal in the mixture (rows); popularity speaks alone where all else is silent."""
        return shares(signals, self.weights)

    def fit(self, rows: Numbers) -> Floats:
        """The mixture for visitors `rows` (rows x N), in multiples of the average session."""
        signals = self.signals(rows)
        return mixture(signals, self.shares(signals))

    def score_of(self, fit: Floats) -> Millionths:
        """Scores in millionths of a fit in multiples of the average session."""
        return score_of(fit)


def build(
    inputs: Inputs,
    attributes: list[Attribute],
    affinity: streams.StreamAffinity,
    settings: config.Recommendations,
) -> tuple[Scorer, dict[str, Any]]:
    """The scorer, and facts for the statistics."""
    inputs = weighted(inputs, settings.past_show_weights)
    weights = {name: float(getattr(settings.weights, name)) for name in SIGNALS}
    learning: dict[str, Any] = {}
    if settings.weights.learned:

        def made(show: Inputs, alike: list[Attribute], streams_of: streams.StreamAffinity) -> MadeSignals:
            return _assembled(show, alike, streams_of, weights, settings.similar_visitors_count)[0].signals

        weights, learning = learned_weights(inputs, attributes, affinity, made, settings)
    scorer, facts = _assembled(inputs, attributes, affinity, weights, settings.similar_visitors_count)
    return scorer, {**facts, **({"learned_weights": learning} if learning else {})}


def _assembled(
    inputs: Inputs,
    attributes: list[Attribute],
    affinity: streams.StreamAffinity,
    weights: dict[str, float],
    similar_visitors: int,
) -> tuple[Scorer, dict[str, Any]]:
    past = np.asarray(inputs.people.sum(axis=0), dtype=np.float64).ravel()
    like = content.likeness(inputs)
    regression = content.regression(like, past > 0)
    carrier = content.carrier(regression)
    smooth = smoothing(inputs.people)
    found = lookalikes.find(inputs, attributes, similar_visitors)
    popular = past @ carrier
    has_past = bool(popular.any())
    scorer = Scorer(
        inputs=inputs,
        weights=weights,
        likeness=np.maximum(like.of_topic, 0.0),
        carrier=carrier,
        history=(regression if smooth is None else smooth @ regression).round(_DIGITS).astype(np.float32),
        alike=lookalikes.carried(found, carrier / _damping(popular)),
        affinity=affinity,
        popular=multiples((popular if has_past else content.centrality(inputs))[None, :])[0],
        has_past=has_past,
    )
    facts = {
        "past_sessions": len(inputs.past_sessions),
        "past_sessions_that_count": int((past > 0).sum()),
        "past_attendees": int(inputs.people.shape[0]),
        "past_attendances": int(inputs.people.nnz),
        "profiles": len(found.chosen),
        "history_smoothing": "EASE" if smooth is not None else "none",
        "carried_by": "nearest sessions" if like.among_past is None else "regression on content",
        "prior": "popularity of like sessions" if has_past else "centrality in this year's programme",
        "sessions_without_vector": int((~inputs.vectors.any(axis=1)).sum()),
    }
    return scorer, facts


def _damping(popular: Floats) -> Floats:
    """Root of the popularity, in multiples of the average, never below that of a twentieth.

    What look-alikes attended is mostly what everybody attended. Divided by this root it is the geometric mean of
    their attendance and its lift over everybody's: fewer agendas are filled with the same few sessions.
    """
    if not popular.any():
        return np.ones(len(popular))
    return np.asarray(np.sqrt(np.maximum(popular / popular.mean(), 0.05)))
