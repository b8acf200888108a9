"""Phrases: the words of reasons, by language, as data in `phrases/<language>.yaml`.

Only reading them lives here; what is said of which session is in `reasons`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from pa_assets.agendas.core.recommend.inputs import RecommendationError

_FOLDER = Path(__file__).with_name("phrases")

_MOST_CHARACTERS = 120
"""A longer title or answer is cut: a reason is one line."""


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language."""

    language: str
    texts: Mapping[str, str]
    """Kind of reason -> text with placeholders such as `{title}`."""

    def say(self, kind: str, **values: str) -> str:
        """The phrase `kind` with its placeholders filled by `values`, each on one line and not overlong."""
        return self.texts[kind].format(**{name: _short(value) for name, value in values.items()})


def languages() -> list[str]:
    """The languages there are, by code."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


@cache
def phrases(language: str) -> Phrases:
    """The phrases of `language`, read once.

    Raises:
        RecommendationError: there is no such language; the message names those there are.
    """
    if language not in languages():
        raise RecommendationError(
            f"recommendations.language: there are no reasons in {language!r}. There are: {', '.join(languages())}."
        )
    texts: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8"))
    return Phrases(language, texts)


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1].rstrip() + "…"
