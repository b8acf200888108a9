"""Survey answers as delivered -> one row per answer kept, with the visitor and the column it belongs to.

Nested exports are unfolded when they are read (`landing_json`); the text of questions is `questions`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event, People
from pa_assets.agendas.core.landing_columns import with_columns
from pa_assets.agendas.core.people.questions import asked_columns, job_role_keys, question_key
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, unknown_code_detail
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, with_sources
from pa_assets.agendas.core.tables import COHORTS, THIS_YEAR
from pa_assets.agendas.core.text import NO_ANSWER, each_value, tidy_values

COLUMNS = ("cohort", "badge_id", "column", "job_role", "answer", "source_file", "source_row")
"""Columns of the long table: `column` is the visitors' column (`""` where only the job role is taken from the
answer), `job_role` whether the question asks for it, `answer` the cell as delivered, its items split by `;`."""

_SEVERAL = "several"


def process_answers(rows: pd.DataFrame | None, registrations: pd.DataFrame, event: Event, people: People) -> Prepared:
    """Answers to the questions kept, each with its visitor.

    An answer finds its visitor by badge and the show it names (own code, else the code in `source`); where it
    names none, by the badge alone if only one cohort has it. Set aside: answers of excluded and unknown shows,
    blank badges, badges of nobody, blank questions. Folded: answers left blank, questions not kept.

    Args:
        rows: as `read_rows(..., "demographics")` gives them, or None.
        registrations: table `REGISTRATIONS`.
        event: show codes.
        people: questions.

    Returns:
        A long table of `COLUMNS`, one row per delivered row kept, sorted by visitor, question and answer.
    """
    delivered = with_sources(with_columns(pd.DataFrame() if rows is None else rows, "demographics"))
    names = ("badge_id", "show_ref", "source", "question_text")
    clean = delivered.assign(**{name: tidy_values(delivered[name]) for name in names})
    clean["badge_id"] = clean_badges(clean["badge_id"])
    answer = tidy_values(delivered["answer_text"], NO_ANSWER)
    clean["answer"] = answer.mask(answer == "", tidy_values(delivered["response_text"], NO_ANSWER))

    sieve = Sieve(delivered)
    clean["cohort"] = _cohorts(clean, registrations, event, sieve)
    blank = clean["answer"] == ""
    sieve.set_aside((clean["question_text"] == "") & ~blank, "blank question")
    clean["column"], clean["job_role"] = _questions(clean, people)
    used = (clean["column"] != "") | clean["job_role"]
    folded = {
        "no answer given": int((sieve.kept & blank).sum()),
        "question not kept": int((sieve.kept & ~blank & ~used).sum()),
    }
    table = clean.loc[sieve.kept & ~blank & used, list(COLUMNS)]
    order = ["cohort", "badge_id", "column", "answer", "source_file", "source_row"]
    table = table.sort_values(order, kind="stable", ignore_index=True)
    return checked(table, sieve.quarantine(), len(delivered), folded)


def _cohorts(clean: pd.DataFrame, registrations: pd.DataFrame, event: Event, sieve: Sieve) -> pd.Series[Any]:
    """Cohort of each answer; answers of nobody are set aside."""
    shows = resolve_shows(clean, event, ("source",))
    sieve.set_aside(shows["cohort"] == EXCLUDED, "excluded show", "show code " + shows["code"])
    sieve.set_aside(shows["cohort"] == UNKNOWN, "unknown show code", unknown_code_detail(shows["code"]))
    sieve.set_aside(clean["badge_id"] == "", "blank badge")
    homes = registrations.drop_duplicates("badge_id", keep=False).set_index("badge_id")["cohort"]
    shared = set(registrations["badge_id"]) - set(homes.index)
    by_badge = clean["badge_id"].map(homes).fillna("").mask(clean["badge_id"].isin(shared), _SEVERAL)
    cohort = shows["cohort"].mask(shows["cohort"] == "", by_badge)
    sieve.set_aside(cohort == _SEVERAL, "badge in several shows", "the row names no show: give its show code or source")
    known = pd.MultiIndex.from_frame(registrations[["cohort", "badge_id"]])
    found = pd.MultiIndex.from_arrays([cohort, clean["badge_id"]]).isin(known)
    sieve.set_aside(pd.Series(~found, index=clean.index), "no visitor with this badge")
    return cohort


def _questions(clean: pd.DataFrame, people: People) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Column of each answer, and whether it tells the job role; what is kept depends on the year."""
    wrong_texts = people.question_text_corrections
    corrections = {question_key(wrong): question_key(right) for wrong, right in wrong_texts.items()}
    asked = each_value(clean["question_text"], question_key)
    key = each_value(asked, lambda value: corrections.get(value, value))
    column = pd.Series("", index=clean.index, dtype=object)
    for cohort in COHORTS:
        columns = asked_columns(people, this_year=cohort == THIS_YEAR)
        column = column.mask(clean["cohort"] == cohort, key.map(columns).fillna(""))
    return column, key.isin(job_role_keys(people))
