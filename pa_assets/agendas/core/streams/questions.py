"""What one call of the language model says about sessions that lack a stream, and how its answer is read.

Nothing of a session but its title, theatre and synopsis ever stands in a call, without names of its speakers. An answer
is checked session by session: what is no candidate is dropped. When to call is `asking`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from pa_assets.agendas.core.streams.prompts import prompt
from pa_assets.agendas.core.streams.untrusted import without_instructions, without_people
from pa_assets.agendas.core.text import fold, tidy
from pa_assets.kit import fingerprint

MOST_STREAMS = 3
_SYNOPSIS, _TITLE, _DESCRIPTION = 1500, 300, 400
"""Characters that a call says of each at most."""
_REASON_WORDS = 15


@dataclass(frozen=True)
class Question:
    """A session that lacks a stream."""

    key: str
    """Tells it from the others; is never told to the model."""
    title: str
    synopsis: str
    theatre: str
    """Room; "" where it is not known."""
    candidates: tuple[str, ...]
    """Streams to choose from; their order does not count."""
    speakers: str = ""
    """Names that the model is not told, where title or synopsis speak of them."""


@dataclass(frozen=True)
class Answer:
    """What the model says of a session."""

    streams: tuple[str, ...]
    """One to three of the candidates, best first."""
    confidence: float
    """From 0 to 1, as the model puts it; it is not calibrated."""
    reason: str

    def as_json(self) -> dict[str, Any]:
        """For the cache."""
        return asdict(self) | {"streams": list(self.streams)}


@lru_cache(maxsize=20_000)
def _said(question: Question) -> tuple[dict[str, str], bool]:
    """What the model is told of a session, and whether something in it speaks to the model."""
    parts = {"title": question.title, "theatre": question.theatre, "synopsis": question.synopsis}
    lengths = {"title": _TITLE, "theatre": _TITLE, "synopsis": _SYNOPSIS}
    cleaned = {name: without_instructions(without_people(text, question.speakers)) for name, text in parts.items()}
    said = {name: _cut(text, lengths[name]) for name, (text, _) in cleaned.items() if text}
    return said, any(found for _, found in cleaned.values())


def why_not(question: Question) -> str:
    """Why the model is not asked; "" where it is."""
    if not question.candidates:
        return "there is no stream to choose from"
    said = _said(question)[0]
    return "" if "title" in said or "synopsis" in said else "neither title nor synopsis says anything"


def _cut(text: str, length: int) -> str:
    """The beginning of a text, up to a whole word."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


def _described(streams: Sequence[str], descriptions: Mapping[str, str]) -> dict[str, str]:
    return {stream: _cut(tidy(descriptions.get(stream, "")), _DESCRIPTION) for stream in sorted(set(streams))}


def cache_key(question: Question, descriptions: Mapping[str, str], model: str) -> str:
    """Fingerprint of all that an answer depends on."""
    said = _said(question)[0]
    streams = _described(question.candidates, descriptions)
    return fingerprint.of_json([model, "fill", prompt("fill").version, streams, said])


def cached_answer(value: Mapping[str, Any] | None, question: Question) -> Answer | None:
    """An answer of the cache; None where there is none, or none that suits the candidates."""
    return _answer(value, question) if value is not None else None


def batches(questions: Sequence[Question], size: int) -> list[list[Question]]:
    """The questions in calls: those of equal candidates together, at most `size`, in the order of keys.

    A session whose text spoke to the model is asked about in a call of its own, so that it can touch no other.
    """
    together: dict[tuple[str, ...], list[Question]] = {}
    alone: list[list[Question]] = []
    for question in sorted(questions, key=lambda question: question.key):
        if _said(question)[1]:
            alone.append([question])
        else:
            together.setdefault(tuple(sorted(set(question.candidates))), []).append(question)
    found = [batch for _, group in sorted(together.items()) for batch in _even(group, size)]
    return found + alone


def _even(group: Sequence[Question], size: int) -> Iterator[list[Question]]:
    """As few batches as may be, of sizes that differ by one at most."""
    number = -(-len(group) // size)
    for index in range(number):
        yield list(group[index * len(group) // number : (index + 1) * len(group) // number])


def call(batch: Sequence[Question], descriptions: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of `LanguageModel.answer` for a batch of equal candidates, which it numbers from 1.

    Streams come first: servers that remember the beginning of a question charge less for it the next time.
    """
    streams = _described(batch[0].candidates, descriptions)
    sessions = [{"session": number} | _said(question)[0] for number, question in enumerate(batch, start=1)]
    return {
        "instructions": prompt("fill").text,
        "content": json.dumps({"streams": streams, "sessions": sessions}, ensure_ascii=False, separators=(",", ":")),
        "schema": _schema(list(streams)),
    }


def _schema(streams: list[str]) -> dict[str, Any]:
    """Each stream an exact name. Numbers of items and ranges are checked here, for not every server knows them."""
    fields = {
        "session": {"type": "integer"},
        "reason": {"type": "string"},
        "streams": {"type": "array", "items": {"type": "string", "enum": streams}},
        "confidence": {"type": "number"},
    }
    answer = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"answers": {"type": "array", "items": answer}},
        "required": ["answers"],
        "additionalProperties": False,
    }


def read(reply: Mapping[str, Any], batch: Sequence[Question]) -> dict[str, Answer]:
    """The answers of a reply by key of their question; of two for one session the first, what is unusable left out."""
    rows = reply.get("answers")
    found: dict[str, Answer] = {}
    for row in rows if isinstance(rows, list) else []:
        number = row.get("session") if isinstance(row, Mapping) else None
        if type(number) is not int or not 1 <= number <= len(batch):
            continue
        question = batch[number - 1]
        answer = _answer(row, question)
        if answer is not None:
            found.setdefault(question.key, answer)
    return found


def _answer(row: Mapping[str, Any], question: Question) -> Answer | None:
    names = {fold(name): name for name in sorted(question.candidates, reverse=True)}
    given = row.get("streams")
    known = [names.get(fold(name)) for name in given if isinstance(name, str)] if isinstance(given, list) else []
    streams = tuple(dict.fromkeys(name for name in known if name is not None))[:MOST_STREAMS]
    if not streams:
        return None
    reason = row.get("reason")
    words = without_instructions(reason)[0].split() if isinstance(reason, str) else []
    return Answer(streams, _confidence(row.get("confidence")), " ".join(words[:_REASON_WORDS]))


def _confidence(value: object) -> float:
    """A share; 0 for what is none, since then the model did not say how sure it is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return 0.0
    return float(value) if 0 <= value <= 1 else 0.0
