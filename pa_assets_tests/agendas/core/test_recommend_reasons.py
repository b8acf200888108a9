"""Reasons: true, in the reader's language, various within an agenda, and silent on other people."""

import string
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationError, lookalikes, scores, streams
from pa_assets.agendas.core.recommend.attributes import read_attribute
from pa_assets.agendas.core.recommend.inputs import Inputs, prepare
from pa_assets.agendas.core.recommend.phrases import languages, phrases
from pa_assets.agendas.core.recommend.reasons import MOST_REASONS, Explainer
from pa_assets.agendas.core.tables import VISITORS
from pa_assets_tests.agendas.core.recommend_shows import NO_MAPPING, PEOPLE, show

ALL = languages()
NO_STREAMS = NO_MAPPING.rename(columns={"key": "answer"})
QUESTION = {"what_do_you_treat": "What do you treat?"}


def explainer(tables: dict[str, Any], columns: tuple[str, ...] = ("what_do_you_treat",), **more: Any) -> Explainer:
    inputs = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    attributes = [
        read_attribute(column, 1.0, inputs.visitors, inputs.past_visitors, PEOPLE.same_question) for column in columns
    ]
    affinity = streams.affinity(inputs, NO_STREAMS, NO_STREAMS, None, ["what_do_you_treat"])
    scorer, _ = scores.build(inputs, attributes, affinity, config.Recommendations())
    return Explainer(scorer, lookalikes.groups(inputs, attributes, scorer.carrier), QUESTION, **more)


def every_pair(inputs: Inputs, each: int = 12) -> tuple[Any, Any]:
    """The best sessions of every visitor, in order."""
    visitors = len(inputs.visitors)
    return np.repeat(np.arange(visitors), each), np.tile(np.arange(each), visitors)


def best_pairs(made: Explainer, each: int) -> tuple[Any, Any]:
    visitors = np.arange(len(made.scorer.inputs.visitors))
    session = np.argsort(-made.scorer.fit(visitors), axis=1, kind="stable")[:, :each]
    return np.repeat(visitors, each), session.ravel()


def test_every_language_has_every_phrase_with_the_same_places() -> None:
    assert ALL == ["de", "en", "es", "fr", "it", "nl"]

    def places(text: str) -> list[str]:
        return sorted(str(name) for _, name, _, _ in string.Formatter().parse(text) if name is not None)

    english = {kind: places(text) for kind, text in phrases("en").texts.items()}
    for language in ALL:
        words = phrases(language)
        assert {kind: places(text) for kind, text in words.texts.items()} == english, language
        assert all(text == text.strip() and not text.endswith(".") for text in words.texts.values()), language
        assert len(set(words.texts.values())) == len(words.texts), language


def test_a_language_that_there_is_not_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(RecommendationError, match=r"language.*'pt'.*de, en, es, fr, it, nl"):
        explainer(show(), language="pt")
    with pytest.raises(RecommendationError):
        phrases("../en")


@pytest.mark.parametrize("language", ALL)
def test_every_language_says_the_same_of_the_same_pairs(language: str) -> None:
    tables = show(visitors=20)
    english, other = explainer(tables), explainer(tables, language=language)
    pairs = best_pairs(english, 6)
    said, carried = english.explain(*pairs)
    told, carried_too = other.explain(*pairs)
    assert (carried == carried_too).all()
    assert [len(reasons) for reasons in said] == [len(reasons) for reasons in told]
    translated = dict(zip(english.texts.all, other.texts.all, strict=True))
    assert [[translated[text] for text in reasons] for reasons in said] == told.tolist()
    assert language == "en" or not {text for reasons in said for text in reasons} & {
        text for reasons in told for text in reasons
    }


def test_titles_fill_one_line() -> None:
    words = phrases("en")
    assert (
        words.say("attended_last_year", title="A {talk}\n\t by  {} all")
        == "You attended 'A {talk} by {} all' last year"
    )
    assert len(words.say("answered", answer="x" * 5_000, question="y " * 5_000)) < 320


def test_reasons_vary_within_an_agenda(monkeypatch: pytest.MonkeyPatch) -> None:
    made = explainer(show(visitors=60, past=200))
    visitor, session = best_pairs(made, 4)

    def different_firsts() -> pd.Series:
        first = [reasons[0] for reasons in made.explain(visitor, session)[0]]
        return pd.Series(first).groupby(visitor).nunique()

    varied = different_firsts()
    monkeypatch.setattr("pa_assets.agendas.core.recommend.reasons._REPEATED", 1.0)
    plain = different_firsts()
    assert (varied >= plain).mean() > 0.9
    assert varied[:20].mean() > plain[:20].mean() + 0.2, "of those who have a history to speak of"


def test_a_clearly_stronger_reason_stays_first() -> None:
    tables = show(visitors=60, past=200)
    made = explainer(tables)
    visitor, session = best_pairs(made, 4)
    whole, _ = made.explain(visitor, session)
    alone = np.concatenate([made.explain(visitor[[at]], session[[at]])[0] for at in range(40)])
    assert all(whole[at] == alone[at] for at in range(0, 40, 4)), "the first session of an agenda tells its strongest"
    assert all(set(whole[at]) & set(alone[at]) for at in range(40)), "the strongest is not driven out by weak ones"


def test_pairs_of_any_order_and_number_are_explained_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = show(visitors=40)
    made = explainer(tables)
    visitor, session = best_pairs(made, 5)
    said, carried = made.explain(visitor, session)
    order = np.argsort(np.tile(np.arange(5), 40), kind="stable")
    mixed, _ = made.explain(visitor[order], session[order])
    assert mixed.tolist() == said[order].tolist()
    monkeypatch.setattr("pa_assets.agendas.core.recommend.reasons._BLOCK_CELLS", 50)
    small, carried_too = made.explain(visitor, session)
    assert small.tolist() == said.tolist() and (carried_too == carried).all()
    none, nobody = made.explain(visitor[:0], session[:0])
    assert len(none) == len(nobody) == 0


def test_what_the_show_itself_wants_is_said() -> None:
    tables = show(visitors=20)
    here = tables["sessions"]["cohort"].eq("this_year")
    tables["sessions"].loc[here & tables["sessions"]["session_id"].eq("thisE0"), "sponsored_by"] = "Acme"
    sessions = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"]).sessions
    names = sessions["session_id"].to_numpy()
    pinned, exposed = names == "thisF0", np.isin(names, ["thisE0", "thisE1"])
    made = explainer(tables, pinned=pinned, exposed=exposed)
    visitor, session = every_pair(made.scorer.inputs)
    plain = explainer(tables).explain(visitor, session)[0]
    for at, reasons in enumerate(made.explain(visitor, session)[0]):
        name, said = names[session[at]], [text for text in plain[at] if text != "Completes your agenda at its time"]
        if name == "thisF0":
            assert reasons[0] == "In the agenda of every visitor"
        elif exposed[session[at]]:
            shown = "Presented by Acme" if name == "thisE0" else "Highlighted by the organisers"
            assert reasons[-1] == shown and len(reasons) <= MOST_REASONS
        else:
            assert shown_by_nobody(reasons)
        assert not said or name == "thisF0" or reasons[0] in said or len(reasons) == 1


def shown_by_nobody(reasons: list[str]) -> bool:
    return not any(text.startswith(("Presented", "Highlighted", "In the agenda of")) for text in reasons)


def test_a_session_attended_is_named_only_where_this_one_is_like_it() -> None:
    tables = show(visitors=30, past=120)
    made = explainer(tables)
    inputs = made.scorer.inputs
    visitor, session = every_pair(inputs)
    title_of = {title: at for at, title in enumerate(inputs.past_sessions["title"])}
    attended = inputs.history.toarray() > 0
    named = 0
    for at, reasons in enumerate(made.explain(visitor, session)[0]):
        for text in reasons:
            if text.startswith("You attended"):
                past = title_of[text.split("'")[1]]
                assert attended[visitor[at], past]
                assert made.scorer.likeness[session[at], past] >= 0.15
                named += 1
    assert named


CANARIES = {
    "forename": "Zebulon",
    "surname": "Quackenbush",
    "email": "zq@canary.example",
    "company": "Canary Holdings",
    "job_title": "chief canary",
    "tel": "555-0199",
}


def test_nothing_personal_of_anybody_stands_in_a_reason() -> None:
    """Not even where a show likens visitors by columns that tell who they are, and many share the value."""
    tables = show(visitors=40, past=120)
    visitors = tables["visitors"].assign(**CANARIES)
    tables["visitors"] = VISITORS.conform(visitors)
    made = explainer(tables, (*CANARIES, "what_do_you_treat", "job_role", "country"))
    texts = " ".join(made.texts.all)
    assert not [name for name in CANARIES.values() if name in texts]
    assert "Popular with visitors whose job role is Role 1" in texts


def test_small_groups_are_not_named() -> None:
    tables = show(visitors=40, past=120)
    visitors = tables["visitors"]
    past = visitors.index[visitors["cohort"].eq("last_year_main")]
    visitors.loc[past[:4], "job_role"] = "Lone Ranger"
    visitors.loc[visitors["cohort"].eq("this_year"), "job_role"] = "Lone Ranger"
    made = explainer(tables, ("job_role",))
    said, _ = made.explain(*every_pair(made.scorer.inputs))
    assert not any("Lone Ranger" in text for reasons in said for text in reasons)


def test_a_thousand_pairs_share_their_lists() -> None:
    made = explainer(show(visitors=60))
    said, _ = made.explain(*every_pair(made.scorer.inputs))
    assert len({id(reasons) for reasons in said}) == len({tuple(reasons) for reasons in said}) < len(said)
