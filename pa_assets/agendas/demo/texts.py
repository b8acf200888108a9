"""Titles and synopses of sessions, composed from a domain's vocabulary.

Half of the sentences carry terms of the session's own streams, the others are what every stream could say,
so that a classifier finds the task neither trivial nor hopeless.
"""

from __future__ import annotations

import numpy as np

from pa_assets.agendas.demo.vocabulary import Vocabulary

_TITLES = (
    "{A}: what is new",
    "{A}: a practical update",
    "{A} in {place}",
    "Getting {a} right",
    "{A} and {b}",
    "{A}: lessons from {place}",
    "Rethinking {a}",
    "{A} made simple",
    "Five questions about {a}",
    "From {a} to {b}",
    "{A}: myths and facts",
    "A fresh look at {a}",
    "{A} step by step",
    "What {audience} should know about {a}",
    "{A}: panel discussion",
    "Ten years of {a}",
    "The future of {a}",
    "{A} versus {b}",
    "Workshop: {a}",
    "How to {benefit}",
    "Why we should all talk about it: {a}",
    "An hour with the experts",
    "When {a} goes wrong",
    "Beyond {a}",
    "{A} on a budget",
    "Hands on: {a} and {b}",
)
_ON_TOPIC = (
    "This session looks at {a} and how {audience} can use it to {benefit}.",
    "Interest in {a} is on the rise in {place}, and so are the questions about it.",
    "We discuss {a}, {b} and the link between the two.",
    "Practical advice on {a} comes with examples from {place}.",
    "Learn when to think of {a}, when to begin with {b}, and what to tell others.",
    "The speaker shares five years of experience with {a}.",
    "Despite much debate, approaches to {a} still differ from place to place.",
    "Questions of {a} and {b} are often confused; clear criteria help to tell them apart.",
    "A step-by-step approach to {a} is presented, from first signs to follow-up.",
    "Recent findings on {a} challenge what many of us were taught.",
    "Two short case studies show how {a} changed the result.",
    "Pitfalls of {a} are discussed openly, with figures.",
    "Starting from {a}, we move on to {b} and end with a plan of action.",
    "You will be able to judge {a} and to explain {b} with confidence.",
)
_OFF_TOPIC = (
    "The talk is aimed at {audience} in {place}.",
    "Attendees will take home ideas to {benefit}.",
    "Join an experienced speaker for an honest look at daily work in {place}.",
    "No previous knowledge is needed, and {audience} at any stage are welcome.",
    "There will be time to meet other {audience} afterwards.",
    "Small changes often help most to {benefit}.",
    "How can {audience} {benefit} when time is short?",
    "The discussion also touches on {stranger}.",
    "Pressure on {audience} has never been greater.",
)
_MARKUP = ("<p>{text}</p>", "{text}<br/>", "<div><b>Please note</b> {text}&nbsp;</div>", "{text} &amp; more")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class Writer:
    """Composes the texts of one programme; never the same title twice."""

    def __init__(self, vocabulary: Vocabulary, chance: np.random.Generator) -> None:
        self._vocabulary = vocabulary
        self._chance = chance
        self._terms = sorted({term for terms in vocabulary.terms.values() for term in terms})
        self._titles: set[str] = set()

    def _pick(self, options: tuple[str, ...] | list[str]) -> str:
        return options[int(self._chance.integers(len(options)))]

    def _filled(self, template: str, streams: list[str]) -> str:
        own = [term for stream in streams for term in self._vocabulary.terms[stream]]
        first, second = (own[int(index)] for index in self._chance.choice(len(own), 2, replace=False))
        return template.format(
            a=first,
            A=_capital(first),
            b=second,
            audience=self._pick(self._vocabulary.audience),
            place=self._pick(self._vocabulary.places),
            benefit=self._pick(self._vocabulary.benefits),
            stranger=self._pick(self._terms),
        )

    def title(self, streams: list[str]) -> str:
        """A title for a session of these streams, new in this programme."""
        title = self._filled(self._pick(_TITLES), streams)
        while title.lower() in self._titles:
            title = f"{self._filled(self._pick(_TITLES), streams)}: {self._filled('{a}', streams)}"
        self._titles.add(title.lower())
        return title

    def synopsis(self, streams: list[str], *, markup: bool = False) -> str:
        """A synopsis of 25 to 60 words; with `markup`, with some HTML left in it."""
        on_topic = [_ON_TOPIC[int(index)] for index in self._chance.choice(len(_ON_TOPIC), 2, replace=False)]
        others = [self._pick(_OFF_TOPIC), self._pick(self._vocabulary.chatter)]
        sentences = [on_topic[0], others[0], on_topic[1], others[1]]
        text = ""
        for sentence in sentences:
            longer = f"{text} {self._filled(sentence, streams)}".strip()
            if len(longer.split()) > 60:
                break
            text = longer
        while len(text.split()) < 25:
            text = f"{text} {self._filled(self._pick(_OFF_TOPIC), streams)}"
        return self._pick(_MARKUP).format(text=text) if markup else text
