"""Survey answers as delivered -> one row per answer or choice, with its visitor, question and column.

Nested exports are unfolded when they are read (`landing_json`); the text of questions is `questions`.
"""

from __future__ import annotations

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
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, unknown_code_detail
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.tables import COHORTS, SURVEY_ANSWERS, THIS_YEAR
from pa_assets.agendas.core.text import NO_ANSWER, fold, tidy, tidy_values

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
    badge = pd.Categorical(clean_badges(delivered["badge_id"]))
    cohort, leaving = _find_visitors(delivered, badge, registrations, event, audience, sieve)
    question = pd.Categorical(tidy_values(delivered["question_text"]))
    asked = questions_asked(question.categories, people)
    row, answer = _single_answers(delivered)
    answered = pd.Series(np.bincount(row, minlength=len(delivered)) > 0, index=delivered.index)
    without_text = np.array([text == "" for text in asked], dtype=bool)[question.codes]
    sieve.set_aside(answered & without_text & ~leaving, "blank question")

    used = sieve.kept & ~leaving
    inside = used.to_numpy()[row]
    row = row[inside]
    given = pd.DataFrame({"badge_id": badge.take(row), "answer": answer[inside]})
    given = given.assign(**_questions(cohort[row], question.codes[row], asked, people))
    table = _each_once(given)
    folded = {
        REGISTERED: int((sieve.kept & leaving).sum()),
        "no answer given": int((used & ~answered).sum()),
        "the same answer twice": len(given) - len(table),
    }
    copied = {"several answers in one row": len(given) - int((used & answered).sum())}
    if audience is not None:
        invited = answers_of_invited(table, registrations)
        copied[INVITED] = len(invited)
        table = pd.concat([table, invited])
    table = finish(SURVEY_ANSWERS, table)
    return checked(table, sieve.quarantine(), len(delivered), folded, _notes(table, people), copied)


def _find_visitors(
    delivered: pd.DataFrame,
    badge: pd.Categorical,
    registrations: pd.DataFrame,
    event: Event,
    audience: Engagement | None,
    sieve: Sieve,
) -> tuple[_Numbers, pd.Series[Any]]:
    """Cohort of each row as a position in `_COHORTS`, and the rows that leave; rows of nobody are set aside."""
    shows = resolve_shows(delivered, event, ("source",))
    sieve.set_aside(shows["cohort"] == EXCLUDED, "excluded show", "show code " + shows["code"])
    sieve.set_aside(shows["cohort"] == UNKNOWN, "unknown show code", unknown_code_detail(shows["code"]))
    blank = pd.Series((badge.categories == "")[badge.codes], index=delivered.index)
    sieve.set_aside(blank, "blank badge")
    leaving = (shows["cohort"] == THIS_YEAR) & (audience is not None)

    known = _known_badges(badge.categories, registrations if audience is None else past_only(registrations))
    named = pd.Categorical(shows["cohort"], categories=_COHORTS).codes
    without_show = (shows["cohort"] == "").to_numpy()
    several = pd.Series(without_show & (known.sum(axis=1) > 1)[badge.codes], index=delivered.index)
    sieve.set_aside(several, "badge in several shows", "the row names no show: give its show code or source")
    cohort = np.where(without_show, known.argmax(axis=1)[badge.codes], named)
    nobody = pd.Series(~known[badge.codes, cohort], index=delivered.index)
    sieve.set_aside(nobody & ~leaving, "no visitor with this badge")
    return cohort, leaving


def _known_badges(badges: pd.Index[Any], registrations: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether each badge (row) is registered in each of `_COHORTS` (column)."""
    known = np.zeros((len(badges), len(_COHORTS)), dtype=bool)
    place = badges.get_indexer(pd.Index(registrations["badge_id"]))
    cohort = pd.Categorical(registrations["cohort"], categories=_COHORTS).codes
    known[place[place >= 0], cohort[place >= 0]] = True
    return known


def _single_answers(delivered: pd.DataFrame) -> tuple[_Numbers, npt.NDArray[np.object_]]:
    """Each answer as text, with the position of its row: the items of cells, then the texts typed in."""
    cell = pd.Categorical(tidy_values(delivered["answer_text"], NO_ANSWER))
    items = [[item for item in map(tidy, text.split(";")) if item.lower() not in NO_ANSWER] for text in cell.categories]
    each_item = np.array([item for cell_items in items for item in cell_items], dtype=object)
    lengths = np.array([len(cell_items) for cell_items in items], dtype=np.int64)
    count = lengths[cell.codes]
    first = (lengths.cumsum() - lengths)[cell.codes]
    within = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count)
    choice = each_item[np.repeat(first, count) + within]

    typed = tidy_values(delivered["response_text"], NO_ANSWER).to_numpy(dtype=object)
    where = np.flatnonzero(typed != "")
    return np.concatenate([np.repeat(np.arange(len(cell)), count), where]), np.concatenate([choice, typed[where]])


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
    job_role = np.array([key in job_role_keys(people) for key in keys], dtype=bool)
    return {
        "cohort": pd.Categorical.from_codes(cohort, pd.Index(_COHORTS)),
        "question": np.array(spelled, dtype=object)[code],
        "column": column[cohort, code],
        "asks_job_role": job_role[code],
    }


def _each_once(given: pd.DataFrame) -> pd.DataFrame:
    """`given` without answers that a visitor gave to a question before, whatever their case."""
    coded = given.assign(**{name: pd.Categorical(given[name]) for name in ("question", "answer")})
    coded = coded.sort_values(list(SURVEY_ANSWERS.key), kind="stable")
    same = pd.factorize(coded["answer"].cat.categories.map(fold))[0][coded["answer"].cat.codes]
    return coded[~coded.assign(same=same).duplicated(["cohort", "badge_id", "question", "same"])]


def _notes(table: pd.DataFrame, people: People) -> dict[str, int]:
    """What may be a mistake in the configuration, counted."""
    if table.empty:
        return {}
    not_kept = (table["column"] == "") & ~table["asks_job_role"]
    return {
        "answers to questions not kept": int(not_kept.sum()),
        "questions to keep that nobody answered": len(set(question_columns(people).values()) - set(table["column"])),
    }
