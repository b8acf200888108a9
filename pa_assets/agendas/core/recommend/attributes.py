"""Attributes of visitors: columns and survey questions by name, as sets of answers, in sparse matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.inputs import Flags, Numbers, RecommendationError, Words
from pa_assets.agendas.core.text import slug

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def kept_questions(people: config.People) -> list[str]:
    """This year's questions that have a column, answered or not."""
    job_role = [people.job_role_question] if people.job_role_question else []
    return [*people.questions_to_keep.current, *job_role]


def column_of(name: str, visitors: pd.DataFrame, questions: Iterable[str], where: str) -> str:
    """The column that `name` means: a column as it is, or the slug of a column or question.

    Raises:
        RecommendationError: neither a column of the visitors nor one of `questions`.
    """
    if name in visitors.columns:
        return name
    short = slug(name)
    known = {str(column) for column in visitors.columns} | {slug(question) for question in questions}
    if short in known:
        return short
    near = get_close_matches(short, sorted(known), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise RecommendationError(
        f"{where}: {name!r} is neither a visitor column nor a question kept (people.questions_to_keep).{hint}"
    )


def answers(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Table (row, answer, key): each distinct answer of each row in any of `columns`; key is the folded answer."""
    parts = []
    for name in columns:
        if name in frame.columns:
            values = pd.Series(frame[name].to_numpy(dtype=object), index=np.arange(len(frame)), dtype=object)
            parts.append(values.explode().dropna().astype(str))
    if not parts:
        return pd.DataFrame({"row": np.empty(0, np.int64), "answer": np.empty(0, object), "key": np.empty(0, object)})
    answer = pd.concat(parts).str.split().str.join(" ")
    answer = answer[answer.ne("")]
    table = pd.DataFrame({"row": answer.index.to_numpy(np.int64), "answer": answer.to_numpy(object)})
    table["key"] = table["answer"].str.casefold()
    return table.sort_values(["row", "key", "answer"], kind="stable").drop_duplicates(["row", "key"])


@dataclass(frozen=True)
class Attribute:
    """One attribute that makes two visitors alike: T answers, V visitors of this year, U past visitors."""

    column: str
    weight: float
    names: Words
    """T answers as people wrote them."""
    this_year: csr_matrix
    """V x T."""
    past: csr_matrix
    """U x T."""


def read_attribute(
    column: str,
    weight: float,
    visitors: pd.DataFrame,
    past_visitors: pd.DataFrame,
    same_question: Mapping[str, str],
) -> Attribute:
    """Read one attribute of both years, last year's through the questions that ask the same."""
    from scipy.sparse import csr_matrix

    twins = [slug(old) for old, new in same_question.items() if slug(new) == column]
    now = answers(visitors, [column])
    then = answers(past_visitors, dict.fromkeys([column, *twins]))
    both = pd.concat([now, then]).sort_values(["key", "answer"], kind="stable").drop_duplicates("key")
    index = pd.Index(both["key"], dtype=object)

    def matrix(table: pd.DataFrame, rows: int) -> csr_matrix:
        shape = (rows, len(index))
        return csr_matrix((np.ones(len(table)), (table["row"], index.get_indexer(table["key"]))), shape=shape)

    return Attribute(
        column=column,
        weight=weight,
        names=both["answer"].to_numpy(dtype=object),
        this_year=matrix(now, len(visitors)),
        past=matrix(then, len(past_visitors)),
    )


def rows_that_speak_of(frame: pd.DataFrame, column: str, phrases: Iterable[str]) -> Flags:
    """Which rows have an answer with one of `phrases` as whole words."""
    table = answers(frame, [column])
    distinct = pd.Index(table["key"].unique())
    hit = contains_phrase(pd.Series(distinct, dtype=object), phrases)
    rows: Numbers = table.loc[table["key"].isin(distinct[hit]), "row"].to_numpy(np.int64)
    result = np.zeros(len(frame), dtype=bool)
    result[rows] = True
    return result


def contains_phrase(values: pd.Series[str], phrases: Iterable[str]) -> Flags:
    """Which texts hold one of `phrases` as whole words, whatever case and punctuation."""

    def words(series: pd.Series[str]) -> pd.Series[str]:
        return " " + series.astype(str).str.casefold().str.findall(r"\w+").str.join(" ") + " "

    folded = words(values)
    result = np.zeros(len(values), dtype=bool)
    for phrase in words(pd.Series(list(phrases), dtype=object)):
        if phrase.strip():
            result |= folded.str.contains(phrase, regex=False).to_numpy(dtype=bool)
    return result
