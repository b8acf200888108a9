"""Type of practice of a visitor from the visitor's company: equal name, similar name, words in the name.

Only visitors who did not answer the question come here; `visitors` sees to that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Event, PracticeLookup
from pa_assets.agendas.core.known_files import KnownFile
from pa_assets.agendas.core.landing_columns import LandingError, quoted
from pa_assets.agendas.core.people.inference import first_found, found_by, infer
from pa_assets.agendas.core.tables import LAST_YEAR_SECONDARY
from pa_assets.agendas.core.text import NO_ANSWER, key_text, tidy_values

EQUAL = "company"
SIMILAR = "similar company"

MISSING_COMPANIES = KnownFile(
    "missing_practice_companies.csv",
    "Companies of visitors without an answer that the table of practices does not know, most visitors first, each "
    "with the most similar company of the table and its likeness from 0 to 100.",
    {
        "Company": "company",
        "NormalizedCompany": "key",
        "PracticeColumn": "column",
        "SourceEvent": "event",
        "Visitors": "visitors",
        "NearestCompany": "nearest",
        "NearestScore": "score",
    },
    personal=True,
)

_FILLERS = ("the", "and", "co", "company", "uk")
_LEGAL_FORMS = ("ltd", "limited", "plc", "llp", "llc", "lp", "inc", "incorporated", "corp", "corporation", "gmbh")
_COMPANY_WORDS = frozenset((*_FILLERS, *_LEGAL_FORMS))
"""Words that tell no company from another."""

_SILENT = re.compile("['\u2019`\u0300-\u036f]")
"""Apostrophes and accents: they part no words."""

_PUNCTUATION = re.compile(r"[\W_]+")
_PAIRS_AT_ONCE = 4_000_000
"""Companies compared at a time: 32 MB of scores."""


def types_by_company(companies: pd.Series[Any], practices: pd.DataFrame | None, lookup: PracticeLookup) -> pd.DataFrame:
    """Type of practice of each company.

    The table is asked for the name reduced to letters and digits, then for the name without words such as `Ltd`
    and `The`, then for the most similar name; what it does not know, the rules may tell from the name. A company
    with several types has the commonest one, then the first in the alphabet.

    Likeness is the normalised insertion-deletion similarity of the words, 0 to 100, as they stand or in the order of
    the alphabet (token sort ratio), whichever is greater. So the order of words does not count and a typing error
    costs little, but, unlike with partial and token set ratios, a part of a name (`Vets`) is not the name
    (`Oak Vets`). Of equally similar names the first in the alphabet counts.

    Args:
        companies: names as registered, `""` for none.
        practices: table of companies, as `read_rows` gives it; None: only the rules are asked.
        lookup: columns of the table, likeness needed, rules.

    Returns:
        With the index of `companies`: `value`, `source` and `confidence` as `inference.infer` gives them; `company`
        (tidy), `key` (letters and digits), `in_table` (the table gave the value); `nearest` and `score`, the most
        similar company of the table and its likeness, where no name is equal.

    Raises:
        LandingError: the table lacks a column.
    """
    codes, distinct = pd.factorize(tidy_values(companies, NO_ANSWER))
    names = _forms(pd.Series(distinct, dtype=object))
    table = _known_companies(practices, lookup)
    same = found_by(EQUAL, names["key"].map(_commonest(table, "key")))
    same_but_for_company_words = found_by(EQUAL, names["plain"].map(_commonest(table, "plain")))
    equal = first_found(same, same_but_for_company_words)
    nearest = _nearest(names, (equal["value"] == "") & (names["words"] != ""), table)
    close_enough = (nearest["score"] >= lookup.match_threshold) & (lookup.match_threshold < 100)
    similar = nearest["type"].where(close_enough, "")
    by_table = first_found(equal, found_by(SIMILAR, similar, (nearest["score"] / 100).round(4)))
    found = first_found(by_table, infer(names["company"], lookup.rules)).assign(
        company=names["company"],
        key=names["key"],
        in_table=by_table["value"] != "",
        nearest=nearest["company"],
        score=nearest["score"].round(1),
    )
    return found.iloc[codes].set_axis(companies.index)


def missing_companies(found: pd.DataFrame, cohort: pd.Series[Any], column: str, event: Event) -> pd.DataFrame:
    """File `MISSING_COMPANIES`: one row per company that the table does not know, and event.

    Args:
        found: as `types_by_company` gives it, one row per visitor who did not answer.
        cohort: cohort of each.
        column: column of visitors that would be filled.
        event: names of the main and the secondary event.
    """
    events = np.where(cohort == LAST_YEAR_SECONDARY, event.secondary_event_name, event.main_event_name)
    unknown = found.assign(event=events)[~found["in_table"] & (found["key"] != "")]
    spellings = unknown.groupby(["key", "event", "company", "nearest", "score"], as_index=False).size()
    spellings = spellings.sort_values(["key", "event", "size", "company"], ascending=[True, True, False, True])
    rows = spellings.drop_duplicates(["key", "event"]).assign(column=column)
    rows["visitors"] = spellings.groupby(["key", "event"])["size"].sum().to_numpy()
    return MISSING_COMPANIES.of(rows.sort_values(["visitors", "key", "event"], ascending=[False, True, True]))


def _known_companies(practices: pd.DataFrame | None, lookup: PracticeLookup) -> pd.DataFrame:
    """Companies of the table in the forms they are found by, with their types, in the order of the alphabet."""
    names = (lookup.company_column, lookup.type_column)
    rows = pd.DataFrame(columns=names, dtype=object) if practices is None else practices
    if missing := [name for name in names if name not in rows.columns]:
        found = quoted(name for name in rows.columns if not str(name).startswith("source_"))
        files = ", ".join(sorted(set(rows.get("source_file", pd.Series(dtype=object))))) or "practices"
        raise LandingError(
            f"{files}: missing column(s) {', '.join(map(repr, missing))}; found {found or 'none'}. "
            "Rename the column, or set people.practice_lookup to the name it has."
        )
    company, kind = (tidy_values(rows[name], NO_ANSWER).reset_index(drop=True) for name in names)
    table = _forms(company).assign(type=kind)
    table = table[(table["key"] != "") & (table["type"] != "")]
    return table.sort_values(["key", "company", "type"], kind="stable", ignore_index=True)


def _forms(companies: pd.Series[Any]) -> pd.DataFrame:
    """Each company as it stands, as letters and digits, and as words that tell it from others."""
    words = companies.map(_telling_words)
    return pd.DataFrame(
        {
            "company": companies,
            "key": companies.map(key_text),
            "plain": words.map("".join),
            "words": words.map(" ".join),
            "sorted_words": words.map(sorted).map(" ".join),
        },
        dtype=object,
    )


def _telling_words(company: str) -> list[str]:
    """Words without those of `_COMPANY_WORDS`; all of them if no other is left."""
    letters = _SILENT.sub("", unicodedata.normalize("NFKD", company).casefold())
    words = _PUNCTUATION.sub(" ", letters).split()
    return [word for word in words if word not in _COMPANY_WORDS] or words


def _commonest(table: pd.DataFrame, form: str) -> defaultdict[str, str]:
    """Commonest type by a form of the name, then the first in the alphabet; `""` for names unknown."""
    counts = table.groupby([form, "type"], as_index=False).size()
    counts = counts.sort_values([form, "size", "type"], ascending=[True, False, True])
    chosen = counts.drop_duplicates(form)
    return defaultdict(str, zip(chosen[form], chosen["type"], strict=True))


def _nearest(names: pd.DataFrame, wanted: pd.Series[bool], table: pd.DataFrame) -> pd.DataFrame:
    """The most similar company of the table, its type and likeness; blanks and 0 where none is wanted or there."""
    from rapidfuzz import fuzz, process

    known = table.drop_duplicates("words")
    companies = np.append(known["company"].to_numpy(), "")
    types = np.append(known["words"].map(_commonest(table, "words")).to_numpy(), "")
    nearest = np.full(len(names), len(known))
    score = np.zeros(len(names))
    places = np.flatnonzero(wanted) if len(known) else np.array([], dtype=np.int64)
    for block in np.array_split(places, 1 + len(places) * len(known) // _PAIRS_AT_ONCE):
        scores = np.zeros((len(block), len(known)), dtype=np.float32)
        for form in ("words", "sorted_words"):
            asked = names[form].iloc[block].tolist()
            likeness = process.cdist(asked, known[form].tolist(), scorer=fuzz.ratio, dtype=np.float32, workers=1)
            np.maximum(scores, likeness, out=scores)
        if scores.size:
            nearest[block], score[block] = scores.argmax(axis=1), scores.max(axis=1)
    return pd.DataFrame({"company": companies[nearest], "type": types[nearest], "score": score}, names.index)
