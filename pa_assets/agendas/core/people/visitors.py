"""Registrations + survey answers -> visitors: answers joined, people linked across years, job roles known or inferred.

Cleaning of either side is `registrations` and `answers`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event, People, PracticeLookup
from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.people.answers import process_answers
from pa_assets.agendas.core.people.questions import column_of, question_columns
from pa_assets.agendas.core.prepared import Prepared, finish
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR, VISITORS
from pa_assets.agendas.core.text import (
    NO_ANSWER,
    each_value,
    gather_items,
    key_texts,
    lists_by_key,
    tidy_values,
    whole_words,
)


@dataclass(frozen=True)
class Visitors:
    """The visitors, and where every survey answer went."""

    table: pd.DataFrame
    """Table `VISITORS` with a column per question."""
    answers: Prepared
    """The answers kept (see `answers.COLUMNS`), those set aside and those folded."""
    notes: dict[str, int] = field(default_factory=dict)
    """Things worth a look, counted."""

    @property
    def quarantine(self) -> pd.DataFrame:
        """Answers set aside."""
        return self.answers.quarantine

    def check(self) -> None:
        """Check that every answer delivered is accounted for.

        Raises:
            RowsLostError: it is not.
        """
        self.answers.check()


def join_visitors(
    registrations: pd.DataFrame,
    answer_rows: pd.DataFrame | None,
    practices: pd.DataFrame | None,
    event: Event,
    people: People,
) -> Visitors:
    """Join survey answers to registrations and link this year's people to their badges of last year.

    Every registration stays, with or without answers, returning or not. `assist_year_before` and the badges
    of last year are known of this year's visitors only.

    Args:
        registrations: table `REGISTRATIONS`.
        answer_rows: as `read_rows(..., "demographics")` gives them, or None.
        practices: table of companies, as `read_rows` gives it, or None.
        event: show codes.
        people: questions, job-role rules, practice look-up.

    Raises:
        LandingError: the practices lack a column.
        ValueError: a setting names a question that is not kept.
    """
    answers = process_answers(answer_rows, registrations, event, people)
    visitors = registrations.reset_index(drop=True)
    row_of = pd.Series(visitors.index, index=pd.MultiIndex.from_frame(visitors[["cohort", "badge_id"]]), dtype="int64")
    given = answers.table
    row = row_of.reindex(pd.MultiIndex.from_frame(given[["cohort", "badge_id"]])).reset_index(drop=True).astype("int64")
    question_lists = {
        column: _lists(visitors, gather_items(row[asked], given.loc[asked, "answer"]))
        for column in dict.fromkeys(question_columns(people).values())
        for asked in [given["column"] == column]
    }
    filled = _fill_practices(visitors, question_lists, practices, people.practice_lookup, people)
    has_answers = pd.Series(visitors.index.isin(row), index=visitors.index)
    role, source = _job_roles(visitors, row, given, people)
    table = visitors.assign(
        **_last_year(visitors), has_answers=has_answers, job_role=role, job_role_source=source, **question_lists
    )
    this_year = visitors["cohort"] == THIS_YEAR
    notes = {
        "visitors of this year without answers": int((this_year & ~has_answers).sum()),
        "visitors of this year without job role": int((this_year & (role == "")).sum()),
        "types of practice filled by company": filled,
    }
    return Visitors(finish(VISITORS, table), answers, {name: count for name, count in notes.items() if count})


def _lists(visitors: pd.DataFrame, lists: pd.Series[Any]) -> pd.Series[Any]:
    """Lists by row number as a full column; an empty list where there is none."""
    column = lists.reindex(visitors.index).astype(object)
    return column.map(lambda value: value if isinstance(value, list) else []).astype(object)


def _last_year(visitors: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Badges of last year of each of this year's people, and whether there is any."""
    this_year = visitors["cohort"] == THIS_YEAR
    badges: dict[str, pd.Series[Any]] = {}
    for name, cohort in (
        ("badges_last_year_main", LAST_YEAR_MAIN),
        ("badges_last_year_secondary", LAST_YEAR_SECONDARY),
    ):
        past = visitors[visitors["cohort"] == cohort].sort_values("badge_id", kind="stable")
        by_person = lists_by_key(past["person_id"], past["badge_id"])
        badges[name] = _lists(visitors, visitors.loc[this_year, "person_id"].map(by_person))
    returning = badges["badges_last_year_main"].str.len() + badges["badges_last_year_secondary"].str.len() > 0
    return {**badges, "assist_year_before": returning.astype("int64")}


def _job_roles(
    visitors: pd.DataFrame, row: pd.Series[Any], given: pd.DataFrame, people: People
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Job role and its source: the (first) answer, else the first rule that matches the job title."""
    answered = gather_items(row[given["job_role"]], given.loc[given["job_role"], "answer"])
    role = answered.str[0].reindex(visitors.index).fillna("").astype(object)
    source = pd.Series("", index=visitors.index, dtype=object).mask(role != "", "answer")
    rules = [(whole_words(rule.any_words), rule.value) for rule in people.job_role_rules]
    inferred = each_value(
        visitors["job_title"], lambda title: next((value for words, value in rules if words.search(title)), "")
    )
    by_rule = inferred.where(role == "", "")
    return role.mask(by_rule != "", by_rule), source.mask(by_rule != "", "rule:" + by_rule)


def _fill_practices(
    visitors: pd.DataFrame,
    question_lists: dict[str, pd.Series[Any]],
    practices: pd.DataFrame | None,
    lookup: PracticeLookup | None,
    people: People,
) -> int:
    """Fill the practice question of visitors who did not answer it, by company; return how many were filled."""
    if practices is None or lookup is None:
        return 0
    column = column_of(people, lookup.question, "people.practice_lookup.question")
    types = _types_by_company(practices, lookup)
    found = each_value(key_texts(visitors["company"]), lambda company: types.get(company, ""))
    fill = (question_lists[column].str.len() == 0) & (found != "")
    question_lists[column] = question_lists[column].mask(fill, found.map(lambda value: [value]))
    return int(fill.sum())


def _types_by_company(practices: pd.DataFrame, lookup: PracticeLookup) -> dict[str, str]:
    """Type of practice by the key of the company: the commonest one, then the first in the alphabet."""
    if missing := [name for name in (lookup.company_column, lookup.type_column) if name not in practices.columns]:
        found = ", ".join(repr(name) for name in practices.columns if not str(name).startswith("source_"))
        files = ", ".join(sorted(set(practices.get("source_file", pd.Series(dtype=object))))) or "practices"
        raise LandingError(
            f"{files}: missing column(s) {', '.join(map(repr, missing))}; found {found or 'none'}. "
            "Rename the column, or set people.practice_lookup to the name it has."
        )
    table = pd.DataFrame(
        {
            "company": key_texts(tidy_values(practices[lookup.company_column])),
            "type": tidy_values(practices[lookup.type_column], NO_ANSWER),
        }
    )
    counts = table[(table["company"] != "") & (table["type"] != "")].value_counts().rename("rows").reset_index()
    counts = counts.sort_values(["company", "rows", "type"], ascending=[True, False, True])
    chosen = counts.drop_duplicates("company")
    return dict(zip(chosen["company"], chosen["type"], strict=True))
