"""Judgement: rankings against what visitors want, by `ranx`; means with bootstrap intervals, by SciPy; and what stands
beside accuracy: concentration, coverage, variety.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.text import split_streams
from pa_assets_tests.benchmarks.quality.engine import Scores
from pa_assets_tests.benchmarks.quality.shows import Grades

NDCG = "ndcg@10"
RECALLS = ("recall@5", "recall@10", "recall@20")
SHARE = "precision@10"
RESAMPLES = 2000
_SEED = 1
_NOTHING = -1
"""Stands where a visitor's list has ended."""


@dataclass(frozen=True)
class Mean:
    """A mean over visitors with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Variety:
    """How different agendas are, over all visitors."""

    top_share: float
    """Share of the visitors who get the session that most get."""
    coverage: float
    """Share of the programme that anybody gets."""
    entropy: float
    """Evenness of streams over all recommendations: 1 if each stream is recommended as often, 0 if only one is."""
    sessions: float
    """Sessions in a list, mean over those who have one."""
    streams: float
    """Streams in a list, the same."""


def by_visitor(scores: Scores, grades: Grades, metrics: tuple[str, ...] = (NDCG, *RECALLS)) -> dict[str, Scores]:
    """Each metric for each visitor.

    Args:
        scores: visitors x sessions; higher goes first, of equal ones the earlier column; 0 is not recommended.
        grades: visitors x sessions; 1 or more where the session is wanted. Each visitor wants something.
        metrics: two or more names as `ranx` knows them; gains of NDCG are the grades.
    """
    from ranx import evaluate

    shown = (-scores).argsort(axis=1, kind="stable")
    given = np.take_along_axis(scores, shown, axis=1)
    best = (-grades).argsort(axis=1, kind="stable")
    # Pairs of column and value, best first, which `ranx` takes as it takes its own tables, many times faster.
    run = np.stack([np.where(given > 0, shown, _NOTHING), given], axis=2)
    wanted = np.stack([best, np.take_along_axis(grades, best, axis=1)], axis=2).astype(float)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="unsafe cast", module="ranx")
        return dict(evaluate(wanted, run, list(metrics), return_mean=False))


def mean(values: Scores) -> Mean:
    """Mean with its interval: 2,000 resamples of the visitors, percentiles."""
    from scipy.stats import bootstrap

    if len(values) < 2 or np.ptp(values) == 0:
        return Mean(float(np.mean(values)), float(np.mean(values)), float(np.mean(values)))
    drawn = bootstrap((values,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(_SEED))
    return Mean(float(values.mean()), float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


def variety(lists: pd.DataFrame, programme: pd.DataFrame, visitors: int) -> Variety:
    """How different lists are.

    Args:
        lists: badge_id and session_id of what is recommended.
        programme: this year's sessions.
        visitors: of this year, with a list or without.
    """
    from scipy.stats import entropy

    per_session = lists["session_id"].value_counts()
    streams = programme.set_index("session_id")["stream"].map(split_streams)
    kinds = {name for cell in streams for name in cell}
    each = lists[["badge_id"]].assign(stream=lists["session_id"].map(streams)).explode("stream").dropna()
    lists_made = max(lists["badge_id"].nunique(), 1)
    return Variety(
        top_share=float(per_session.iloc[0] / visitors) if len(per_session) else 0.0,
        coverage=len(per_session) / len(programme),
        entropy=float(entropy(each["stream"].value_counts(), base=len(kinds))) if len(kinds) > 1 and len(each) else 0.0,
        sessions=len(lists) / lists_made,
        streams=len(each.drop_duplicates()) / lists_made,
    )
