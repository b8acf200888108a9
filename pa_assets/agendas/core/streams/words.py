"""Words of a text that tell what it is about. Counting only: what is made of the counts stands with its user."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*\w", re.UNICODE)

_STOP_WORD_LIST = """
    a about above across after again against all almost along also although always am among an and any
    anyone anything are around as at away back be became because become becomes been before behind being
    below best better between beyond both bring bring but by can cannot come could day did discuss
    discussion do does doing done down during each either else enough etc even ever every everyone
    everything explore few find first five for four from full further get gets getting give given go going
    good great had has have having he help her here him his how however i if in including into is it its
    itself join just keep key kind know last latest learn least less let like look made main make makes
    making many may me might more most much must my need needs never new next no nor not nothing now of off
    often on once one only onto or other others our out over own part per perhaps please practical
    presentation presents provide put rather re really same say see seen session sessions several shall
    share she should show since so some something speaker speakers still such take talk talks than that the
    their them then there these they thing things this those three through thus time to today together too
    toward two under until up upon us use used useful using various very via want was way ways we well were
    what when where whether which while who whole whom whose why will with within without work would year
    years yes yet you your yours don't doesn't can't won't it's we'll you'll we're you're i'll let's what's
    that's there's isn't aren't
"""

STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
"""English words, and words of programmes, that say nothing of a topic."""


def words(text: str) -> list[str]:
    """Words of two letters or more, lower case, in order; numbers and punctuation are left out."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.lower())]


def telling_terms(text: str) -> Iterator[str]:
    """Words and pairs of neighbours that are no stop words."""
    previous = ""
    for word in words(text):
        if word in STOP_WORDS:
            previous = ""
            continue
        yield word
        if previous:
            yield f"{previous} {word}"
        previous = word
