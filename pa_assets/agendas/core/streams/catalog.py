"""The catalogue of streams: which there are, and a description of each.

A description was given by a person, written by a language model, or extracted from the words of the stream's own
sessions and marked as such. Filling sessions that have no stream is `filling`. Reading catalogue files is
`catalog_files`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.streams.extracts import extracted_descriptions
from pa_assets.agendas.core.streams.prompts import prompt
from pa_assets.agendas.core.streams.untrusted import without_instructions, without_people
from pa_assets.agendas.core.text import fold, split_streams
from pa_assets.kit.ports import LanguageModel, LanguageModelQuestionError, LanguageModelUnavailableError, Usage

Source = Literal["model", "extracted", "given"]

_STREAMS_PER_CALL = 40
_TITLES_PER_STREAM = 6
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "streams": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "description": {"type": "string"}},
                "required": ["name", "description"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["streams"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Entry:
    """One stream of the catalogue."""

    stream: str
    description: str
    source: Source
    sessions: int
    """Sessions of all cohorts that carry it."""
    alternate_names: tuple[str, ...] = ()
    """Other spellings in the programmes, and the synonyms of the configuration."""
    model: str = ""
    """Model that wrote the description; empty for other sources."""
    prompt_version: str = ""


@dataclass(frozen=True)
class Catalog:
    """The streams of an event, by name, and what went wrong on the way."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    calls: int = 0
    """Answers of the language model that were asked for."""
    usage: Usage = field(default_factory=Usage)
    """What the language model was used for."""

    @property
    def descriptions(self) -> dict[str, str]:
        """Description by stream."""
        return {entry.stream: entry.description for entry in self.entries}

    @property
    def source_counts(self) -> dict[str, int]:
        """Number of descriptions by source."""
        return dict(sorted(Counter(entry.source for entry in self.entries).items()))


def _spellings(sessions: pd.DataFrame) -> dict[str, Counter[str]]:
    """Sessions per spelling of each stream, by the stream's name without regard to case."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for cell, count in sessions["stream"].value_counts().sort_index().items():
        for stream in split_streams(str(cell)):
            found[fold(stream)][stream] += int(count)
    return found


def unique_streams(sessions: pd.DataFrame) -> list[str]:
    """The streams of all cohorts, sorted; of spellings that differ in case alone, the commonest.

    Args:
        sessions: SESSIONS.
    """
    return sorted(_commonest(spellings) for spellings in _spellings(sessions).values())


def _commonest(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda name: (-spellings[name], name))


def describe_streams(
    sessions: pd.DataFrame,
    previous: object,
    settings: StreamProcessing,
    model: LanguageModel | None,
) -> Catalog:
    """The catalogue of the sessions' streams; the model is asked for what it has not described yet.

    A description that a person gave is kept. One that this model wrote by the present instructions is never asked for
    again; with `use_cached_descriptions`, or without a model, one of another model or version serves as well. A model
    that fails leaves extracted descriptions and a warning.

    Args:
        sessions: SESSIONS of all cohorts.
        previous: content of `streams_cache.json`, of this product or of the older one (`{name: text}`); else {}.
        settings: what may be reused, and synonyms.
        model: writes descriptions, or None.
    """
    bare = _bare_entries(sessions, settings)
    kept = _kept(previous, any_model=settings.use_cached_descriptions or model is None, model=model)
    entries = {entry.stream: replace(entry, **kept.get(fold(entry.stream), {})) for entry in bare}
    missing = [name for name, entry in entries.items() if not entry.description]
    warnings: list[str] = []
    usage = Usage()
    if missing and model is not None:
        before = model.usage
        written, warnings = _ask(missing, sessions, model)
        usage = model.usage.since(before)
        version = prompt("describe").version
        for name, text in written.items():
            entries[name] = replace(
                entries[name], description=text, source="model", model=model.model, prompt_version=version
            )
    left = [name for name in missing if not entries[name].description]
    for name, text in extracted_descriptions(sessions, list(entries), left).items():
        entries[name] = replace(entries[name], description=text, source="extracted")
    return Catalog(tuple(entries.values()), tuple(warnings), usage.calls, usage)


def _bare_entries(sessions: pd.DataFrame, settings: StreamProcessing) -> list[Entry]:
    others: dict[str, set[str]] = defaultdict(set)
    for other, name in settings.synonyms.items():
        others[fold(name)].add(other)
    entries = []
    for key, spellings in _spellings(sessions).items():
        name = _commonest(spellings)
        alternates = sorted((set(spellings) | others[key]) - {name})
        entries.append(Entry(name, "", "extracted", spellings.total(), tuple(alternates)))
    return sorted(entries, key=lambda entry: entry.stream)


def _kept(previous: object, *, any_model: bool, model: LanguageModel | None) -> dict[str, dict[str, Any]]:
    """Fields of the earlier descriptions that serve again, by folded name."""
    kept: dict[str, dict[str, Any]] = {}
    for name, value in previous.items() if isinstance(previous, Mapping) else ():
        fields = value if isinstance(value, Mapping) else {"description": value, "source": "given"}
        description, source = fields.get("description"), fields.get("source", "given")
        if not isinstance(description, str) or not description.strip() or source == "extracted":
            continue
        author = {"model": str(fields.get("model", "")), "prompt_version": str(fields.get("prompt_version", ""))}
        own = model is not None and author == {"model": model.model, "prompt_version": prompt("describe").version}
        if source == "model" and (own or any_model):
            kept[fold(str(name))] = {"description": description, "source": "model", **author}
        elif source == "given":
            kept[fold(str(name))] = {"description": description, "source": "given"}
    return kept


def _ask(names: Sequence[str], sessions: pd.DataFrame, model: LanguageModel) -> tuple[dict[str, str], list[str]]:
    """Descriptions that the model gave, and warnings."""
    titles = _titles(sessions)
    written: dict[str, str] = {}
    batches = [names[start : start + _STREAMS_PER_CALL] for start in range(0, len(names), _STREAMS_PER_CALL)]
    while batches:
        batch = batches.pop(0)
        asked = {fold(name): name for name in batch}
        content = [{"name": name, "titles": titles[key][:_TITLES_PER_STREAM]} for key, name in asked.items()]
        try:
            answer = model.answer(
                instructions=prompt("describe").text,
                content=json.dumps({"streams": content}, ensure_ascii=False),
                schema=_SCHEMA,
            )
        except LanguageModelQuestionError as error:
            if len(batch) == 1:
                return written, [_given_up(error, names, written)]
            batches[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
        except LanguageModelUnavailableError as error:
            return written, [_given_up(error, names, written)]
        else:
            written |= _accepted(answer, asked)
    if silent := [name for name in names if name not in written]:
        return written, [
            f"The language model left {len(silent)} stream(s) without a description, for example {silent[0]!r}; "
            "they have descriptions extracted from their sessions."
        ]
    return written, []


def _given_up(error: LanguageModelUnavailableError, names: Sequence[str], written: Mapping[str, str]) -> str:
    return (
        f"The language model described no further streams ({error}); {len(names) - len(written)} of them have "
        "descriptions extracted from their sessions."
    )


def _accepted(answer: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, str]:
    """Answers for streams that were asked for; the rest of an answer is dropped."""
    rows = answer.get("streams")
    accepted: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, Mapping):
            continue
        name, text = asked.get(fold(str(row.get("name", "")))), row.get("description")
        if name is not None and isinstance(text, str) and text.strip():
            accepted[name] = " ".join(text.split())
    return accepted


def _titles(sessions: pd.DataFrame) -> dict[str, list[str]]:
    """Titles of each stream's sessions as the model is told them, sorted, by folded name."""
    titles: dict[str, set[str]] = defaultdict(set)
    for cell, title, speakers in zip(sessions["stream"], sessions["title"], sessions["speakers"], strict=True):
        told = without_instructions(without_people(title, speakers))[0]
        for stream in split_streams(cell) if told else ():
            titles[fold(stream)].add(told)
    return defaultdict(list, {key: sorted(found) for key, found in titles.items()})


def catalog_json(catalog: Catalog) -> dict[str, str]:
    """Content of `streams.json`: description by stream."""
    return catalog.descriptions


def cache_json(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Content of `streams_cache.json`: by stream, the description and where it came from."""
    return {
        entry.stream: {
            "description": entry.description,
            "source": entry.source,
            "model": entry.model,
            "prompt_version": entry.prompt_version,
            "sessions": entry.sessions,
            "alternate_names": list(entry.alternate_names),
        }
        for entry in catalog.entries
    }
