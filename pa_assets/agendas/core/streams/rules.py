"""Rules of the configuration: streams that follow from words of a session. What is done with them is `filling`."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pa_assets.agendas.config import StreamProcessing, StreamRule
from pa_assets.agendas.core.text import fold, tidy, whole_words


@dataclass(frozen=True)
class Given:
    """Streams that one session receives, by whatever source."""

    streams: tuple[str, ...]
    """Best first, as the catalogue spells them; empty where it is decided that the session has none."""
    source: str
    confidence: float
    reason: str


class Spelling:
    """How the catalogue spells a stream, whatever its case, white space or other name.

    Args:
        catalogue: the streams.
        synonyms: other name -> name in the catalogue; a synonym of a stream that is not there counts for nothing.
    """

    def __init__(self, catalogue: Iterable[str], synonyms: Mapping[str, str]) -> None:
        self._names = {fold(name): name for name in sorted(catalogue)}
        known = {fold(other): self._names.get(fold(name)) for other, name in sorted(synonyms.items())}
        self._names = {other: name for other, name in known.items() if name} | self._names

    def of(self, streams: Iterable[str]) -> tuple[str, ...]:
        """Those of `streams` that the catalogue has, in its spelling and their order, none twice."""
        return tuple(dict.fromkeys(name for stream in streams if (name := self._names.get(fold(stream)))))

    def knows(self, stream: str) -> bool:
        """Whether the catalogue has the stream."""
        return fold(stream) in self._names


@dataclass(frozen=True)
class _Rule:
    name: str
    columns: tuple[str, ...]
    words: re.Pattern[str]
    exempt: re.Pattern[str]
    streams: tuple[str, ...]
    confidence: float

    def given(self, session: Mapping[str, str]) -> Given | None:
        """What the rule gives the session; None where it does not match."""
        if any(self.exempt.search(session[column]) for column in self.columns):
            return None
        for column in self.columns:
            if found := self.words.search(session[column]):
                # Names of people stay out of reasons: these are printed and sent on.
                what = "a word of the speakers" if column == "speakers" else f"word '{tidy(found.group().lower())}'"
                return Given(self.streams, "rule", self.confidence, f"rule {self.name}: {what}")
        return None


def ruled(
    sessions: pd.DataFrame, settings: StreamProcessing, spelling: Spelling
) -> tuple[dict[Hashable, Given], list[str]]:
    """Streams by rules: the first rule that matches a session wins.

    A rule that names a stream outside the catalogue is left out, with a warning.

    Args:
        sessions: rows of SESSIONS.
        settings: the rules, in order.
        spelling: of the catalogue.

    Returns:
        What the rules give, by label of the row; sessions that no rule matches are not there. And the warnings.
    """
    warnings = [text for rule in settings.rules if (text := _fault(rule, spelling))]
    rules = [_understood(rule, spelling) for rule in settings.rules if not _fault(rule, spelling)]
    columns = sorted({column for rule in rules for column in rule.columns})
    found: dict[Hashable, Given] = {}
    for label, cells in zip(sessions.index, sessions[columns].to_dict("records"), strict=True) if rules else ():
        session = {str(column): str(text) for column, text in cells.items()}
        if first := next((given for rule in rules if (given := rule.given(session))), None):
            found[label] = first
    return found, warnings


def _fault(rule: StreamRule, spelling: Spelling) -> str:
    unknown: Sequence[str] = [stream for stream in rule.streams if not spelling.knows(stream)]
    if not unknown:
        return ""
    return (
        f"The rule {rule.name!r} is left out: the catalogue has no stream {unknown[0]!r}. Correct its name in "
        "stream_processing.rules, or add the stream to streams_enhanced.json."
    )


def _understood(rule: StreamRule, spelling: Spelling) -> _Rule:
    return _Rule(
        rule.name,
        tuple(rule.columns),
        whole_words(rule.any_words),
        whole_words(rule.unless_words),
        spelling.of(rule.streams),
        rule.confidence,
    )
