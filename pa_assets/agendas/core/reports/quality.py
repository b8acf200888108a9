"""How good the agendas are as a whole, in a handful of numbers that can be compared from run to run."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.check import clashes
from pa_assets.agendas.core.reports import figures


def quality(
    recommendations: pd.DataFrame,
    sessions: pd.DataFrame,
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
    event: config.Event,
) -> dict[str, Any]:
    """The measures, JSON-able; precision and recall only once this year's attendance is there.

    Precision = recommended pairs that were attended / recommended pairs, recall = the same / attended pairs, both
    over visitors with an agenda who were scanned at least once.
    """
    table = figures.per_session(recommendations, sessions)
    agendas = recommendations.drop_duplicates("badge_id")
    streams = figures.by_stream(table)
    top_tenth = max(1, len(table) // 10)
    strategies = figures.counted(agendas["strategy"])
    return {
        "report": "quality",
        "show": event.show,
        "title": event.title,
        "clashes": len(clashes(recommendations, sessions)),
        "agendas": len(agendas),
        "share_with_agenda": figures.share(len(agendas), len(figures.this_year(visitors))),
        "sessions_per_agenda": round(len(recommendations) / len(agendas), 2) if len(agendas) else None,
        "coverage": figures.share(int((table["visitors"] > 0).sum()), len(table)),
        "top_session_share": float(table["share"].max()) if len(table) else None,
        "share_of_top_tenth": figures.share(int(table["visitors"].head(top_tenth).sum()), len(recommendations)),
        "evenness_over_sessions": figures.evenness([int(number) for number in table["visitors"]]),
        "evenness_over_streams": figures.evenness([int(row["recommendations"]) for row in streams]),
        "mean_score": round(float(recommendations["score"].mean()), 4) if len(recommendations) else None,
        "scores": figures.quantiles(recommendations["score"]),
        "score_histogram": figures.histogram(recommendations["score"]),
        "strategy_shares": {name: figures.share(number, len(agendas)) for name, number in strategies.items()},
        "streams": streams,
        **_followed(recommendations, attendance),
    }


def _followed(recommendations: pd.DataFrame, attendance: pd.DataFrame) -> dict[str, Any]:
    attended = figures.this_year(attendance)[["badge_id", "session_id"]].drop_duplicates()
    if attended.empty:
        return {"precision": None, "recall": None}
    known = recommendations[recommendations["badge_id"].isin(attended["badge_id"])]
    chosen = attended[attended["badge_id"].isin(recommendations["badge_id"])]
    hits = len(known.merge(attended, on=["badge_id", "session_id"]))
    return {"precision": figures.share(hits, len(known)), "recall": figures.share(hits, len(chosen))}
