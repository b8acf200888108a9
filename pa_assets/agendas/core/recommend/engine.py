"""The engine: from tables to agendas with scores, reasons and control group.

Puts the parts of this package in a row: signals, rules, agendas, seats, reasons. Works on blocks of visitors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.people import question_columns
from pa_assets.agendas.core.recommend import agendas, control, lookalikes, rules, scores, streams
from pa_assets.agendas.core.recommend import previous as before
from pa_assets.agendas.core.recommend.attributes import Attribute, column_of, kept_questions, read_attribute
from pa_assets.agendas.core.recommend.inputs import Flags, Inputs, Numbers, Words, prepare
from pa_assets.agendas.core.recommend.picks import Picks
from pa_assets.agendas.core.recommend.planner import Planner
from pa_assets.agendas.core.recommend.reasons import Explainer
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets.agendas.core.text import slug

NO_PROGRAMME = "no session this year"
ALL_FULL = "every session that fits is full"


@dataclass(frozen=True)
class RecommendationResult:
    """Agendas of this year's visitors."""

    table: pd.DataFrame
    """RECOMMENDATIONS."""
    without: pd.DataFrame
    """Visitors without an agenda: badge_id, reason."""
    statistics: dict[str, Any]
    """Counts and facts, JSON-able, without personal data."""


def recommend(
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
    sessions: pd.DataFrame,
    embeddings: pd.DataFrame,
    job_streams: pd.DataFrame,
    specialisation_streams: pd.DataFrame,
    capacity: pd.DataFrame | None,
    settings: config.Recommendations,
    event: config.Event,
    people: config.People,
    previous: pd.DataFrame | None = None,
    *,
    specialisation_question: str = "",
    specialisation_rename: Mapping[str, str] | None = None,
) -> RecommendationResult:
    """Make the agendas of all visitors of this year.

    Args:
        visitors: table VISITORS, all cohorts.
        attendance: table ATTENDANCE; this year's rows are not looked at.
        sessions: table BACKFILLED_SESSIONS, all cohorts.
        embeddings: table SESSION_EMBEDDINGS; sessions without a vector count by their words.
        job_streams: a column of job roles, then the column stream.
        specialisation_streams: a column of answers, then the column stream.
        capacity: columns theatre, seats; used when `settings.theatre_capacity_limits` is enabled.
        settings: how agendas are made.
        event: which show.
        people: questions kept and which of them ask the same.
        previous: table RECOMMENDATIONS of the run before, when its visitors shall be left alone. They keep their
            rows as far as the sessions still exist; who has none left, or whose sessions clash since the
            programme moved, gets a new agenda.
        specialisation_question: question that `specialisation_streams` is about; empty: the first kept.
        specialisation_rename: answer as given -> answer as in `specialisation_streams`.

    Raises:
        RecommendationError: a rule or a similarity attribute names an unknown column or question.
    """
    inputs = prepare(visitors, attendance, sessions, embeddings)
    questions = kept_questions(people)
    attributes = _attributes(inputs, settings, people, questions)
    specialisation = _specialisation_column(inputs, specialisation_question, questions)
    mapping = _renamed(_pairs(specialisation_streams), specialisation_rename or {})
    answered = [name for name in dict.fromkeys(question_columns(people).values()) if name in inputs.visitors]
    affinity = streams.affinity(inputs, _pairs(job_streams), mapping, specialisation, answered)
    scorer, facts = scores.build(inputs, attributes, affinity, settings)
    matched = rules.match(settings.rules, inputs.visitors, inputs.sessions, questions)
    planner = Planner(scorer, matched, agendas.timetable(inputs.sessions, settings.travel_minutes), settings)

    stays, stays_facts = before.kept(previous, inputs, settings.travel_minutes)
    rows = np.setdiff1d(np.arange(len(inputs.visitors)), stays.visitor)
    picks, why = planner.plan(rows)
    picks, seat_facts = planner.seated(picks, stays, capacity, event.show)
    asked = {slug(text): text for text in questions}
    table = _table(picks, inputs, Explainer(scorer, lookalikes.groups(inputs, attributes, scorer.carrier), asked))
    if previous is not None:
        table = pd.concat([table, before.rows(previous, stays, inputs)], ignore_index=True)
    table["control_group"] = _control_flags(table["badge_id"], settings, event)
    table = RECOMMENDATIONS.conform(table.sort_values(["badge_id", "rank"], kind="stable"))
    without = _without(inputs, rows, why, picks)
    statistics = {
        **_counts(table, without, inputs),
        **facts,
        "sessions_without_time": planner.table.without_time,
        "weights": scorer.weights,
        "rules": [rule.statistics() for rule in matched],
        "theatre_capacity": seat_facts,
        "kept_from_before": stays_facts,
    }
    return RecommendationResult(table, without, statistics)


def _attributes(
    inputs: Inputs, settings: config.Recommendations, people: config.People, questions: Sequence[str]
) -> list[Attribute]:
    weights: dict[str, float] = {}
    for name, weight in settings.similarity_attributes.items():
        if weight > 0:
            column = column_of(name, inputs.visitors, questions, "recommendations.similarity_attributes")
            weights[column] = max(weight, weights.get(column, 0.0))
    return [
        read_attribute(column, weight, inputs.visitors, inputs.past_visitors, people.same_question)
        for column, weight in weights.items()
    ]


def _specialisation_column(inputs: Inputs, question: str, questions: Sequence[str]) -> str | None:
    name = question or (questions[0] if questions else "")
    return column_of(name, inputs.visitors, questions, "graph.specialization_stream_mapping") if name else None


def _pairs(mapping: pd.DataFrame) -> pd.DataFrame:
    """A mapping with its first column, whatever its name, as `answer`."""
    return mapping.rename(columns={mapping.columns[0]: "answer"})[["answer", "stream"]].astype(object)


def _renamed(mapping: pd.DataFrame, rename: Mapping[str, str]) -> pd.DataFrame:
    """The mapping with, beside each answer, the ways in which it is given."""
    extra = [mapping[mapping["answer"].eq(to)].assign(answer=given) for given, to in rename.items()]
    return pd.concat([mapping, *extra], ignore_index=True)


def _table(picks: Picks, inputs: Inputs, explainer: Explainer) -> pd.DataFrame:
    order = np.lexsort((picks.session, -picks.score, picks.visitor))
    picks = picks.only(order)
    reasons, strategy = explainer.explain(picks.visitor, picks.session)
    return pd.DataFrame(
        {
            "badge_id": inputs.visitors["badge_id"].to_numpy(dtype=object)[picks.visitor],
            "session_id": inputs.sessions["session_id"].to_numpy(dtype=object)[picks.session],
            "rank": np.arange(len(order)) - np.searchsorted(picks.visitor, picks.visitor, side="left") + 1,
            "score": picks.score / scores.SCALE,
            "strategy": strategy,
            "reasons": pd.Series(reasons, dtype=object),
            "control_group": False,
        }
    )


def _without(inputs: Inputs, rows: Numbers, why: Words, picks: Picks) -> pd.DataFrame:
    reason = np.where(why == "", ALL_FULL, why) if len(inputs.sessions) else np.full(len(rows), NO_PROGRAMME)
    bare = ~np.isin(rows, picks.visitor)
    badges = inputs.visitors["badge_id"].to_numpy(dtype=object)[rows[bare]]
    return pd.DataFrame({"badge_id": badges, "reason": reason[bare].astype(object)})


def _control_flags(badges: pd.Series[str], settings: config.Recommendations, event: config.Event) -> Flags:
    group = settings.control_group
    if not group.enabled:
        return np.zeros(len(badges), dtype=bool)
    return control.in_control_group(badges, percentage=group.percentage, seed=group.random_seed, show=event.show)


def _counts(table: pd.DataFrame, without: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    agendas_made = table.drop_duplicates("badge_id")
    per_session = table["session_id"].value_counts().sort_index()
    top: dict[str, Any] = {}
    if len(table):
        session = str(per_session.idxmax())
        title = inputs.sessions.set_index("session_id")["title"][session]
        top = {
            "session_id": session,
            "title": str(title),
            "share": round(int(per_session.max()) / len(agendas_made), 4),
        }
    return {
        "visitors": len(inputs.visitors),
        "visitors_with_agenda": len(agendas_made),
        "visitors_without_agenda": len(without),
        "without_by_reason": {str(k): int(v) for k, v in without["reason"].value_counts().sort_index().items()},
        "recommendations": len(table),
        "sessions": len(inputs.sessions),
        "sessions_recommended": len(per_session),
        "top_session": top,
        "strategies": {str(k): int(v) for k, v in agendas_made["strategy"].value_counts().sort_index().items()},
        "mean_score": round(float(table["score"].mean()), 4) if len(table) else None,
        "control_group_visitors": int(agendas_made["control_group"].sum()),
    }
