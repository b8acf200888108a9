"""Filling sessions that have no stream: who is asked in which order, what is sure enough, and what goes to review.

A person's decision goes before rules, rules before the classifier, the classifier before the language model. A stream
is filled by its exact name in the catalogue; what the programme says is never changed. Each source is a module of its
own: `review` (people), `rules`, `learning` (classifier), `asking` (language model, with its `candidates`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.streams.asking import Asked, Question
from pa_assets.agendas.core.streams.candidates import TheatreStreams, candidate_sets
from pa_assets.agendas.core.streams.learning import MOST_STREAMS, Encode, Judgement, judge
from pa_assets.agendas.core.streams.review import NO_STREAM, REVIEW_COLUMNS, decided
from pa_assets.agendas.core.streams.rules import Given, Spelling, ruled
from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS
from pa_assets.agendas.core.text import join_streams, split_streams

Ask = Callable[[Sequence[Question]], Asked]

PROGRAMME, PERSON, RULE, CLASSIFIER, MODEL = "programme", "person", "rule", "classifier", "model"
"""Sources of a session's streams."""


_TITLE_ALONE = "not sure enough: there is a title and no synopsis"
_ASKED_NOT = "the language model is not asked about a session without a synopsis"
_NO_CATALOGUE = (
    "{count} session(s) have no stream and there is no catalogue of streams: nothing was filled. Label some sessions "
    "in the programme, or put a streams_enhanced.json beside streams.json."
)
_NO_MODEL_ALONE = (
    "{count} session(s) have no stream, backfill.strategy is llm_only and there is no language model: nothing was "
    "filled. Put its key into keys/.env, or set the strategy to cascade or classifier_only."
)
_NO_MODEL = (
    "The classifier is not sure of {count} session(s), and there is no language model to ask: they are on the review "
    "list. Put its key into keys/.env, or set backfill.strategy to classifier_only."
)


@dataclass(frozen=True)
class Backfill:
    """Sessions with streams filled, and what was left."""

    table: pd.DataFrame
    """BACKFILLED_SESSIONS, rows in the order of the input."""
    metrics: dict[str, int | float]
    """Counts, by the names that the processing summary uses, and how the classifier was calibrated."""
    review: pd.DataFrame
    """Sessions left without a stream: REVIEW_COLUMNS, by cohort and session."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Left:
    """Why a session is left without a stream, and what comes nearest."""

    why: str
    candidates: str = ""
    confidence: float = 0.0


@dataclass
class _Outcome:
    """What became of the sessions without a stream, by label of the row."""

    given: dict[Hashable, Given] = field(default_factory=dict)
    left: dict[Hashable, _Left] = field(default_factory=dict)
    metrics: dict[str, int | float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def backfill(
    sessions: pd.DataFrame,
    descriptions: dict[str, str],
    settings: StreamProcessing,
    encode: Encode | None,
    ask: Ask | None = None,
    decisions: pd.DataFrame | None = None,
) -> Backfill:
    """Give streams to the sessions that have none, where a source is sure enough.

    Candidates are the streams of `descriptions`, and those that people added by their decisions. Nothing is encoded,
    learnt or asked when nothing is missing.

    Args:
        sessions: SESSIONS of all cohorts, in any order.
        descriptions: the catalogue, description by stream; with {} only people's decisions fill, with a warning.
        settings: whether to fill, by which strategy, and how sure to be.
        encode: vectors of texts, rows of length 1; None judges by words alone.
        ask: puts questions to the language model; None where there is none.
        decisions: what people decided, as `review.decided` takes it; it goes before what any other source would give.
    """
    table = _passed_through(sessions)
    missing = table[table["stream"].eq("")].sort_values(["cohort", "session_id"], kind="stable")
    if missing.empty or not settings.create_missing_streams:
        return _result(table, missing, _Outcome(), descriptions)
    outcome = _Outcome(given=_by_people(missing, decisions, Spelling(descriptions, settings.synonyms)))
    open_sessions = missing.drop(index=list(outcome.given))
    if not descriptions:
        _leave(outcome, open_sessions, "no catalogue of streams", _NO_CATALOGUE)
    elif settings.backfill.strategy == "llm_only" and ask is None:
        _leave(outcome, open_sessions, "no language model, and the strategy is llm_only", _NO_MODEL_ALONE)
        outcome.metrics["sessions_for_model"] = int((~_blank(open_sessions)).sum())
    elif not open_sessions.empty:
        taught = _with_streams(table, outcome.given)
        added = {stream: "" for given in outcome.given.values() for stream in given.streams}
        _cascade(outcome, taught[taught["stream"].ne("")], open_sessions, added | descriptions, settings, encode, ask)
    return _result(table, missing, outcome, descriptions)


def _passed_through(sessions: pd.DataFrame) -> pd.DataFrame:
    given = sessions["stream"].ne("")
    return BACKFILLED_SESSIONS.conform(
        sessions.assign(
            stream_source=np.where(given, PROGRAMME, ""),
            stream_confidence=given.astype(float),
            stream_reason="",
        )
    )


def _by_people(missing: pd.DataFrame, decisions: pd.DataFrame | None, spelling: Spelling) -> dict[Hashable, Given]:
    """What people decided; a stream that the catalogue does not have is taken as they wrote it."""
    if decisions is None:
        return {}
    streams = decided(missing, decisions)["streams"]
    found: dict[Hashable, Given] = {}
    for label, cell in streams[streams.ne("")].items():
        names = [] if cell == NO_STREAM else split_streams(cell)
        spelled = tuple(dict.fromkeys((spelling.of([name]) or (name,))[0] for name in names))
        reason = "a person decided" if spelled else "a person decided that it has no stream"
        found[label] = Given(spelled, PERSON, 1.0, reason)
    return found


def _leave(outcome: _Outcome, sessions: pd.DataFrame, why: str, warning: str) -> None:
    outcome.left |= {label: _Left(why) for label in sessions.index}
    if len(sessions):
        outcome.warnings.append(warning.format(count=len(sessions)))


def _cascade(
    outcome: _Outcome,
    labelled: pd.DataFrame,
    sessions: pd.DataFrame,
    descriptions: dict[str, str],
    settings: StreamProcessing,
    encode: Encode | None,
    ask: Ask | None,
) -> None:
    """Rules, classifier and model, as far as the strategy has them; adds to `outcome`."""
    spelling = Spelling(descriptions, settings.synonyms)
    alone = settings.backfill.strategy == "llm_only"
    if not alone:
        by_rules, warnings = ruled(sessions, settings, spelling)
        outcome.given |= by_rules
        outcome.warnings += warnings
        sessions = sessions.drop(index=list(by_rules))
    if sessions.empty:
        return
    judged = judge(labelled, sessions, descriptions, settings, encode)
    outcome.metrics |= judged.diagnostics
    sure = (judged.confidence >= settings.minimum_confidence) & (not alone)
    for row, label in enumerate(sessions.index):
        if sure[row]:
            outcome.given[label] = _by_classifier(judged, row)
        else:
            outcome.left[label] = _Left("not sure enough", *_nearest(judged, row))
    unsure = np.flatnonzero(~sure)
    blank = _blank(sessions)[unsure]
    for label in sessions.index[unsure[blank]]:
        outcome.left[label] = replace(outcome.left[label], why=_ASKED_NOT if alone else _TITLE_ALONE)
    if settings.backfill.strategy != "classifier_only":
        _by_model(outcome, labelled, sessions, judged, unsure[~blank], spelling, settings, ask)


def _by_classifier(judged: Judgement, row: int) -> Given:
    """The best stream, and where sessions carry several, those that come close to it."""
    order, odds = judged.ranked[row][:MOST_STREAMS], judged.odds[row]
    close = [column for column in order if odds[column] >= judged.close * odds[order[0]]]
    streams = tuple(judged.names[column] for column in (close if judged.several > 1 else close[:1]))
    return Given(streams, CLASSIFIER, float(judged.confidence[row]), judged.reasons[row])


def _nearest(judged: Judgement, row: int) -> tuple[str, float]:
    """The best candidates with their odds, for people; and how sure the first is."""
    best = judged.ranked[row][:MOST_STREAMS]
    text = join_streams(f"{judged.names[column]} ({judged.odds[row, column]:.2f})" for column in best)
    return text, float(judged.confidence[row])


def _by_model(
    outcome: _Outcome,
    labelled: pd.DataFrame,
    sessions: pd.DataFrame,
    judged: Judgement,
    unsure: NDArray[np.intp],
    spelling: Spelling,
    settings: StreamProcessing,
    ask: Ask | None,
) -> None:
    """Ask the model about the rows `unsure` of `sessions`; adds to `outcome`."""
    outcome.metrics["sessions_for_model"] = len(unsure)
    if not len(unsure):
        return
    rows = sessions.iloc[unsure]
    if ask is None:
        for label in rows.index:
            outcome.left[label] = replace(outcome.left[label], why="not sure enough, and no language model to ask")
        outcome.warnings.append(_NO_MODEL.format(count=len(rows)))
        return
    questions = _questions(rows, judged, unsure, TheatreStreams(labelled, spelling), settings.candidates)
    asked = ask(list(questions.values()))
    most = MOST_STREAMS if judged.several > 1 or labelled.empty else 1
    for label, question in questions.items():
        answer = asked.given.get(question.key)
        if answer is not None and answer.streams and answer.confidence >= settings.backfill.minimum_model_confidence:
            outcome.given[label] = Given(answer.streams[:most], MODEL, round(answer.confidence, 4), answer.reason)
            del outcome.left[label]
        else:
            outcome.left[label] = replace(outcome.left[label], why=_why_not(question, asked))
    outcome.warnings += asked.warnings
    outcome.metrics |= {
        "sessions_failed_llm": len(asked.failed),
        "sessions_unasked_budget": len(asked.unasked),
        "model_calls": asked.calls,
        "model_answers_cached": asked.cached,
        "model_prompt_tokens": asked.usage.prompt_tokens,
        "model_answer_tokens": asked.usage.answer_tokens,
        "model_tokens": asked.usage.prompt_tokens + asked.usage.answer_tokens,
    }


def _questions(
    rows: pd.DataFrame, judged: Judgement, unsure: NDArray[np.intp], held: TheatreStreams, most: int
) -> dict[Hashable, Question]:
    sets = candidate_sets(rows, judged.names, judged.ranked[unsure], held, most)
    columns = ("cohort", "session_id", "title", "synopsis_stripped", "theatre__name", "speakers")
    cells = zip(rows.index, sets, *(rows[column] for column in columns), strict=True)
    return {
        label: Question(f"{cohort}/{session}", title, synopsis, held.told(theatre, cohort), candidates, speakers)
        for label, candidates, cohort, session, title, synopsis, theatre, speakers in cells
    }


def _why_not(question: Question, asked: Asked) -> str:
    if question.key in asked.failed:
        return f"the language model gave no stream: {asked.failed[question.key]}"
    if question.key in asked.unasked:
        return "not asked of the language model: the budget of this run is spent"
    answer = asked.given[question.key]
    return f"the language model is not sure enough ({answer.confidence:.2f}) of {join_streams(answer.streams)}"


def _blank(sessions: pd.DataFrame) -> NDArray[np.bool_]:
    """Which sessions have no synopsis."""
    return sessions["synopsis_stripped"].str.strip().eq("").to_numpy(bool)


def _with_streams(table: pd.DataFrame, given: Mapping[Hashable, Given]) -> pd.DataFrame:
    """The table with what was given entered; a session that shall have no stream stays without."""
    table = table.copy()
    labels = list(given)
    values = given.values()
    table.loc[labels, "stream"] = [join_streams(one.streams) for one in values]
    table.loc[labels, "stream_source"] = [one.source for one in values]
    table.loc[labels, "stream_confidence"] = [one.confidence for one in values]
    table.loc[labels, "stream_reason"] = [one.reason for one in values]
    return table


def _result(table: pd.DataFrame, missing: pd.DataFrame, outcome: _Outcome, descriptions: Mapping[str, str]) -> Backfill:
    filled = _with_streams(table, outcome.given)
    left = missing.loc[[label for label in missing.index if label in outcome.left]]
    why = [outcome.left[label] for label in left.index]
    review = left[["cohort", "session_id", "title", "theatre__name"]].assign(
        best_candidates=[one.candidates for one in why],
        confidence=np.array([one.confidence for one in why], dtype=float),
        why_left=[one.why for one in why],
        decision="",
    )
    metrics = _counts(filled, missing, left, outcome, descriptions) | outcome.metrics
    return Backfill(
        BACKFILLED_SESSIONS.conform(filled),
        metrics,
        review[list(REVIEW_COLUMNS)].reset_index(drop=True),
        tuple(outcome.warnings),
    )


def _counts(
    table: pd.DataFrame,
    missing: pd.DataFrame,
    left: pd.DataFrame,
    outcome: _Outcome,
    descriptions: Mapping[str, str],
) -> dict[str, int | float]:
    given = {label: one for label, one in outcome.given.items() if one.streams}
    sources = Counter(one.source for one in given.values())
    return {
        "files_evaluated": int(table["cohort"].nunique()),
        "files_modified": int(table["cohort"][table.index.isin(given)].nunique()),
        "total_missing_streams": len(missing),
        "sessions_backfilled": len(given),
        **{f"filled_by_{source}": sources[source] for source in (PERSON, RULE, CLASSIFIER, MODEL)},
        "sessions_without_by_decision": len(outcome.given) - len(given),
        "sessions_skipped_empty_synopsis": int(_blank(left).sum()),
        "sessions_skipped_no_candidates": 0 if descriptions else len(left),
        "sessions_for_model": 0,
        "sessions_failed_llm": 0,
        "sessions_unasked_budget": 0,
        "left_for_review": len(left),
        "model_calls": 0,
        "model_answers_cached": 0,
        "model_prompt_tokens": 0,
        "model_answer_tokens": 0,
        "model_tokens": 0,
    }
