import pandas as pd
import pytest

from pa_assets.agendas.config import StreamProcessing, StreamRule
from pa_assets.agendas.core.streams.rules import Spelling, ruled
from pa_assets_tests.agendas.core.programme import session, table

NAMES = ("Equine", "Feline", "Nursing")


def rule(name, *words, streams=("Equine",), **more):
    return StreamRule(name=name, any_words=list(words), streams=list(streams), **more)


def apply(sessions, *rules, names=NAMES, synonyms=None):
    settings = StreamProcessing(rules=list(rules), synonyms=synonyms or {})
    found, warnings = ruled(table(*sessions), settings, Spelling(names, settings.synonyms))
    return list(found.values()), warnings


def test_a_rule_gives_its_streams_with_its_name_and_the_word() -> None:
    (given,), warnings = apply([session("q1", "The Lame   Horse")], rule("horses", "lame horse", confidence=0.9))
    assert given.streams == ("Equine",)
    assert (given.source, given.confidence) == ("rule", 0.9)
    assert given.reason == "rule horses: word 'lame horse'"
    assert warnings == []


@pytest.mark.parametrize("title", ["Seahorses", "Horsemanship", "Nothing of the kind"])
def test_only_whole_words_count(title: str) -> None:
    assert apply([session("q1", title)], rule("horses", "horse")) == ([], [])


def test_the_first_rule_that_matches_wins() -> None:
    rules = rule("first", "horse"), rule("second", "horse", streams=("Feline",))
    assert apply([session("q1", "Horse")], *rules)[0][0].streams == ("Equine",)
    assert apply([session("q1", "Horse")], *reversed(rules))[0][0].streams == ("Feline",)


def test_words_that_exempt() -> None:
    horses = rule("horses", "horse", unless_words=["clothes horse"])
    assert apply([session("q1", "A clothes horse in the ward")], horses) == ([], [])


def test_words_are_looked_for_in_the_columns_of_the_rule_alone() -> None:
    talk = session("q1", "Panel", synopsis="A horse", theatre="Horse Hall")
    assert apply([talk], rule("title", "horse")) == ([], [])
    assert apply([talk], rule("text", "horse", columns=["synopsis_stripped"]))[0]
    assert apply([talk], rule("room", "horse hall", columns=["title", "theatre__name"]))[0]
    assert apply([{**talk, "sponsored_by": "Hay Ltd"}], rule("sponsor", "hay ltd", columns=["sponsored_by"]))[0]


def test_no_speaker_is_named_in_a_reason() -> None:
    (given,), _ = apply([session("q1", "Panel", speakers="Ann Other")], rule("ann", "ann other", columns=["speakers"]))
    assert given.reason == "rule ann: a word of the speakers"


def test_streams_are_spelled_as_in_the_catalogue_and_synonyms_followed() -> None:
    cats = rule("cats", "cat", streams=("FELINE", "horses", "feline "))
    (given,), _ = apply([session("q1", "Cat")], cats, synonyms={"Horses": "equine"})
    assert given.streams == ("Feline", "Equine")


def test_a_rule_with_a_stream_outside_the_catalogue_is_left_out_and_said() -> None:
    wrong, right = rule("wrong", "cat", streams=("Feline", "Aliens")), rule("right", "cat", streams=("Nursing",))
    (given,), (warning,) = apply([session("q1", "Cat")], wrong, right)
    assert given.streams == ("Nursing",)
    assert "'wrong'" in warning
    assert "'Aliens'" in warning
    assert "stream_processing.rules" in warning


def test_a_synonym_never_hides_a_stream_of_the_catalogue() -> None:
    spelling = Spelling(["Equine", "Feline"], {"equine": "Feline", "Cats": "Feline", "Dogs": "Canine"})
    assert spelling.of(["EQUINE", "cats", "Dogs"]) == ("Equine", "Feline")
    assert not spelling.knows("dogs")


def test_rows_are_named_by_their_labels() -> None:
    sessions = pd.concat([table(session("q1", "Horse")), table(session("q2", "Cat"))], ignore_index=True)
    sessions.index = [7, 3]
    settings = StreamProcessing(rules=[rule("cats", "cat", streams=("Feline",))])
    assert list(ruled(sessions, settings, Spelling(NAMES, {}))[0]) == [3]
