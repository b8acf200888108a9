"""After the show: which recommendations were followed, once this year's scans have landed."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.reports import figures

TOP = 20
NO_SCANS = "No scans of this year have landed."
_LEAST_RECOMMENDED = 10
"""A conversion is ranked once a session was recommended to so many visitors."""


def post_show(
    recommendations: pd.DataFrame,
    attendance: pd.DataFrame,
    sessions: pd.DataFrame,
    visitors: pd.DataFrame,
    event: config.Event,
) -> dict[str, Any]:
    """The report after the show, JSON-able; without this year's attendance it holds the message `NO_SCANS`.

    Hit rate = attended sessions that were recommended / attended sessions, over visitors with an agenda (sent or
    withheld). Conversion of a session = visitors who attended it / visitors to whom it was recommended. The control
    group's agendas were made and not sent, so its figures say what happens anyway.
    """
    head = {"report": "post_show", "show": event.show, "title": event.title}
    attended = figures.this_year(attendance)[["badge_id", "session_id"]].drop_duplicates()
    if attended.empty:
        return {**head, "message": NO_SCANS}
    pairs = recommendations[["badge_id", "session_id", "control_group"]]
    groups = pairs.drop_duplicates("badge_id").set_index("badge_id")["control_group"]
    hits = pairs.merge(attended, on=["badge_id", "session_id"])
    returning = visitors_returning(visitors)
    people = pd.DataFrame(
        {
            "control": groups,
            "returning": returning.reindex(groups.index, fill_value=False),
            "attended": attended["badge_id"].value_counts().reindex(groups.index, fill_value=0),
            "hits": hits["badge_id"].value_counts().reindex(groups.index, fill_value=0),
        }
    )
    table = figures.per_session(recommendations, sessions)
    table = table.assign(attended=_per_session(attended, table), followed=_per_session(hits, table))
    return {
        **head,
        "attendances": len(attended),
        "visitors_scanned": int(attended["badge_id"].nunique()),
        **_group(people),
        "by_group": {"sent": _group(people[~people["control"]]), "control": _group(people[people["control"]])},
        "effect": _effect(people),
        "by_cohort": {"returning": _group(people[people["returning"]]), "new": _group(people[~people["returning"]])},
        "conversion": _conversions(table),
        "attended_never_recommended": figures.session_rows(
            _most(table[(table["visitors"] == 0) & (table["attended"] > 0)], "attended"), "attended"
        ),
        "most_attended": figures.session_rows(_most(table, "attended"), "visitors", "attended", "followed"),
    }


def visitors_returning(visitors: pd.DataFrame) -> pd.Series[bool]:
    """By badge: the person was at a show of last year."""
    people = figures.this_year(visitors).set_index("badge_id")
    return people["assist_year_before"].eq(1)


def _per_session(pairs: pd.DataFrame, table: pd.DataFrame) -> pd.Series[int]:
    return table["session_id"].map(pairs["session_id"].value_counts()).fillna(0).astype("int64")


def _most(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.sort_values([column, "session_id"], ascending=[False, True], kind="stable").head(TOP)


def _conversions(table: pd.DataFrame) -> list[dict[str, Any]]:
    ranked = table[table["visitors"] >= _LEAST_RECOMMENDED]
    ranked = ranked.assign(conversion=(ranked["followed"] / ranked["visitors"]).round(4))
    return figures.session_rows(_most(ranked, "conversion"), "visitors", "followed", "conversion")


def _group(people: pd.DataFrame) -> dict[str, Any]:
    scanned = people[people["attended"] > 0]
    return {
        "visitors_with_agenda": len(people),
        "visitors_with_agenda_scanned": len(scanned),
        "hits": int(people["hits"].sum()),
        "hit_rate": figures.share(int(scanned["hits"].sum()), int(scanned["attended"].sum())),
        "visitors_with_hit_share": figures.share(int((scanned["hits"] > 0).sum()), len(scanned)),
    }


def _effect(people: pd.DataFrame) -> dict[str, Any] | None:
    """Visitors who followed at least one recommendation, sent against control, in percentage points.

    The interval is that of two independent shares by the normal approximation (Wald); small groups make it wide.
    """
    sent, control = people[~people["control"]], people[people["control"]]
    if sent.empty or control.empty:
        return None
    share_sent, share_control = float((sent["hits"] > 0).mean()), float((control["hits"] > 0).mean())
    spread = share_sent * (1 - share_sent) / len(sent) + share_control * (1 - share_control) / len(control)
    half = 1.96 * math.sqrt(spread)
    difference = share_sent - share_control
    return {
        "share_sent": round(share_sent, 4),
        "share_control": round(share_control, 4),
        "difference": round(difference, 4),
        "interval_95": [round(difference - half, 4), round(difference + half, 4)],
    }
