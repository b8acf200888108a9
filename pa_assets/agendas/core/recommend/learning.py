"""Weights of the signals learned on last year's show, held out the way the real case is.

Later sessions of the past play this year's programme, and past visitors who attended them play this year's
visitors. A second, later part judges whether what was learned on the first is better than what was given.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.inputs import Flags, Floats, Inputs, Numbers
from pa_assets.agendas.core.recommend.mixing import SIGNALS, Signals, mixture, shares
from pa_assets.agendas.core.recommend.streams import StreamAffinity

MadeSignals = Callable[[Numbers], Signals]
"""The signals of visitors (rows)."""

MakeSignals = Callable[[Inputs, list[Attribute], StreamAffinity], MadeSignals]
"""How the signals of a show are made of its tables."""

FIRST = 10
"""The quality of a ranking is judged by its first places: NDCG@10."""

LEAST_SESSIONS = 15
LEAST_PEOPLE = 40
MOST_PEOPLE = 600
"""In each held-out part; with fewer nothing can be told, and with more it takes longer and tells little more."""

_PARTS = (0.6, 0.8)
"""Shares of the past sessions before the first and before the second held-out part."""
_STEPS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5)
_ROUNDS = 3
_GROUPS = 60
_DRAWS = 2_000


@dataclass(frozen=True)
class _Part:
    """A held-out part: signals of its visitors for its sessions, and what they attended."""

    signals: Signals
    attended: Floats

    def quality(self, weights: dict[str, float], rows: Numbers | slice = slice(None)) -> float:
        """Mean NDCG@10 of the rankings of visitors `rows`."""
        from sklearn.metrics import ndcg_score

        signals = {name: values[rows] for name, values in self.signals.items()}
        fit = mixture(signals, shares(signals, weights))
        return float(ndcg_score(self.attended[rows], fit, k=FIRST, ignore_ties=True))


def learned_weights(
    inputs: Inputs,
    attributes: Sequence[Attribute],
    affinity: StreamAffinity,
    make_signals: MakeSignals,
    settings: config.Recommendations,
) -> tuple[dict[str, float], dict[str, Any]]:
    """Weights by which last year's visitors would have been served best, where they are surely better than the given.

    Args:
        inputs: the tables; nothing of this year but the share of visitors who have a history is looked at.
        attributes: what makes visitors alike.
        affinity: affinity to streams, made anew for the past.
        make_signals: how signals are made of tables.
        settings: the weights given, and the seed of all draws.

    Returns:
        The weights to use, and facts: `used`, `reason`, `given`, `learned`, and of the part that judges `sessions`,
        `people`, `ndcg_given`, `ndcg_learned`, `difference` and its 95 % interval.
    """
    given = {name: float(getattr(settings.weights, name)) for name in SIGNALS}
    chance = np.random.default_rng(settings.random_seed)
    parts = []
    for new, old in _held_out_sessions(inputs, settings.random_seed):
        part = _part(inputs, attributes, affinity, make_signals, new, old, chance)
        if isinstance(part, str):
            return given, {"used": False, "reason": part, "given": given}
        parts.append(part)
    first, second = parts
    learned = _best_weights(first, given)
    difference, low, high = _difference(second, given, learned, chance)
    used = low > 0
    facts = {
        "used": used,
        "reason": "better on sessions and visitors held out" if used else "not surely better than the weights given",
        "given": given,
        "learned": {name: round(value, 4) for name, value in learned.items()},
        "sessions": int(second.attended.shape[1]),
        "people": len(second.attended),
        "ndcg_given": round(second.quality(given), 4),
        "ndcg_learned": round(second.quality(learned), 4),
        "difference": round(difference, 4),
        "interval": [round(low, 4), round(high, 4)],
    }
    return (learned if used else given), facts


def _held_out_sessions(inputs: Inputs, seed: int) -> list[tuple[Flags, Flags]]:
    """For the part that teaches and the one that judges: which past sessions are new, and which came before.

    By time where the past has at least three days; else by content, so that no talk is both new and past.
    """
    sessions = inputs.past_sessions
    starts = sessions["starts_at"]
    if starts.notna().all() and starts.dt.normalize().nunique() >= 3:
        place = starts.rank(method="min", pct=True).to_numpy()
    else:
        talk = sessions["content_group"].where(sessions["content_group"].ne(""), sessions["session_id"])
        drawn = {name: zlib.crc32(f"{seed}:{name}".encode()) for name in sorted(talk.astype(str).unique())}
        place = talk.astype(str).map(drawn).rank(method="min", pct=True).to_numpy()
    low, high = _PARTS
    return [((place > low) & (place <= high), place <= low), (place > high, place <= high)]


def _part(
    inputs: Inputs,
    attributes: Sequence[Attribute],
    affinity: StreamAffinity,
    make_signals: MakeSignals,
    new: Flags,
    old: Flags,
    chance: np.random.Generator,
) -> _Part | str:
    """The held-out part, or why there is none.

    As many of its visitors as this year's have no history are taken out of the past as a whole.
    """
    went = np.asarray(inputs.past_attendance[:, new].sum(axis=1)).ravel() > 0
    if new.sum() < LEAST_SESSIONS or old.sum() < LEAST_SESSIONS:
        return f"fewer than {LEAST_SESSIONS} past sessions to learn from or to judge by"
    if went.sum() < LEAST_PEOPLE:
        return f"fewer than {LEAST_PEOPLE} past visitors to learn from or to judge by"
    visitors = np.sort(chance.permutation(np.flatnonzero(went))[:MOST_PEOPLE])
    known = np.diff(inputs.history.indptr) > 0
    strangers = chance.random(len(visitors)) >= (known.mean() if len(known) else 0.0)
    others = np.setdiff1d(np.arange(len(inputs.past_visitors)), visitors)
    show = _as_a_show(inputs, visitors, strangers, others, new, old)
    alike = [replace(item, this_year=item.past[visitors], past=item.past[others]) for item in attributes]
    signals = make_signals(show, alike, affinity.again(show))(np.arange(len(visitors)))
    return _Part(signals, np.asarray(inputs.past_attendance[visitors][:, new].todense() > 0, dtype=np.float64))


def _as_a_show(inputs: Inputs, visitors: Numbers, strangers: Flags, others: Numbers, new: Flags, old: Flags) -> Inputs:
    """Tables in which past visitors and sessions are this year's; attendance is that of badges."""
    from scipy.sparse import diags, vstack

    before = inputs.past_attendance[:, old].tocsr()
    history = (diags((~strangers).astype(before.dtype)) @ before[visitors]).tocsr()
    history.eliminate_zeros()
    return Inputs(
        visitors=inputs.past_visitors.iloc[visitors].reset_index(drop=True),
        sessions=inputs.past_sessions[new].reset_index(drop=True),
        past_visitors=inputs.past_visitors.iloc[others].reset_index(drop=True),
        past_sessions=inputs.past_sessions[old].reset_index(drop=True),
        history=history,
        people=vstack([before[others], history], format="csr"),
        past_attendance=before[others],
        vectors=inputs.past_vectors[new],
        past_vectors=inputs.past_vectors[old],
    )


def _best_weights(part: _Part, given: dict[str, float]) -> dict[str, float]:
    """The weights of highest quality that a search along one weight after the other finds, the greatest as 1."""
    best, quality = dict(given), part.quality(given)
    for _ in range(_ROUNDS):
        before = quality
        for name in SIGNALS:
            for step in _STEPS:
                tried = best | {name: step}
                if step != best[name] and any(tried.values()) and (reached := part.quality(tried)) > quality:
                    best, quality = tried, reached
        if quality == before:
            break
    most = max(best.values()) or 1.0
    return {name: value / most for name, value in best.items()}


def _difference(
    part: _Part, given: dict[str, float], learned: dict[str, float], chance: np.random.Generator
) -> tuple[float, float, float]:
    """Mean gain in NDCG@10 by the learned weights and its 95 % interval, by a bootstrap over groups of visitors."""
    people = chance.permutation(len(part.attended))
    groups = np.array_split(people, min(_GROUPS, len(people)))
    sizes = np.array([len(group) for group in groups], dtype=np.float64)
    gains = np.array([part.quality(learned, group) - part.quality(given, group) for group in groups])
    drawn = chance.integers(0, len(groups), (_DRAWS, len(groups)))
    means = (gains * sizes)[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(gains @ sizes / sizes.sum()), float(low), float(high)
