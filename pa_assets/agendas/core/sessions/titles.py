"""Titles of sessions: what makes two of them one talk, and what in them names a sponsor.

Whether a title is a session at all is decided in `programme`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pa_assets.agendas.config import Sessions
from pa_assets.agendas.core.sessions.patterns import found_within
from pa_assets.agendas.core.text import fold, key_text, tidy


def content_markers(sessions: Sessions) -> list[str]:
    """What a title may hold beside the talk: marks of repetition and the naming of a sponsor."""
    return [*sessions.repeat_markers, *sessions.sponsor_in_title]


def content_key(title: str, markers: Sequence[str]) -> str:
    """The key of a talk, whichever slot and however marked: `key_text` of the title without marks.

    Args:
        title: as the programme gives it.
        markers: texts that do not belong to the talk, such as `[repeat]` or `(sponsored by *)`, whatever their
            case; `*` stands for any text up to the rest of the mark. A mark of letters is a whole word.

    Returns:
        Equal for all slots of one talk; of a title that is nothing but marks, its own `key_text`.
    """
    return key_text(_marks(tuple(markers)).sub(" ", fold(title))) or key_text(title)


def sponsor_in_title(title: str, patterns: Sequence[str]) -> str:
    """What stands for the first `*` of the first pattern that the title holds, as written there; `""` for none.

    Args:
        title: as the programme gives it.
        patterns: such as `(sponsored by *)`, whatever their case; one without `*` names nobody.
    """
    text = tidy(title)
    for pattern in patterns:
        found = re.search(found_within(tidy(pattern), "(.+?)"), text, re.IGNORECASE) if "*" in pattern else None
        if found:
            return tidy(found[1])
    return ""


@lru_cache(maxsize=64)
def _marks(markers: tuple[str, ...]) -> re.Pattern[str]:
    """Finds every mark, the longer first: a mark that holds another goes as a whole."""
    folded = sorted({fold(marker) for marker in markers} - {"", "*"}, key=lambda mark: (-len(mark), mark))
    return re.compile("|".join(found_within(mark, ".*?") for mark in folded) or "(?!)")
