"""The engine: from tables to agendas with scores, reasons and control group.

Puts the parts of this package in a row: signals, rules, agendas, limits, reasons, and what stays of the run before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.people import question_columns
from pa_assets.agendas.core.recommend import capacity, changes, control, cosine, lookalikes, rules, scores, streams
from pa_assets.agendas.core.recommend.attributes import Attribute, column_of, kept_questions, read_attribute
from pa_assets.agendas.core.recommend.incremental import Incremental, Previous, run_fingerprint
from pa_assets.agendas.core.recommend.inputs import Flags, Inputs, Numbers, Words, prepare
from pa_assets.agendas.core.recommend.offers import sessions_named
from pa_assets.agendas.core.recommend.picks import Picks
from pa_assets.agendas.core.recommend.planner import Plan, Planner
from pa_assets.agendas.core.recommend.reasons import Explainer
from pa_assets.agendas.core.recommend.result import (
    RUN,
    RecommendationResult,
    alternatives_table,
    counts,
    removed_table,
    settled,
)
from pa_assets.agendas.core.recommend.rules import RuleFunction
from pa_assets.agendas.core.recommend.timetable import timetable
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets.agendas.core.text import slug

NO_PROGRAMME = "no session this year"
ALL_FULL = "every session that fits is full"


@dataclass(frozen=True)
class _Strategy:
    """How this run scores and explains."""

    scorer: cosine.CosineScorer | scores.Scorer
    explain: Any
    """Visitor rows and session rows of pairs -> reasons of each, and what carried its agenda."""
    facts: dict[str, Any]


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
    previous: RecommendationResult | None = None,
    *,
    sent: bool = False,
    before_the_show: bool = True,
    bookings: pd.DataFrame | None = None,
    functions: Mapping[str, RuleFunction] | None = None,
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
        previous: result of the run before. Whoever has the same scores as then keeps the agenda, unless settings,
            programme or seats changed; what changed is listed.
        sent: agendas of `previous` were sent: their visitors keep them whatever changed, as far as the sessions
            exist. Whose sessions clash since the programme moved gets a new one.
        before_the_show: the mode is personal_agendas; else there is no control group.
        bookings: as `read_bookings` gives them.
        functions: functions that rules name.
        specialisation_question: question that `specialisation_streams` is about; empty: the first kept.
        specialisation_rename: answer as given -> answer as in `specialisation_streams`.

    Raises:
        RecommendationError: a rule, a limit or a similarity attribute names what is not there.
    """
    inputs = prepare(visitors, attendance, sessions, embeddings)
    questions = kept_questions(people)
    mapping = _renamed(_pairs(specialisation_streams), specialisation_rename or {})
    strategy = _strategy(inputs, settings, people, questions, _pairs(job_streams), mapping, specialisation_question)
    matched = rules.match(settings.rules, inputs.visitors, inputs.sessions, questions, functions or {})
    planner = Planner(strategy.scorer, matched, timetable(inputs.sessions, settings), settings, bookings)
    run = run_fingerprint(settings, capacity, event.show)
    stays = Incremental(
        _before(previous),
        inputs,
        run,
        sent=sent,
        travel_minutes=settings.travel_minutes,
        places=_places(inputs, settings, capacity, bookings, previous),
        booked=bookings,
    )
    plan = planner.plan(stays.stays, stays.candidates(), capacity, event.show)

    held_back, control_facts = control.control_group(
        inputs.visitors, settings.control_group, event.show, questions, before_the_show=before_the_show
    )
    table = pd.concat([_table(plan.picks, inputs, strategy, held_back), stays.rows()], ignore_index=True)
    table = RECOMMENDATIONS.conform(table.sort_values(["badge_id", "rank"], kind="stable", ignore_index=True))
    without = _without(inputs, plan, table)
    programme = changes.programme_of(sessions)
    listed = changes.list_changes(
        previous.table if previous else None,
        table,
        without,
        previous.programme if previous else None,
        programme,
        stays.causes(),
    )
    result = RecommendationResult(
        table=table,
        without=without,
        statistics={
            **counts(table, without, inputs),
            **strategy.facts,
            "strategy": settings.strategy,
            "unusable_embeddings": inputs.unusable_vectors,
            "sessions_without_time": planner.table.without_time,
            "sessions_against_breaks": int((~planner.table.possible).sum()),
            "rules": [rule.statistics() for rule in matched],
            "control_group": control_facts,
            RUN: {"kept": stays.statistics(), **plan.statistics, "changes": changes.summary(listed)},
        },
        alternatives=_with_kept(alternatives_table(plan.alternatives, inputs), stays, previous, "alternatives"),
        removed=_with_kept(
            removed_table(plan.removed, rules.names_of(matched, plan.removed.rule), inputs), stays, previous, "removed"
        ),
        changes=listed,
        state=stays.state(),
        programme=programme,
    )
    return settled(result, previous)


def _strategy(
    inputs: Inputs,
    settings: config.Recommendations,
    people: config.People,
    questions: Sequence[str],
    job_streams: pd.DataFrame,
    specialisation_streams: pd.DataFrame,
    specialisation_question: str,
) -> _Strategy:
    attributes = _attributes(inputs, settings, people, questions)
    if settings.strategy == "max_cosine":
        nearest, facts = cosine.build(inputs, attributes, settings)
        return _Strategy(nearest, nearest.explain, facts)
    specialisation = _specialisation_column(inputs, specialisation_question, questions)
    answered = [name for name in dict.fromkeys(question_columns(people).values()) if name in inputs.visitors]
    affinity = streams.affinity(inputs, job_streams, specialisation_streams, specialisation, answered)
    scorer, facts = scores.build(inputs, attributes, affinity, settings)
    known = [str(name) for name in inputs.sessions["session_id"]]
    explainer = Explainer(
        scorer,
        lookalikes.groups(inputs, attributes, scorer.carrier),
        {slug(text): text for text in questions},
        settings.language,
        pinned=sessions_named(settings.pinned_sessions, known, "recommendations.pinned_sessions"),
        exposed=_exposed(settings, inputs.sessions),
    )
    return _Strategy(scorer, explainer.explain, {**facts, "weights": scorer.weights})


def _exposed(settings: config.Recommendations, sessions: pd.DataFrame) -> Flags:
    found = np.zeros(len(sessions), dtype=bool)
    for exposure in settings.exposure:
        found |= rules.sessions_of(exposure.sessions, sessions)
    return found


def _before(previous: RecommendationResult | None) -> Previous:
    if previous is None:
        return Previous()
    run = previous.statistics.get(RUN, {}).get("kept", {}).get("run", "")
    return Previous(previous.table, previous.state, str(run))


def _places(
    inputs: Inputs,
    settings: config.Recommendations,
    seats: pd.DataFrame | None,
    booked: pd.DataFrame | None,
    previous: RecommendationResult | None,
) -> capacity.Places:
    """What agendas of the run before may take: places by seats and share, less those of bookings."""
    limit = settings.theatre_capacity_limits
    per_session = np.full(len(inputs.sessions), capacity.UNLIMITED, dtype=np.int64)
    if limit.enabled and seats is not None:
        per_session = capacity.limits(inputs.sessions, seats, limit.capacity_multiplier)
    had = inputs.visitors["badge_id"].isin(previous.table["badge_id"]) if previous else pd.Series(dtype=bool)
    places = capacity.places(inputs.sessions, per_session, settings.max_share_per_session, int(had.sum()))
    nobody = np.empty(0, dtype=np.int64)
    return places.without(nobody, nobody if booked is None else _booked(inputs, booked))


def _booked(inputs: Inputs, booked: pd.DataFrame) -> Numbers:
    """Rows of the sessions that visitors booked, once for each booking."""
    at = pd.Index(inputs.sessions["session_id"]).get_indexer(pd.Index(booked["session_id"]))
    return np.asarray(at[at >= 0], dtype=np.int64)


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


def _table(picks: Picks, inputs: Inputs, strategy: _Strategy, held_back: Flags) -> pd.DataFrame:
    picks = picks.only(np.lexsort((picks.session, -picks.score, picks.visitor)))
    reasons, carried = strategy.explain(picks.visitor, picks.session)
    return pd.DataFrame(
        {
            "badge_id": inputs.visitors["badge_id"].to_numpy(dtype=object)[picks.visitor],
            "session_id": inputs.sessions["session_id"].to_numpy(dtype=object)[picks.session],
            "rank": np.arange(len(picks.visitor)) - np.searchsorted(picks.visitor, picks.visitor, side="left") + 1,
            "score": picks.score / scores.SCALE,
            "strategy": carried,
            "reasons": pd.Series(reasons, dtype=object),
            "control_group": held_back[picks.visitor],
        }
    )


def _without(inputs: Inputs, plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    badges = inputs.visitors["badge_id"]
    bare = ~badges.isin(table["badge_id"]).to_numpy()
    why: Words = (
        np.where(plan.why == "", ALL_FULL, plan.why) if len(inputs.sessions) else np.full(len(bare), NO_PROGRAMME)
    )
    return pd.DataFrame({"badge_id": badges.to_numpy(dtype=object)[bare], "reason": why[bare].astype(object)})


def _with_kept(
    made: pd.DataFrame, stays: Incremental, previous: RecommendationResult | None, name: str
) -> pd.DataFrame:
    """What was made now, and for those who keep their agenda what was told of it before."""
    if previous is None:
        return made
    both = pd.concat([made, stays.of_kept(getattr(previous, name))], ignore_index=True)
    return both.sort_values("badge_id", kind="stable", ignore_index=True)
