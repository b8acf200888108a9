"""Measures that several reports share: coverage, concentration, variety, distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import THIS_YEAR

NO_STREAM = "(no stream)"


def this_year(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of this year."""
    return frame[frame["cohort"].eq(THIS_YEAR)]


def share(part: float, whole: float) -> float | None:
    """`part / whole` in four digits; None of nothing."""
    return round(part / whole, 4) if whole else None


def counted(values: pd.Series[Any]) -> dict[str, int]:
    """How often each value occurs, by value."""
    counts = values.value_counts()
    return {str(name): int(counts[name]) for name in sorted(counts.index)}


def per_session(recommendations: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """This year's sessions with `visitors` (to whom recommended) and `share` of all agendas, most first."""
    programme = this_year(sessions)
    counts = recommendations["session_id"].value_counts()
    visitors = programme["session_id"].map(counts).fillna(0).astype("int64")
    agendas = recommendations["badge_id"].nunique()
    table = programme.assign(visitors=visitors, share=(visitors / agendas).round(4) if agendas else 0.0)
    return table.sort_values(["visitors", "session_id"], ascending=[False, True], kind="stable")


def by_stream(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Sessions and recommendations per stream of a table by `per_session`; a session counts in each of its streams."""
    streams = table["stream"].str.split(";").explode().str.strip().replace("", NO_STREAM)
    rows = pd.DataFrame({"stream": streams, "visitors": table["visitors"].reindex(streams.index)})
    groups = rows.groupby("stream")["visitors"].agg(["size", "sum"]).sort_index()
    groups = groups.sort_values("sum", ascending=False, kind="stable")
    total = int(table["visitors"].sum())
    return [
        {"stream": str(name), "sessions": int(size), "recommendations": int(number), "share": share(number, total)}
        for name, size, number in zip(groups.index, groups["size"], groups["sum"], strict=True)
    ]


def evenness(counts: list[int]) -> float | None:
    """Entropy over its highest possible value (Pielou 1966): 1 when all are equal, 0 when one has everything."""
    values = np.asarray(counts, dtype=np.float64)
    if len(values) < 2 or not values.sum():
        return None
    part = values[values > 0] / values.sum()
    return round(float(-(part * np.log(part)).sum() / np.log(len(values))), 4)


def quantiles(scores: pd.Series[float]) -> dict[str, float]:
    """Least, quarters, most and mean of scores; nothing of none."""
    if scores.empty:
        return {}
    names = {"min": 0.0, "q1": 0.25, "median": 0.5, "q3": 0.75, "max": 1.0}
    return {name: round(float(scores.quantile(q)), 4) for name, q in names.items()} | {
        "mean": round(float(scores.mean()), 4)
    }


def histogram(scores: pd.Series[float]) -> list[int]:
    """Counts of scores in twenty equal steps from 0 to 1."""
    counts, _ = np.histogram(scores.to_numpy(dtype=np.float64), bins=20, range=(0.0, 1.0))
    return [int(count) for count in counts]


def session_rows(table: pd.DataFrame, *further: str) -> list[dict[Any, Any]]:
    """Sessions as rows of a report: what, stream, where, when, and `further` columns."""
    starts = table["date"] + " " + table["start_time"].str.slice(0, 5)
    rows = pd.DataFrame(
        {
            "session_id": table["session_id"],
            "title": table["title"],
            "stream": table["stream"],
            "theatre": table["theatre__name"],
            "starts": starts.str.strip(),
            **{name: table[name] for name in further},
        }
    ).astype(object)
    return [dict(row) for row in rows.where(rows.notna(), None).to_dict("records")]
