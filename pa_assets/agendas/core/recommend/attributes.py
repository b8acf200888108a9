"""Attributes of visitors: columns and survey questions by name, as sets of answers, in sparse matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.inputs import Flags, RecommendationError, Words
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
    parts = [
        pd.Series(frame[name].to_numpy(dtype=object), dtype=object).explode().dropna()
        for name in columns
        if name in frame.columns
    ]
    given = pd.concat(parts) if parts else pd.Series(dtype=object)
    # Whatever is done to texts is done once for each distinct one.
    code, distinct = pd.factorize(given.to_numpy(dtype=object))
    written = pd.Series(distinct, dtype=object).astype(str).str.split().str.join(" ")
    texts = pd.DataFrame({"answer": written.unique()}, dtype=object).query("answer != ''")
    texts = texts.assign(key=texts["answer"].str.casefold()).sort_values(["key", "answer"], ignore_index=True)
    text = pd.Index(texts["answer"]).get_indexer(written)[code]
    pairs = np.unique(given.index.to_numpy(dtype=np.int64)[text >= 0] * len(texts) + text[text >= 0])
    row, text = pairs // max(len(texts), 1), pairs % max(len(texts), 1)
    key = pd.factorize(texts["key"])[0][text]
    again = np.zeros(len(row), dtype=bool)
    again[1:] = (row[1:] == row[:-1]) & (key[1:] == key[:-1])
    return pd.DataFrame({"row": row[~again], **texts.iloc[text[~again]].reset_index(drop=True)})


@dataclass(frozen=True)
class Attribute:
    """One attribute that makes two visitors alike: T answers, V visitors of this year, U past visitors."""

    column: str
    weight: float
    names: Words
    """T answers as people wrote them."""
    this_year: csr_matrix
    """V x T; columns of a row ascend."""
    past: csr_matrix
    """U x T; columns of a row ascend."""


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
    # Last year's spelling goes first: whoever registers now must not change how others' reasons read.
    spelled = [table.sort_values(["key", "answer"], kind="stable") for table in (then, now)]
    both = pd.concat(spelled).drop_duplicates("key").sort_values("key", kind="stable")
    index = pd.Index(both["key"], dtype=object)

    def matrix(table: pd.DataFrame, rows: int) -> csr_matrix:
        column = index.get_indexer(table["key"])
        result = csr_matrix((np.ones(len(table), dtype=np.float32), (table["row"], column)), (rows, len(index)))
        result.sort_indices()
        return result

    return Attribute(
        column=column,
        weight=weight,
        names=both["answer"].to_numpy(dtype=object),
        this_year=matrix(now, len(visitors)),
        past=matrix(then, len(past_visitors)),
    )


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
