"""Survey answers as delivered -> one row per answer or choice, with its visitor, question and column.

Nested exports are unfolded when they are read (`landing_json`); the text of questions is `questions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pa_assets.agendas.config import Engagement, Event, People
from pa_assets.agendas.core.landing_columns import with_columns
from pa_assets.agendas.core.people.audience import INVITED, REGISTERED, answers_of_invited, past_only
from pa_assets.agendas.core.people.questions import (
    asked_columns,
    job_role_keys,
    one_spelling,
    question_columns,
    question_key,
    questions_asked,
)
from pa_assets.agendas.core.people.registrations import clean_badge
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, unknown_code_detail
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, with_sources
from pa_assets.agendas.core.tables import COHORTS, SURVEY_ANSWERS, THIS_YEAR
from pa_assets.agendas.core.text import NO_ANSWER, fold, tidy

_COHORTS = sorted(COHORTS)
_Numbers = npt.NDArray[np.int64]


def process_answers(
    rows: pd.DataFrame | None,
    registrations: pd.DataFrame,
    event: Event,
    people: People,
    audience: Engagement | None = None,
) -> Prepared:
    """Every answer of a known visitor, also to questions that are not kept.

    An answer finds its visitor by badge and the show it names (own code, else the code in `source`); where it
    names none, by the badge alone if only one cohort has it. A cell `a; b` is two answers; a text typed in free
    (`response_text`) is one, beside a choice or alone. Set aside: answers of excluded and unknown shows, blank
    badges, badges of nobody, blank questions. Folded: answers left blank, the same answer twice (whatever the
    case).

    Args:
        rows: as `read_rows(..., "demographics")` gives them, or None.
        registrations: table `REGISTRATIONS`.
        event: show codes.
        people: questions.
        audience: who is invited in the mode engagement; None in the other modes. Then answers to this year's
            survey are folded, and answers of the badges invited are copied to cohort `this_year`.

    Returns:
        Table `SURVEY_ANSWERS`.
    """
    delivered = with_sources(with_columns(pd.DataFrame() if rows is None else rows, "demographics"))
    sieve = Sieve(delivered)
    badge = _categories(delivered["badge_id"], clean_badge)
    cohort, leaving = _find_visitors(delivered, badge, registrations, event, audience, sieve)
    question = _categories(delivered["question_text"], _said)
    asked = questions_asked(question.categories, people)
    row, answer = _single_answers(delivered)
    answered = np.bincount(row, minlength=len(delivered)) > 0
    without_text = np.array([text == "" for text in asked], dtype=bool)[question.codes]
    sieve.set_aside(pd.Series(answered & without_text & ~leaving, index=delivered.index), "blank question")

    kept = sieve.kept.to_numpy()
    used = kept & ~leaving
    row, answer = row[used[row]], answer[used[row]]
    questions = _questions(cohort[row], question.codes[row], asked, people)
    given = pd.DataFrame({**questions, "badge_id": badge[row], "answer": answer})
    table = _each_once(given)
    folded = {
        REGISTERED: int((kept & leaving).sum()),
        "no answer given": int((used & ~answered).sum()),
        "the same answer twice": len(given) - len(table),
    }
    copied = {"several answers in one row": len(given) - int((used & answered).sum())}
    if audience is not None:
        invited = answers_of_invited(table, registrations)
        copied[INVITED] = len(invited)
        table = pd.concat([table, invited]).sort_values(list(SURVEY_ANSWERS.key))
    table = SURVEY_ANSWERS.conform(table)
    return checked(table, sieve.quarantine(), len(delivered), folded, _notes(table, people), copied)


def _categories(values: pd.Series[Any], function: Callable[[str], str]) -> pd.Categorical:
    """`function` of every text of a column, nulls as `""`, in alphabetical order of the categories."""
    code, distinct = pd.factorize(values)
    results = [function(str(value)) for value in distinct]
    return _recoded([*results, function("")], code)  # a null has code -1, the last


def _recoded(texts: list[str], code: _Numbers) -> pd.Categorical:
    """The text at each position of `code`."""
    place, categories = pd.factorize(np.array(texts, dtype=object), sort=True)
    return pd.Categorical.from_codes(place[code], pd.Index(categories))


def _said(text: str) -> str:
    tidied = tidy(text)
    return "" if tidied.lower() in NO_ANSWER else tidied


def _find_visitors(
    delivered: pd.DataFrame,
    badge: pd.Categorical,
    registrations: pd.DataFrame,
    event: Event,
    audience: Engagement | None,
    sieve: Sieve,
) -> tuple[_Numbers, npt.NDArray[np.bool_]]:
    """Cohort of each row as a position in `_COHORTS`, and the rows that leave; rows of nobody are set aside."""
    shows = resolve_shows(delivered, event, ("source",))
    sieve.set_aside(shows["cohort"] == EXCLUDED, "excluded show", "show code " + shows["code"])
    sieve.set_aside(shows["cohort"] == UNKNOWN, "unknown show code", unknown_code_detail(shows["code"]))
    named = pd.Categorical(shows["cohort"], categories=[*_COHORTS, ""]).codes
    without_show = named == len(_COHORTS)
    leaving = (named == _COHORTS.index(THIS_YEAR)) & (audience is not None)

    def set_aside(where: npt.NDArray[np.bool_], reason: str, detail: str = "") -> None:
        sieve.set_aside(pd.Series(where, index=delivered.index), reason, detail)

    known = _known_badges(badge.categories, registrations if audience is None else past_only(registrations))
    cohort = np.where(without_show, known.argmax(axis=1)[badge.codes], named)
    set_aside((badge.categories == "")[badge.codes], "blank badge")
    several = without_show & (known.sum(axis=1) > 1)[badge.codes]
    set_aside(several, "badge in several shows", "the row names no show: give its show code or source")
    set_aside(~known[badge.codes, cohort] & ~leaving, "no visitor with this badge")
    return cohort, leaving


def _known_badges(badges: pd.Index[Any], registrations: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether each badge (row) is registered in each of `_COHORTS` (column)."""
    known = np.zeros((len(badges), len(_COHORTS)), dtype=bool)
    place = badges.get_indexer(pd.Index(registrations["badge_id"]))
    cohort = pd.Categorical(registrations["cohort"], categories=_COHORTS).codes
    known[place[place >= 0], cohort[place >= 0]] = True
    return known


def _single_answers(delivered: pd.DataFrame) -> tuple[_Numbers, pd.Categorical]:
    """Each answer, with the position of its row: the items of cells, then the texts typed in."""
    cell = _categories(delivered["answer_text"], _said)
    items = [[item for item in map(_said, text.split(";")) if item] for text in cell.categories]
    lengths = np.array([len(cell_items) for cell_items in items], dtype=np.int64)
    count = lengths[cell.codes]
    first = (lengths.cumsum() - lengths)[cell.codes]
    within = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count)
    choice = np.repeat(first, count) + within

    typed = _categories(delivered["response_text"], _said)
    where = np.flatnonzero((typed.categories != "")[typed.codes])
    texts = [*(item for cell_items in items for item in cell_items), *typed.categories]
    answer = _recoded(texts, np.concatenate([choice, lengths.sum() + typed.codes[where]]))
    return np.concatenate([np.repeat(np.arange(len(cell)), count), where]), answer


def _questions(cohort: _Numbers, code: _Numbers, asked: list[str], people: People) -> dict[str, Any]:
    """Cohort, question, column and job-role flag of each answer.

    Args:
        cohort: position in `_COHORTS` of each answer.
        code: position in `asked` of the question of each answer.
        asked: questions, one for each text delivered.
        people: questions kept, by year.
    """
    spelled = one_spelling(asked, np.bincount(code, minlength=len(asked)).tolist())
    keys = [question_key(text) for text in asked]
    columns = [asked_columns(people, this_year=name == THIS_YEAR) for name in _COHORTS]
    column = np.array([[by_key.get(key, "") for key in keys] for by_key in columns], dtype=object)
    job_role_questions = job_role_keys(people)
    asks_job_role = np.array([key in job_role_questions for key in keys], dtype=bool)
    return {
        "cohort": pd.Categorical.from_codes(cohort, pd.Index(_COHORTS)),
        "question": _recoded(spelled, code),
        "column": column[cohort, code],
        "asks_job_role": asks_job_role[code],
    }


def _each_once(given: pd.DataFrame) -> pd.DataFrame:
    """`given` in the order of its key, without answers that a visitor gave before, whatever their case."""
    given = given.sort_values(list(SURVEY_ANSWERS.key), kind="stable")
    answer = given["answer"].cat
    same = pd.factorize(answer.categories.map(fold))[0][answer.codes]
    return given[~given.assign(answer=same).duplicated(list(SURVEY_ANSWERS.key))]


def _notes(table: pd.DataFrame, people: People) -> dict[str, int]:
    """What may be a mistake in the settings, counted."""
    if table.empty:
        return {}
    not_kept = (table["column"] == "") & ~table["asks_job_role"]
    return {
        "answers to questions not kept": int(not_kept.sum()),
        "questions to keep that nobody answered": len(set(question_columns(people).values()) - set(table["column"])),
    }
