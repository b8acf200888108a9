"""Before the show: who has an agenda, what is recommended how often, what never, and whether the rooms hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.reports import figures

TOP = 15
_NO_SPONSOR = ("", "not sponsored")


def pre_show(
    recommendations: pd.DataFrame,
    without: pd.DataFrame,
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
    capacity: pd.DataFrame | None,
    statistics: Mapping[str, Any],
    event: config.Event,
) -> dict[str, Any]:
    """The report before the show, JSON-able.

    Args:
        recommendations: table RECOMMENDATIONS.
        without: badge_id and reason of visitors without an agenda.
        visitors: table VISITORS.
        sessions: table BACKFILLED_SESSIONS.
        capacity: columns theatre, seats; None or empty where unknown.
        statistics: of the recommendations.
        event: which show.
    """
    people = figures.this_year(visitors)
    table = figures.per_session(recommendations, sessions)
    agendas = recommendations.drop_duplicates("badge_id")
    recommended = table[table["visitors"] > 0]
    sponsored = table[~table["sponsored_by"].str.casefold().isin(_NO_SPONSOR)]
    return {
        "report": "pre_show",
        "show": event.show,
        "title": event.title,
        "visitors": len(people),
        "returning_visitors": int(people["assist_year_before"].eq(1).sum()),
        "visitors_with_agenda": len(agendas),
        "visitors_without_agenda": len(without),
        "share_with_agenda": figures.share(len(agendas), len(people)),
        "control_group_visitors": int(agendas["control_group"].sum()),
        "recommendations": len(recommendations),
        "sessions_per_agenda": round(len(recommendations) / len(agendas), 2) if len(agendas) else None,
        "sessions": len(table),
        "sessions_recommended": len(recommended),
        "coverage": figures.share(len(recommended), len(table)),
        "top_session_share": float(table["share"].max()) if len(table) else None,
        "without_by_reason": figures.counted(without["reason"]),
        "strategies": figures.counted(agendas["strategy"]),
        "scores": figures.quantiles(recommendations["score"]),
        "score_histogram": figures.histogram(recommendations["score"]),
        "top_sessions": figures.session_rows(recommended.head(TOP), "visitors", "share"),
        "never_recommended": figures.session_rows(table[table["visitors"] == 0].sort_values("session_id")),
        "sponsored": {
            "sessions": len(sponsored),
            "recommended": int((sponsored["visitors"] > 0).sum()),
            "recommendations": int(sponsored["visitors"].sum()),
        },
        "streams": figures.by_stream(table),
        "theatres": _theatres(table, capacity),
        "rules": [dict(rule) for rule in statistics.get("rules", [])],
        "prior": str(statistics.get("prior", "")),
    }


def _theatres(table: pd.DataFrame, capacity: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Theatres with their fullest session against their seats."""
    known = capacity if capacity is not None else pd.DataFrame({"theatre": [], "seats": []})
    seats = dict(zip(_key(known["theatre"]), known["seats"], strict=True))
    named = table.assign(theatre=table["theatre__name"].replace("", "(no theatre)"))
    groups = named.groupby("theatre")["visitors"].agg(["size", "sum", "max"]).sort_index()
    rows = []
    for name, key, row in zip(groups.index, _key(groups.index.to_series()), groups.itertuples(), strict=True):
        places = int(seats[key]) if key in seats else None
        rows.append(
            {
                "theatre": str(name),
                "sessions": int(row[1]),
                "recommendations": int(row[2]),
                "fullest_session": int(row[3]),
                "seats": places,
                "use": figures.share(int(row[3]), places) if places else None,
            }
        )
    return rows


def _key(names: pd.Series[Any]) -> pd.Series[Any]:
    return names.astype(str).str.split().str.join(" ").str.casefold()
