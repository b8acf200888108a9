"""Who fills what, and in which order: people, rules, classifier, language model, review list."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.streams import backfill
from pa_assets.agendas.core.streams.asking import Answer, Asked
from pa_assets.agendas.core.streams.review import DECISION_COLUMNS, REVIEW_COLUMNS
from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS, LAST_YEAR_MAIN
from pa_assets.agendas.core.text import key_text
from pa_assets.kit.ports import Usage
from pa_assets_tests.agendas.core.programme import TOPICS, ToyEncoder, labelled, session, table

NAMES = dict.fromkeys(TOPICS, "")
CLEAR = session("clear", "Colic in the mare", synopsis="A horse with a painful hoof, and lameness")
VAGUE = session("vague", "Panel", synopsis="Questions and answers for everybody")
BARE = session("bare", "Welcome")
HORSES = {"name": "horses", "any_words": ["mare"], "streams": ["Equine"]}


def config(strategy="cascade", *, minimum=0.6, least=0.0, **more):
    chosen = {"strategy": strategy, "minimum_model_confidence": least}
    return StreamProcessing(minimum_confidence=minimum, backfill=chosen, **more)


class Model:
    """Answers every question alike, and remembers the questions; some it fails, some it is not asked."""

    def __init__(self, *streams, confidence=0.7, fails=(), unasked=()):
        self.streams, self.confidence = streams, confidence
        self.fails, self.unasked = set(fails), set(unasked)
        self.questions = []

    def __call__(self, questions):
        self.questions += questions
        keys = [question.key for question in questions]
        answer = Answer(self.streams, self.confidence, "it says so")
        return Asked(
            given={key: answer for key in keys if key not in self.fails | self.unasked},
            failed={key: "it broke" for key in keys if key in self.fails},
            unasked=tuple(key for key in keys if key in self.unasked),
            calls=1,
            cached=0,
            usage=Usage(1, 100, 10),
            warnings=("a warning of the model",) if self.fails else (),
        )

    @property
    def keys(self):
        return [question.key for question in self.questions]


def decision(session_id, streams, title="Panel", at="2025-01-01T00:00:00.000000Z"):
    return dict(zip(DECISION_COLUMNS, (session_id, key_text(title), title, streams, at, "someone"), strict=True))


def fill(rows, options=None, ask=None, decisions=(), catalog=NAMES):
    decided = pd.DataFrame(list(decisions), columns=list(DECISION_COLUMNS), dtype=object)
    result = backfill(table(*rows), dict(catalog), options or config(), ToyEncoder().encode, ask, decided)
    BACKFILLED_SESSIONS.check(result.table)
    return result


def row(result, session_id):
    found = result.table.set_index("session_id").loc[session_id]
    return found["stream"], found["stream_source"], found["stream_confidence"]


KNOWN = labelled(theatres=False)


def test_each_source_fills_what_the_ones_before_it_leave():
    talks = [CLEAR, VAGUE, BARE, session("ruled", "Farriers"), session("told", "Forum", synopsis="Anything")]
    model = Model("Nursing")
    result = fill(
        [*KNOWN, *talks],
        config(rules=[{**HORSES, "any_words": ["farriers"]}]),
        model,
        [decision("told", "Feline", "Forum")],
    )
    assert row(result, "told") == ("Feline", "person", 1.0)
    assert row(result, "ruled") == ("Equine", "rule", 0.95)
    assert row(result, "clear")[:2] == ("Equine", "classifier")
    assert row(result, "vague") == ("Nursing", "model", 0.7)
    assert row(result, "bare") == ("", "", 0.0)
    assert model.keys == ["this_year/vague"]
    counted = {name: result.metrics[name] for name in result.metrics if name.startswith("filled_by")}
    assert counted["filled_by_person"] == counted["filled_by_model"] == 1
    assert sum(counted.values()) == result.metrics["sessions_backfilled"] == 4
    assert result.metrics["left_for_review"] == result.metrics["sessions_skipped_empty_synopsis"] == 1
    assert result.metrics["model_tokens"] == 110


def test_a_rule_goes_before_the_classifier_and_a_person_before_both():
    rules = [{**HORSES, "streams": ["Business"]}]
    assert row(fill([*KNOWN, CLEAR], config(rules=rules)), "clear")[:2] == ("Business", "rule")
    decided = [decision("clear", "nursing", CLEAR["title"])]
    assert row(fill([*KNOWN, CLEAR], config(rules=rules), None, decided), "clear")[:2] == ("Nursing", "person")


def test_nobody_changes_what_the_programme_says():
    given = {**VAGUE, "stream": "Feline"}
    result = fill(
        [*KNOWN, given],
        config(rules=[{**HORSES, "any_words": ["panel"]}]),
        Model("Nursing"),
        [decision("vague", "Equine")],
    )
    assert row(result, "vague") == ("Feline", "programme", 1.0)


def test_a_decision_teaches_the_classifier():
    talks = [session(f"z{number}", f"Xylophone {number}", synopsis="Zither marimba") for number in range(4)]
    rows, options = [*KNOWN, *talks], config(minimum=0.5)
    assert row(fill(rows, options), "z3")[0] == ""
    decided = [decision(f"z{number}", "Music", f"Xylophone {number}") for number in range(3)]
    taught = fill(rows, options, None, decided)
    assert row(taught, "z0") == ("Music", "person", 1.0)
    assert row(taught, "z3")[:2] == ("Music", "classifier")
    assert "Music" in fill(rows, config(minimum=1.0), model := Model("Nursing"), decided).table["stream"].tolist()
    assert model.questions[0].candidates == ("Business", "Equine", "Feline", "Music", "Nursing")


def test_a_person_may_say_that_there_is_none():
    model = Model("Nursing")
    result = fill([*KNOWN, VAGUE], config(), model, [decision("vague", "-")])
    assert row(result, "vague") == ("", "person", 1.0)
    assert result.review.empty
    assert model.keys == []
    assert result.metrics["sessions_without_by_decision"] == 1
    assert result.metrics["sessions_backfilled"] == result.metrics["left_for_review"] == 0


def test_the_model_fails_or_runs_out_of_budget():
    talks = [VAGUE, {**VAGUE, "session_id": "broken"}, {**VAGUE, "session_id": "late"}]
    model = Model("Nursing", fails=["this_year/broken"], unasked=["this_year/late"])
    result = fill([*KNOWN, *talks], config(), model)
    assert row(result, "vague")[1] == "model"
    why = result.review.set_index("session_id")["why_left"]
    assert why["broken"] == "the language model gave no stream: it broke"
    assert why["late"] == "not asked of the language model: the budget of this run is spent"
    assert result.metrics["sessions_failed_llm"] == result.metrics["sessions_unasked_budget"] == 1
    assert result.metrics["sessions_for_model"] == 3
    assert result.warnings == ("a warning of the model",)


def test_what_the_model_doubts_goes_to_review_with_what_it_thought():
    result = fill([*KNOWN, VAGUE], config(least=0.75), Model("Nursing"))
    (left,) = result.review.to_dict("records")
    assert tuple(result.review) == REVIEW_COLUMNS
    assert left["why_left"] == "the language model is not sure enough (0.70) of Nursing"
    assert left["best_candidates"].count("(0.") == 3
    assert left["decision"] == ""
    assert result.metrics["sessions_failed_llm"] == 0


def test_one_stream_of_the_model_where_the_show_has_one_each():
    several = [{**item, "stream": f"{item['stream']}; Nursing"} for item in KNOWN if item["stream"] != "Nursing"]
    model = Model("Nursing", "Feline")
    assert row(fill([*KNOWN, VAGUE], config(), model), "vague")[0] == "Nursing"
    assert row(fill([*several, VAGUE], config("llm_only"), model), "vague")[0] == "Nursing; Feline"
    assert row(fill([VAGUE], config(minimum=1.0), model), "vague")[0] == "Nursing; Feline"


def test_without_a_model_the_cascade_still_fills_and_warns():
    result = fill([*KNOWN, CLEAR, VAGUE])
    assert row(result, "clear")[1] == "classifier"
    assert result.metrics["sessions_for_model"] == 1
    assert "1 session(s), and there is no language model" in result.warnings[0]
    assert fill([*KNOWN, CLEAR]).warnings == ()


def test_classifier_only_never_asks():
    model = Model("Nursing")
    result = fill([*KNOWN, CLEAR, VAGUE], config("classifier_only", rules=[HORSES]), model)
    assert row(result, "clear")[1] == "rule"
    assert row(result, "vague")[1] == ""
    assert model.keys == []
    assert result.warnings == ()


def test_llm_only_asks_of_everything_that_has_a_synopsis():
    model = Model("Nursing")
    result = fill([*KNOWN, CLEAR, VAGUE, BARE], config("llm_only", rules=[HORSES]), model)
    assert model.keys == ["this_year/clear", "this_year/vague"]
    assert row(result, "clear")[1] == "model"
    assert result.review["why_left"].tolist() == ["the language model is not asked about a session without a synopsis"]


@pytest.mark.parametrize(("model", "catalog"), [(None, NAMES), (Model("Nursing"), {})])
def test_llm_only_without_model_or_catalogue_changes_nothing_but_by_decisions(model, catalog):
    rows = [*KNOWN, CLEAR, VAGUE]
    result = fill(rows, config("llm_only", rules=[HORSES]), model, catalog=catalog)
    assert result.table["stream"].tolist() == [item["stream"] for item in rows]
    assert result.metrics["sessions_backfilled"] == 0
    assert len(result.warnings) == 1
    assert result.review["session_id"].tolist() == ["clear", "vague"]
    told = fill(rows, config("llm_only"), model, [decision("vague", "Music")], catalog)
    assert row(told, "vague") == ("Music", "person", 1.0)


def test_a_question_holds_the_session_and_names_its_speakers_only_to_be_left_out():
    model = Model("Nursing")
    fill(
        [*labelled(), {**VAGUE, "theatre__name": "Feline Theatre", "speakers": "Ann Other"}], config(minimum=1.0), model
    )
    (question,) = model.questions
    assert (question.title, question.synopsis) == (VAGUE["title"], VAGUE["synopsis_stripped"])
    assert question.theatre == "Feline Theatre (other sessions there: Feline)"
    assert question.candidates == tuple(sorted(NAMES))
    assert question.speakers == "Ann Other"


def test_candidates_over_the_cap_are_the_likeliest():
    model = Model("Nursing")
    fill([*KNOWN, CLEAR], config(minimum=1.0, candidates=2), model)
    assert "Equine" in model.questions[0].candidates
    assert len(model.questions[0].candidates) == 2


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["cascade", "llm_only", "classifier_only"]))
def test_order_of_rows_never_changes_an_answer_or_a_question(random, strategy):
    rows = [
        *labelled(3),
        *labelled(3, cohort=LAST_YEAR_MAIN),
        CLEAR,
        VAGUE,
        BARE,
        *({**VAGUE, "session_id": f"v{number}", "theatre__name": "Feline Theatre"} for number in range(3)),
    ]
    decisions = [decision("v0", "Equine"), decision("v1", "-"), decision("v1", "Feline", at="2025-02-01T00:00:00Z")]
    options = config(strategy, minimum=0.7, candidates=3, rules=[{**HORSES, "any_words": ["welcome"]}])
    before, after = Model("Nursing"), Model("Nursing")
    expected = fill(rows, options, before, decisions)
    random.shuffle(rows)
    random.shuffle(decisions)
    shuffled = fill(rows, options, after, decisions)
    order = ["cohort", "session_id"]
    pd.testing.assert_frame_equal(
        expected.table.sort_values(order, ignore_index=True), shuffled.table.sort_values(order, ignore_index=True)
    )
    pd.testing.assert_frame_equal(expected.review, shuffled.review)
    assert expected.metrics == shuffled.metrics
    assert before.questions == after.questions
