"""Texts that others wrote and a language model will read: what in them names a person, or speaks to the model, goes.

The instructions tell the model that such text is data; this is the second line. It knows the usual wording, mostly in
English, not every wording; a session in which something was found is moreover asked about in a call of its own.
"""

from __future__ import annotations

import re
import unicodedata

from pa_assets.agendas.core.text import tidy, whole_words

_SENTENCE = re.compile(r"(?<=[.!?;:\n])\s+|\n+")
_TO_THE_MODEL = re.compile(
    r"""
      \b (?:ignore|disregard|forget|override|bypass|neglect) \b .{0,60}
         \b (?:above|previous|prior|earlier|preceding|instructions?|prompts?|rules|everything|guidelines) \b
    | \b (?:ignor\w+|vergiss|vergesst|negeer\w*|oubli\w+|olvid\w+|dimentica\w*) \b .{0,60}
         \b (?:anweisung\w*|instruc\w+|instructies|istruzion\w+|regeln|regels|vorherig\w+|précédent\w*|anterior\w*) \b
    | \b (?:streams?|answers?|labels?|topics?) \s+ (?:of|for) \s+ (?:all|every|each|other) \b .{0,20} \b sessions? \b
    | \b (?:system|developer|hidden) \s+ (?:prompts?|instructions?|messages?) \b | \b new \s+ instructions? \s* :
    | \b (?:as\ an?|you\ are(?:\ an?|\ the)?|act\ as(?:\ an?)?|pretend\ to\ be(?:\ an?)?) \s+
         (?:ai|llm|language\ model|assistant|classifier) \b
    | \b (?:note|message|instructions?|attention) \s+ (?:to|for) \s+ (?:the\s+|any\s+)?
         (?:ai|llms?|language\ models?|assistants?|classifiers?|models?) \b
    | \b (?:answer|respond|reply|output|classify|label|assign|tag) \b .{0,60}
         \b (?:all|every|each|other|any) \b .{0,20} \b (?:sessions?|items?|entries|rows|talks?) \b
    | \b (?:for|to|of) \s+ (?:all|every|each|the) \s+ (?:other\s+|remaining\s+)? sessions? \b .{0,40}
         \b (?:answer|respond|reply|output|return|classify|label|assign|tag|mark|use|choose|stream) \b
    | (?:^\W*|\b(?:please|always|must|only|just|simply|then)\s+) (?:answer|respond|reply|output) \s+
         (?:only\s+|always\s+|just\s+)? (?:with|by|in|as|"|')
    | \b (?:classify|label|tag|assign|file) \s+ (?:this|it|me) (?:\s+\w+)? \s+ (?:as|to|under|with|into|in) \b
    | \b (?:set|put|give|raise) \b .{0,20} \b confidence \b .{0,10} \b (?:to|of|at|=) \b
    | <\|?/? \s* (?:system|assistant|user|im_start|im_end) \b | \[/?INST\] | ^\s*(?:system|assistant|user)\s*:
    """,
    re.IGNORECASE | re.VERBOSE,
)

_FOLLOW_UP = re.compile(
    r"^\W*(?:answer|respond|reply|output|return|classify|label|assign|use|choose|pick|say|then|instead)\b",
    re.IGNORECASE,
)
"""Counts only beside a sentence that speaks to the model."""

_BETWEEN_NAMES = re.compile(r"[;,/&|\n]|\band\b")
_HONORIFIC = re.compile(r"^(?:(?:Dr|Prof|Professor|Mr|Mrs|Ms|Sir|Dame)\b\.?\s*)+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+\d[\d ().-]{7,}\d")


def without_instructions(text: str) -> tuple[str, bool]:
    """A text on one line without the sentences that speak to a language model, and whether there were any.

    Control, invisible and broken characters go as well.
    """
    sentences = [tidy(sentence) for sentence in _SENTENCE.split(_visible(text))]
    kept = [sentence for sentence in sentences if not _TO_THE_MODEL.search(sentence)]
    found = len(kept) < len(sentences)
    if found:
        kept = [sentence for sentence in kept if not _FOLLOW_UP.search(sentence)]
    return tidy(" ".join(kept)), found


def without_people(text: str, speakers: str) -> str:
    """A text without e-mail addresses, international telephone numbers, and the names of its speakers.

    Names are found as the programme writes them (first names and surname), and single after a title such as `Dr`.

    Args:
        text: of a session.
        speakers: names with commas, semicolons, slashes, `&`, `|` or `and` between them.
    """
    names = [_HONORIFIC.sub("", tidy(name)) for name in _BETWEEN_NAMES.split(speakers)]
    full = whole_words(name for name in names if " " in name)
    words = "|".join(sorted({re.escape(word) for name in names for word in name.split() if len(word) > 1}))
    found = _ADDRESS.sub("…", full.sub("…", text))
    return re.sub(rf"(?:{_HONORIFIC.pattern[1:]})(?:{words})\b", "…", found) if words else found


def _visible(text: str) -> str:
    kept = (
        character
        for character in unicodedata.normalize("NFKC", text)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return unicodedata.normalize("NFKC", "".join(kept))
