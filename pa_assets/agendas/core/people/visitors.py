"""Registrations + survey answers -> visitors: answers joined, people linked across years, what is missing inferred.

Cleaning of either side is `registrations` and `answers`; who is the same person beyond equal name and e-mail is
`linkage`; what a job title or a company tells is `inference` and `practices`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import Event, People
from pa_assets.agendas.core.people.inference import ANSWER, first_found, found_by, infer
from pa_assets.agendas.core.people.linkage import Links
from pa_assets.agendas.core.people.practices import (
    EQUAL,
    MISSING_COMPANIES,
    SIMILAR,
    missing_companies,
    types_by_company,
)
from pa_assets.agendas.core.people.questions import column_of, question_columns
from pa_assets.agendas.core.prepared import finish
from pa_assets.agendas.core.tables import COHORTS, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR, VISITORS
from pa_assets.agendas.core.text import lists_by_key

_NOT_FOUND: dict[str, Any] = {"value": "", "source": "", "confidence": 0.0}


@dataclass(frozen=True)
class Visitors:
    """The visitors, and what is not known of them."""

    table: pd.DataFrame
    """Table `VISITORS` with a column per question."""
    unmatched_companies: pd.DataFrame
    """File `practices.MISSING_COMPANIES`; no row where no table of practices is looked up."""
    notes: dict[str, int] = field(default_factory=dict)
    """Things worth a look, counted; what is 0 is left out."""


def join_visitors(
    registrations: pd.DataFrame,
    answers: pd.DataFrame,
    practices: pd.DataFrame | None,
    event: Event,
    people: People,
    links: Links | None = None,
) -> Visitors:
    """Join survey answers to registrations and link this year's people to their badges of last year.

    Every registration stays, with or without answers, returning or not. `assist_year_before` and the badges
    of last year are known of this year's visitors only; a person with several badges last year has them all.
    The choices of a question stand in the order of the alphabet. What a visitor answered is never overwritten:
    a job role is inferred from the job title and a type of practice from the company only where there is no answer.

    Args:
        registrations: table `REGISTRATIONS`.
        answers: table `SURVEY_ANSWERS` of these registrations.
        practices: table of companies, as `read_rows` gives it, or None.
        event: names of the shows.
        people: questions, job-role rules, practice look-up.
        links: people who are the same beyond equal name and e-mail, or None.

    Raises:
        LandingError: the practices lack a column.
        ValueError: a setting names a question that is not kept, or an answer belongs to no registration.
    """
    visitors = _linked(registrations.reset_index(drop=True), links)
    given = _with_rows(answers, visitors)
    columns = dict.fromkeys(question_columns(people).values())
    lists = {name: _lists(given[given["column"] == name], len(visitors)) for name in columns}
    role = first_found(
        found_by(ANSWER, _first_answers(given[given["asks_job_role"]], visitors)),
        infer(visitors["job_title"], people.job_role_rules),
    )
    practice, unmatched = _fill_practices(visitors, lists, practices, event, people)
    table = visitors.assign(
        **_last_year(visitors),
        has_answers=np.isin(np.arange(len(visitors)), given["row"]),
        job_role=role["value"],
        job_role_source=role["source"],
        job_role_confidence=role["confidence"],
        practice_source=practice["source"],
        practice_confidence=practice["confidence"],
        **lists,
    )
    notes = {name: count for name, count in _notes(table, unmatched).items() if count}
    return Visitors(finish(VISITORS, table), unmatched, notes)


def _linked(visitors: pd.DataFrame, links: Links | None) -> pd.DataFrame:
    """Visitors with the person they really are.

    All badges of a person who was linked bear the source and confidence of the weakest link, for the history of
    each of them rests on it.
    """
    if links is None or links.persons.empty:
        return visitors.assign(identity_source="exact", identity_confidence=1.0)
    real = links.persons.set_index("person_id")["linked_person_id"]
    weakest = links.persons.sort_values(["linked_person_id", "confidence", "source"], ascending=[True, True, False])
    weakest = weakest.drop_duplicates("linked_person_id").set_index("linked_person_id")
    person = visitors["person_id"].map(real).fillna(visitors["person_id"])
    return visitors.assign(
        person_id=person,
        identity_source=person.map(weakest["source"]).fillna("exact"),
        identity_confidence=person.map(weakest["confidence"]).astype("float64").fillna(1.0),
    )


def _with_rows(answers: pd.DataFrame, visitors: pd.DataFrame) -> pd.DataFrame:
    """Answers with the row number of their visitor, sorted by visitor and answer."""
    row = _rows_of(answers, visitors)
    if (nobody := row < 0).any():
        raise ValueError(
            f"{int(nobody.sum())} survey answer(s) belong to no registration. Make survey_answers anew from the "
            "registrations that they are joined to."
        )
    codes, distinct = pd.factorize(answers["answer"])
    folded = [str(text).casefold() for text in distinct]
    by_alphabet = sorted(range(len(distinct)), key=lambda code: (folded[code], distinct[code]))
    place = np.empty(len(distinct), dtype=np.int64)
    place[by_alphabet] = np.arange(len(distinct))
    given = pd.DataFrame(
        {
            "row": row,
            "column": pd.Categorical(answers["column"]),
            "asks_job_role": answers["asks_job_role"].to_numpy(dtype=bool),
            "answer": answers["answer"].to_numpy(dtype=object),
            "folded": pd.factorize(np.array(folded, dtype=object))[0][codes],
        }
    )
    return given.iloc[np.lexsort((place[codes], row))]


def _rows_of(answers: pd.DataFrame, visitors: pd.DataFrame) -> NDArray[np.int64]:
    """Row number of the visitor of each answer, -1 for none."""
    row = np.full(len(answers), -1, dtype=np.int64)
    for cohort in COHORTS:
        asked = (answers["cohort"] == cohort).to_numpy()
        there = np.flatnonzero(visitors["cohort"] == cohort)
        place = pd.Index(visitors["badge_id"].iloc[there]).get_indexer(pd.Index(answers.loc[asked, "badge_id"]))
        row[asked] = np.append(there, -1)[place]
    return row


def _lists(given: pd.DataFrame, rows: int) -> pd.Series[Any]:
    """Answers of each row as a list, none of them twice but for case."""
    distinct = given[~given.duplicated(["row", "folded"])]
    return _filled(lists_by_key(distinct["row"], distinct["answer"]), rows)


def _filled(lists: pd.Series[Any], rows: int) -> pd.Series[Any]:
    """Lists by row number as a column; an empty one where there is none."""
    column = np.empty(rows, dtype=object)
    there = np.zeros(rows, dtype=bool)
    there[lists.index] = True
    column[there] = lists.sort_index().to_numpy()
    none = int((~there).sum())
    column[~there] = np.fromiter(([] for _ in range(none)), dtype=object, count=none)
    return pd.Series(column, dtype=object)


def _first_answers(given: pd.DataFrame, visitors: pd.DataFrame) -> pd.Series[Any]:
    """First answer of each row in the order of the alphabet."""
    first = given.drop_duplicates("row").set_index("row")["answer"]
    return first.reindex(visitors.index, fill_value="")


def _last_year(visitors: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Badges of last year of each of this year's people, and whether there is any."""
    persons = visitors.loc[visitors["cohort"] == THIS_YEAR, "person_id"]
    badges: dict[str, pd.Series[Any]] = {}
    for name, cohort in (
        ("badges_last_year_main", LAST_YEAR_MAIN),
        ("badges_last_year_secondary", LAST_YEAR_SECONDARY),
    ):
        past = visitors[visitors["cohort"] == cohort].sort_values("badge_id", kind="stable")
        by_person = lists_by_key(past["person_id"], past["badge_id"])
        badges[name] = _filled(persons.map(by_person).dropna(), len(visitors))
    returning = badges["badges_last_year_main"].str.len() + badges["badges_last_year_secondary"].str.len() > 0
    return {**badges, "assist_year_before": returning.astype("int64")}


def _fill_practices(
    visitors: pd.DataFrame,
    lists: dict[str, pd.Series[Any]],
    practices: pd.DataFrame | None,
    event: Event,
    people: People,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill the practice question in `lists` where it was not answered; where from, and the companies unknown."""
    none = MISSING_COMPANIES.of(pd.DataFrame(columns=list(MISSING_COMPANIES.columns.values())))
    lookup = people.practice_lookup
    if lookup is None:
        return found_by(ANSWER, pd.Series("", index=visitors.index, dtype=object)), none
    column = column_of(people, lookup.question, "people.practice_lookup.question")
    answered = lists[column].str.len() > 0
    found = types_by_company(visitors.loc[~answered, "company"], practices, lookup)
    filled = found.loc[found["value"] != "", "value"].map(lambda value: [value])
    lists[column] = lists[column].where(~lists[column].index.isin(filled.index), filled)
    by_company = pd.DataFrame(
        {name: found[name].reindex(visitors.index, fill_value=value) for name, value in _NOT_FOUND.items()}
    )
    practice = first_found(found_by(ANSWER, lists[column].str[0].where(answered, "")), by_company)
    if practices is None:
        return practice, none
    return practice, missing_companies(found, visitors.loc[~answered, "cohort"], column, event)


def _notes(table: pd.DataFrame, unmatched: pd.DataFrame) -> dict[str, int]:
    """What a person should know before trusting the table."""
    this_year = table[table["cohort"] == THIS_YEAR]
    main = this_year["badges_last_year_main"].str.len() > 0
    secondary = this_year["badges_last_year_secondary"].str.len() > 0
    by_company = table["practice_source"]
    return {
        "visitors of this year who were at last year's main show": int(main.sum()),
        "visitors of this year who were at last year's secondary show": int(secondary.sum()),
        "visitors of this year who were at both shows of last year": int((main & secondary).sum()),
        "visitors of this year without answers": int((~this_year["has_answers"]).sum()),
        "visitors of this year without job role": int((this_year["job_role"] == "").sum()),
        "people with several badges this year": int((this_year["person_id"].value_counts() > 1).sum()),
        "types of practice filled by an equal company": int((by_company == EQUAL).sum()),
        "types of practice filled by a similar company": int((by_company == SIMILAR).sum()),
        "types of practice filled by rule": int(by_company.str.startswith("rule:").sum()),
        "companies that the table of practices does not know": len(unmatched),
    }
