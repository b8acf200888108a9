"""The product's engine on a show: agendas as exported, and its ranking of all sessions.

The ranking is the engine's own: `recommend` on a programme where nothing clashes, with agendas as long as the
programme, and with none of the settings that limit agendas.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import Recommendations
from pa_assets.agendas.config_recommendations import SignalWeights
from pa_assets.agendas.core.recommend import RecommendationResult, recommend
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets_tests.benchmarks.quality.shows import Show

Scores = NDArray[np.float64]

SIGNALS = tuple(name for name in SignalWeights.model_fields if name != "learned")
_SCORING = (
    "strategy",
    "weights",
    "similar_visitors_count",
    "past_show_weights",
    "similarity_attributes",
    "random_seed",
    "language",
)
"""Settings that bear on scores; the others limit agendas."""


def changed(settings: Recommendations, **changes: Any) -> Recommendations:
    """The settings as if the YAML said otherwise in some places; checked as the YAML is."""
    return Recommendations.model_validate({**settings.model_dump(), **changes})


def without(settings: Recommendations, signal: str) -> Recommendations:
    """The settings with one signal switched off."""
    return changed(settings, weights={**settings.weights.model_dump(), signal: 0.0})


def alone(settings: Recommendations, signal: str) -> Recommendations:
    """The settings with one signal only."""
    return changed(settings, weights=dict.fromkeys(SIGNALS, 0.0) | {signal: 1.0})


def made(show: Show, settings: Recommendations) -> RecommendationResult:
    """Agendas of all visitors of the show."""
    config = show.config
    return recommend(
        show.visitors,
        show.attendance,
        show.sessions,
        show.embeddings,
        show.job_streams,
        show.specialisation_streams,
        show.seats,
        settings,
        config.event,
        config.people,
        specialisation_question=config.graph.specialization_stream_mapping.question,
        specialisation_rename=config.graph.specialization_stream_mapping.rename,
    )


def best_lists(show: Show, settings: Recommendations, first: int) -> pd.DataFrame:
    """The `first` best sessions of each visitor by score alone, as table RECOMMENDATIONS."""
    kept = {name: value for name, value in settings.model_dump().items() if name in _SCORING}
    free = Recommendations.model_validate(
        {**kept, "max_recommendations": first, "min_similarity_score": 0.0, "alternatives": 0}
    )
    return made(replace(show, sessions=_never_at_once(show.sessions)), free).table


def ranking(show: Show, settings: Recommendations, badges: pd.Index[str]) -> Scores:
    """Score of every session of the programme for each of `badges`; 0 where the engine sees no fit."""
    table = best_lists(show.of(badges), settings, len(show.programme))
    return as_matrix(table, badges, pd.Index(show.programme["session_id"]))


def as_matrix(table: pd.DataFrame, badges: pd.Index[str], sessions: pd.Index[str]) -> Scores:
    """Badges x sessions: the score, or 0 where nothing is recommended."""
    rows, columns = badges.get_indexer(pd.Index(table["badge_id"])), sessions.get_indexer(pd.Index(table["session_id"]))
    known = (rows >= 0) & (columns >= 0)
    result = np.zeros((len(badges), len(sessions)))
    result[rows[known], columns[known]] = table["score"].to_numpy()[known]
    return result


def _never_at_once(sessions: pd.DataFrame) -> pd.DataFrame:
    """The sessions with those of this year an hour apart each, and no two of them the same talk."""
    now = sessions["cohort"].eq(THIS_YEAR)
    begin = sessions.loc[now, "starts_at"].min() + pd.to_timedelta(np.arange(now.sum()), unit="h")
    apart = sessions.copy()
    apart.loc[now, "starts_at"] = begin
    apart.loc[now, "ends_at"] = begin + pd.Timedelta(minutes=30)
    apart.loc[now, "content_group"] = sessions.loc[now, "session_id"]
    return apart
