"""Survey questions: their text cleaned, which ones are kept, and the column of each.

The answers themselves are `answers`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pa_assets.agendas.config import People, StreamMapping
from pa_assets.agendas.core.tables import VISITORS
from pa_assets.agendas.core.text import fold, slug, tidy

_PUNCTUATION = re.compile("\u00e2\u20ac\u00a6|[^\\w\\s/-]|_")
"""Everything but letters, digits, `-` and `/`; first the ellipsis as a wrong decoding shows it."""


def clean_question(text: str) -> str:
    """A question without punctuation but `-` and `/`, single spaces."""
    return tidy(_PUNCTUATION.sub("", text))


def question_key(text: str) -> str:
    """What is equal for two spellings of one question: clean, whatever the case."""
    return fold(clean_question(text))


def questions_asked(texts: Iterable[str], people: People) -> list[str]:
    """Texts of questions, clean, corrections done; `""` where nothing is left."""
    wrong_texts = people.question_text_corrections
    corrections = {question_key(wrong): clean_question(right) for wrong, right in wrong_texts.items()}
    return [corrections.get(question_key(text), clean_question(text)) for text in texts]


def one_spelling(questions: Sequence[str], counts: Sequence[int]) -> list[str]:
    """Each question in the spelling that is commonest of all its spellings, then first in the alphabet.

    Args:
        questions: clean questions.
        counts: how often each was asked.
    """
    spellings: dict[str, Counter[str]] = {}
    for question, count in zip(questions, counts, strict=True):
        spellings.setdefault(question_key(question), Counter())[question] += count
    chosen = {key: min(counter, key=lambda text: (-counter[text], text)) for key, counter in spellings.items()}
    return [chosen[question_key(question)] for question in questions]


def question_columns(people: People) -> dict[str, str]:
    """Column of each question kept, by the question's text in the configuration, this year's first.

    A question of last year that asks the same as one of this year shares its column. A column that would bear
    the name of a declared column of `VISITORS` (`Job Role`) ends in `_answers`.

    Raises:
        ValueError: two different questions would have one column.
    """
    same = {question_key(past): current for past, current in people.same_question.items()}
    kept = people.questions_to_keep
    columns: dict[str, str] = {}
    askers: dict[str, str] = {}
    for question in (*kept.current, *kept.past, *people.same_question):
        asked = same.get(question_key(question), question)
        column = _column(asked)
        if askers.setdefault(column, question_key(asked)) != question_key(asked):
            raise ValueError(f"questions_to_keep: two questions would have the column {column!r}; keep one of them.")
        columns.setdefault(question, column)
    return columns


def asked_columns(people: People, *, this_year: bool) -> dict[str, str]:
    """Column of each question asked this year or last year, by question key."""
    kept = people.questions_to_keep
    asked = kept.current if this_year else [*kept.past, *people.same_question]
    columns = question_columns(people)
    return {question_key(question): columns[question] for question in asked}


def job_role_keys(people: People) -> frozenset[str]:
    """Keys of the questions that ask for the job role, of this and of last year."""
    if not people.job_role_question:
        return frozenset()
    key = question_key(people.job_role_question)
    past = {question_key(past) for past, current in people.same_question.items() if question_key(current) == key}
    return frozenset({key, *past})


def specialisation_column(people: People, mapping: StreamMapping) -> str:
    """Column of the question that a mapping to streams speaks of: the one it names, else the first kept; `""` for none.

    Raises:
        ValueError: the mapping names a question that is not kept.
    """
    if mapping.question:
        return column_of(people, mapping.question, "graph.specialization_stream_mapping.question")
    first = people.questions_to_keep.current[:1]
    return question_columns(people)[first[0]] if first else ""


def column_of(people: People, question: str, setting: str) -> str:
    """Column of a kept question.

    Raises:
        ValueError: it is not kept; the message names `setting`.
    """
    columns = {question_key(kept): column for kept, column in question_columns(people).items()}
    try:
        return columns[question_key(question)]
    except KeyError:
        raise ValueError(
            f"{setting} names {question!r}, which people.questions_to_keep does not keep. Add it there."
        ) from None


def _column(question: str) -> str:
    name = slug(clean_question(question)) or "question"
    return f"{name}_answers" if name in VISITORS.names else name
