import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import People
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.people.answers import process_answers
from pa_assets.agendas.core.people.registrations import process_registrations
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.tables import SURVEY_ANSWERS

from .deliveries import split_into_files, without_sources
from .preparation import (
    EVENT,
    PAST_SPECIALISATION,
    PEOPLE,
    SPECIALISATION,
    SPECIALISATION_COLUMN,
    registration,
    shuffled,
    sourced,
)

REGISTRATIONS = process_registrations(
    sourced(
        [
            registration(BadgeId="1"),
            registration(BadgeId="2", Email="b@x.example"),
            registration(BadgeId="both"),
            registration(BadgeId="both", ShowRef="BVA2024"),
            registration(BadgeId="M1", ShowRef="BVA2024"),
            registration(BadgeId="S1", ShowRef="LVS2024"),
        ]
    ),
    EVENT,
    PEOPLE,
).table
SHOW_OF = {"this_year": "BVA2025", "last_year_main": "BVA2024", "last_year_secondary": "LVS2024"}


def answer(
    badge: str | None, question: str | None, text: object, show: str | None = "BVA2025", typed: object = None
) -> dict[str, object]:
    return {
        "showref": show,
        "BadgeId": badge,
        "QuestionText": question,
        "AnswerText": text,
        "responseText": typed,
        "source": "web",
    }


def process(*rows: dict[str, object], people: People = PEOPLE) -> Prepared:
    prepared = process_answers(sourced(list(rows)), REGISTRATIONS, EVENT, people)
    prepared.check()
    SURVEY_ANSWERS.check(prepared.table)
    return prepared


def test_an_answer_to_a_question_that_is_not_kept_stays() -> None:
    prepared = process(answer("1", "Shoe size?", "42"))
    (row,) = prepared.table.to_dict("records")
    assert row == {
        "cohort": "this_year",
        "badge_id": "1",
        "question": "Shoe size",
        "column": "",
        "asks_job_role": False,
        "answer": "42",
    }
    assert list(row) == SURVEY_ANSWERS.names
    assert prepared.notes["answers to questions not kept"] == 1
    assert prepared.folded == {}


def test_each_choice_of_a_cell_is_a_row() -> None:
    prepared = process(answer("1", SPECIALISATION, "Small Animal; Exotics;;Farm ;NA;"))
    assert prepared.table["answer"].tolist() == ["Exotics", "Farm", "Small Animal"]
    assert set(prepared.table["column"]) == {SPECIALISATION_COLUMN}
    assert prepared.copied == {"several answers in one row": 2}


def test_a_text_typed_in_is_one_answer() -> None:
    prepared = process(
        answer("1", SPECIALISATION, None, typed="Cats; sometimes dogs"),
        answer("2", SPECIALISATION, "Farm;Other", typed="Alpacas; llamas"),
    )
    assert prepared.table["answer"].tolist() == ["Cats; sometimes dogs", "Alpacas; llamas", "Farm", "Other"]
    assert prepared.copied == {"several answers in one row": 2}


def test_the_same_answer_twice_is_folded() -> None:
    rows = [answer("1", "Job Role", text) for text in ("vet", "Vet;Nurse", "Vet ", "NURSE")]
    prepared = process(*rows, answer("1", "Job role", "Nurse", typed="nurse"))
    assert prepared.table["answer"].tolist() == ["NURSE", "Vet"]
    assert prepared.folded == {"the same answer twice": 5}
    assert prepared.copied == {"several answers in one row": 2}


@pytest.mark.parametrize("text", [None, "", "NA", "n/a", " ; ", "none;NULL"])
def test_no_answer_is_folded(text: object) -> None:
    prepared = process(answer("1", SPECIALISATION, text), answer("1", None, text, typed="NA"))
    assert prepared.table.empty
    assert prepared.quarantine.empty
    assert prepared.folded == {"no answer given": 2}


def test_a_question_has_one_spelling_the_commonest_then_the_first() -> None:
    shoes = [("1", "SHOE size"), ("2", "Shoe size!"), ("both", "Shoe, size"), ("99", "SHOE size"), ("98", "SHOE size")]
    hats = [("1", "hat"), ("2", "Hat")]
    table = process(*(answer(badge, question, "x") for badge, question in [*shoes, *hats])).table
    assert table["question"].tolist() == ["Hat", "Shoe size", "Hat", "Shoe size", "Shoe size"]


def test_a_correction_gives_the_right_question_in_the_right_year() -> None:
    prepared = process(
        answer("1", "organization, typ:", "Charity"),
        answer("M1", f" {PAST_SPECIALISATION.upper()}?! ", "Equine", show="bva2024"),
        answer("M1", "Organisation Type", "Charity", show="BVA2024"),
        answer("1", "Job Role", "Vet"),
    )
    found = prepared.table.set_index(["badge_id", "answer"])[["question", "column", "asks_job_role"]]
    assert found.loc[("1", "Charity")].tolist() == ["Organisation Type", "organisation_type", False]
    assert found.loc[("M1", "Equine")].tolist() == [PAST_SPECIALISATION.upper(), SPECIALISATION_COLUMN, False]
    assert found.loc[("M1", "Charity")].tolist() == ["Organisation Type", "", False]
    assert found.loc[("1", "Vet")].tolist() == ["Job Role", "job_role_answers", True]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (answer("99", "Job Role", "Vet"), "no visitor with this badge"),
        (answer("1", "Job Role", "Vet", show="BVA2024"), "no visitor with this badge"),
        (answer(" ", "Job Role", "Vet"), "blank badge"),
        (answer("None", "Job Role", "Vet"), "blank badge"),
        (answer("\u2003nan\u200b", "Job Role", "Vet"), "blank badge"),
        (answer("1", None, "Vet"), "blank question"),
        (answer("1", "?!", "Vet"), "blank question"),
        (answer("1", "nan", None, typed="Vet"), "blank question"),
        (answer("1", "Job Role", "Vet", show="ZZ99"), "unknown show code"),
        (answer("1", "Job Role", "Vet", show="NORTH24"), "excluded show"),
        (answer("both", "Job Role", "Vet", show=None), "badge in several shows"),
        (answer("99", "Job Role", "Vet", show=""), "no visitor with this badge"),
    ],
)
def test_answers_that_are_nobodys_are_set_aside(row: dict[str, object], reason: str) -> None:
    prepared = process(row, answer("2", "Job Role", "Vet"))
    assert prepared.quarantine["reason"].tolist() == [reason]
    assert prepared.table["badge_id"].tolist() == ["2"]
    assert "Vet" not in prepared.quarantine.loc[0, "detail"]


def test_the_visitor_is_found_by_show_code_source_or_the_badge_alone() -> None:
    rows = [
        answer("both", "Job Role", "code", show="BVA2024"),
        answer("both", "Job Role", "source", show="") | {"source": "BVA2025_Com"},
        answer("S1.0", "Job Role", "alone", show=None),
        answer(" S1", "Job Role", "alone too", show=None),
    ]
    table = process(*rows).table
    found = table.set_index("answer")["cohort"].to_dict()
    assert found == {"code": "last_year_main", "source": "this_year", "alone too": "last_year_secondary"}


def test_what_may_be_a_wrong_setting_is_noted() -> None:
    assert process(answer("1", "Organisation Type", "x")).notes == {"questions to keep that nobody answered": 2}


@pytest.mark.parametrize("rows", [None, pd.DataFrame()])
def test_no_answers_at_all(rows: pd.DataFrame | None) -> None:
    prepared = process_answers(rows, REGISTRATIONS, EVENT, PEOPLE)
    assert prepared.table.empty
    assert list(prepared.table) == SURVEY_ANSWERS.names
    assert not prepared.notes


def test_answers_without_any_visitor() -> None:
    prepared = process_answers(sourced([answer("1", "Job Role", "Vet")]), REGISTRATIONS.iloc[:0], EVENT, PEOPLE)
    assert prepared.quarantined == {"no visitor with this badge": 1}


CHOICE = st.text(
    st.characters(codec="utf-8", exclude_characters=";", exclude_categories=("C", "Z")), min_size=1, max_size=4
).filter(lambda text: text.lower() not in {"na", "nan", "none", "null", "n/a", "nat", "<na>"})
ANSWERED = st.dictionaries(
    st.tuples(st.sampled_from(["1", "2", "both"]), st.sampled_from([SPECIALISATION, "Job Role", "Shoe size"])),
    st.lists(CHOICE, min_size=1, max_size=4, unique_by=str.casefold),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(ANSWERED)
def test_multi_answers_survive_in_every_shape(
    tmp_path_factory: pytest.TempPathFactory, answered: dict[tuple[str, str], list[str]]
) -> None:
    cells = [answer(badge, question, ";".join(choices)) for (badge, question), choices in answered.items()]
    single = [answer(badge, question, text) for (badge, question), choices in answered.items() for text in choices]
    nested = [
        {
            "badgeId": badge,
            "source": "BVA2025_Com",
            "questionResponses": [{"questionText": question, "answerText": text} for text in choices],
        }
        for (badge, question), choices in answered.items()
    ]
    path = tmp_path_factory.mktemp("landing") / "demographics.json"
    path.write_text(json.dumps(nested), "utf-8")
    expected = process(*single)
    given_answers = expected.table.groupby(["badge_id", "question"])["answer"].agg(set).to_dict()
    assert given_answers == {key: set(choices) for key, choices in answered.items()}
    pd.testing.assert_frame_equal(expected.table, process(*cells).table)
    unfolded = process_answers(read_rows([path], "demographics"), REGISTRATIONS, EVENT, PEOPLE)
    pd.testing.assert_frame_equal(expected.table, unfolded.table)


ROW = st.builds(
    answer,
    st.sampled_from(["1", "2", "both", "M1", "S1", "99", "", "nan", None]),
    st.sampled_from([SPECIALISATION, PAST_SPECIALISATION, "Job Role", "job role?", "Shoe size?", "", None]),
    st.sampled_from(["A;B", "b", "C; A", "NA", "", None, ";"]) | st.text(max_size=5),
    st.sampled_from(["BVA2025", "BVA2024", "LVS2024", "NORTH24", "ZZ9", "", None]),
    st.sampled_from([None, "", "A", "x; y"]),
)
ROWS = st.lists(ROW, min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 5))
def test_no_answer_is_lost_and_the_order_of_rows_does_not_count(rows: list[dict[str, object]], seed: int) -> None:
    prepared = process(*rows)
    again = process_answers(shuffled(sourced(rows), seed), REGISTRATIONS, EVENT, PEOPLE)
    pd.testing.assert_frame_equal(prepared.table, again.table)
    pd.testing.assert_frame_equal(
        without_sources(prepared.quarantine, "source_row"), without_sources(again.quarantine, "source_row")
    )
    assert (again.folded, again.copied, again.notes) == (prepared.folded, prepared.copied, prepared.notes)


@settings(max_examples=20, deadline=None)
@given(ROWS, st.lists(st.integers(0, 2), min_size=14, max_size=14))
def test_answers_split_into_files_give_the_same(rows: list[dict[str, object]], places: list[int]) -> None:
    whole = process(*rows)
    parts = split_into_files(sourced(rows), places)
    split = process_answers(pd.concat(parts[::-1], ignore_index=True), REGISTRATIONS, EVENT, PEOPLE)
    pd.testing.assert_frame_equal(whole.table, split.table)
    pd.testing.assert_frame_equal(without_sources(whole.quarantine), without_sources(split.quarantine))


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_clean_answers_cleaned_again_stay_as_they_are(rows: list[dict[str, object]]) -> None:
    table = process(*rows).table
    delivered = pd.DataFrame(
        {
            "badge_id": table["badge_id"],
            "show_ref": table["cohort"].map(SHOW_OF),
            "question_text": table["question"],
            "response_text": table["answer"],
        }
    )
    again = process_answers(delivered, REGISTRATIONS, EVENT, PEOPLE)
    assert again.quarantine.empty
    assert not again.folded
    pd.testing.assert_frame_equal(table, again.table)
