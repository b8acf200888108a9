import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import People, QuestionsToKeep, StreamMapping
from pa_assets.agendas.core.landing import LandingError, read_rows
from pa_assets.agendas.core.people import (
    Visitors,
    join_visitors,
    process_registrations,
    question_columns,
    specialisation_column,
)
from pa_assets.agendas.core.tables import VISITORS

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
            registration(BadgeId="2", Email="b@x.example", JobTitle="Head Nurse", Company="elm vets LTD."),
            registration(BadgeId="P1", ShowRef="BVA2024"),
            registration(BadgeId="P0", ShowRef="BVA2024"),
            registration(BadgeId="P2", ShowRef="BVA2024", Email="c@x.example", JobTitle="CEO"),
            registration(BadgeId="S1", ShowRef="LVS2024"),
        ]
    ),
    EVENT,
    PEOPLE,
).table


def answer(badge: str, question: str, text: object, show: str = "BVA2025") -> dict[str, object]:
    return {"showref": show, "BadgeId": badge, "QuestionText": question, "AnswerText": text}


def join(*answers: dict[str, object], practices: pd.DataFrame | None = None, people: People = PEOPLE) -> Visitors:
    rows = sourced(list(answers)) if answers else None
    return join_visitors(REGISTRATIONS, rows, practices, EVENT, people)


def visitor(result: Visitors, badge: str) -> dict[str, object]:
    (row,) = result.table[result.table["badge_id"] == badge].to_dict("records")
    return row


def test_everybody_stays_and_returning_people_keep_all_their_badges() -> None:
    result = join()
    assert len(result.table) == 6
    ana, other, past = (visitor(result, badge) for badge in ("1", "2", "P1"))
    assert ana["badges_last_year_main"] == ["P0", "P1"]
    assert ana["badges_last_year_secondary"] == ["S1"]
    assert (ana["assist_year_before"], other["assist_year_before"], past["assist_year_before"]) == (1, 0, 0)
    assert not ana["has_answers"]
    assert result.notes["visitors of this year without answers"] == 2


def test_multi_answers_survive_in_every_shape(tmp_path: Path) -> None:
    packed = [answer("1", SPECIALISATION + "?", "Small Animal;Exotics; Farm")]
    rows = [answer("1", SPECIALISATION, text) for text in ("Small Animal", "Exotics", "Farm", "Exotics")]
    graphql = [
        {"badge_id": "1", "show_ref": "BVA2025", "question_text": SPECIALISATION, "answer_text": row["AnswerText"]}
        for row in rows
    ]
    nested = {
        "badgeId": "1",
        "source": "BVA2025_Com",
        "questionResponses": [
            {"questionText": SPECIALISATION, "answerText": "Small Animal", "responseText": None},
            {"questionText": SPECIALISATION, "answerText": None, "responseText": "Exotics"},
            {"questionText": SPECIALISATION, "answerText": "Farm", "responseText": None},
        ],
    }
    tables = []
    for number, content in enumerate([packed, rows, {"data": {"answers": graphql}}, [nested]]):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(content))
        result = join_visitors(REGISTRATIONS, read_rows([path], "demographics"), None, EVENT, PEOPLE)
        result.check()
        given_answers = visitor(result, "1")[SPECIALISATION_COLUMN]
        assert sorted(given_answers) == ["Exotics", "Farm", "Small Animal"]
        tables.append(result.table.drop(columns=SPECIALISATION_COLUMN))
        if number == 0:
            assert given_answers == ["Small Animal", "Exotics", "Farm"]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], table)


def test_questions_of_both_years_share_a_column() -> None:
    result = join(
        answer("1", SPECIALISATION, "Farm"),
        answer("P1", f" {PAST_SPECIALISATION.upper()}?! ", "Equine", show="bva2024"),
        answer("P1", "Organisation Type", "Charity", show="BVA2024"),
        answer("1", "Organization, Typ:", "Charity"),
    )
    assert visitor(result, "P1")[SPECIALISATION_COLUMN] == ["Equine"]
    assert visitor(result, "1")[SPECIALISATION_COLUMN] == ["Farm"]
    assert visitor(result, "1")["organisation_type"] == ["Charity"]
    assert visitor(result, "P1")["organisation_type"] == []
    assert result.answers.folded == {"question not kept": 1}


def test_question_columns() -> None:
    assert question_columns(PEOPLE) == {
        SPECIALISATION: SPECIALISATION_COLUMN,
        "Organisation Type": "organisation_type",
        "Job Role": "job_role_answers",
        PAST_SPECIALISATION: SPECIALISATION_COLUMN,
    }
    assert specialisation_column(PEOPLE, StreamMapping()) == SPECIALISATION_COLUMN
    assert specialisation_column(PEOPLE, StreamMapping(question="organisation type?")) == "organisation_type"
    assert specialisation_column(People(), StreamMapping()) == ""
    with pytest.raises(ValueError, match="does not keep"):
        specialisation_column(PEOPLE, StreamMapping(question="Shoe size"))
    with pytest.raises(ValueError, match="two questions"):
        question_columns(People(questions_to_keep=QuestionsToKeep(current=["Why - you", "Why/you"])))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (answer("99", "Job Role", "Vet"), "no visitor with this badge"),
        (answer("1", "Job Role", "Vet", show="BVA2024"), "no visitor with this badge"),
        (answer(" ", "Job Role", "Vet"), "blank badge"),
        (answer("1", None, "Vet"), "blank question"),
        (answer("1", "Job Role", "Vet", show="ZZ99"), "unknown show code"),
        (answer("1", "Job Role", "Vet", show="NORTH24"), "excluded show"),
    ],
)
def test_answers_that_are_nobodys_are_set_aside(row: dict[str, object], reason: str) -> None:
    result = join(row)
    assert result.quarantine["reason"].tolist() == [reason]
    assert not result.table["has_answers"].any()


def test_a_badge_alone_is_enough_where_one_show_has_it() -> None:
    registrations = process_registrations(
        sourced([registration(BadgeId="1"), registration(BadgeId="2"), registration(BadgeId="2", ShowRef="BVA2024")]),
        EVENT,
        PEOPLE,
    ).table
    rows = sourced([answer("1", "Job Role", "Vet", show=""), answer("2", "Job Role", "Vet", show="")])
    result = join_visitors(registrations, rows, None, EVENT, PEOPLE)
    assert visitor(result, "1")["job_role"] == "Vet"
    assert result.quarantine["reason"].tolist() == ["badge in several shows"]


@pytest.mark.parametrize("text", [None, "", "NA", "n/a", " ; "])
def test_no_answer_is_no_answer(text: object) -> None:
    result = join(answer("1", SPECIALISATION, text))
    assert visitor(result, "1")[SPECIALISATION_COLUMN] == []
    result.check()


def test_job_role_by_answer_else_by_rule_else_none() -> None:
    result = join(answer("1", "Job Role", "Practice Partner/Owner"))
    assert (visitor(result, "1")["job_role"], visitor(result, "1")["job_role_source"]) == (
        "Practice Partner/Owner",
        "answer",
    )
    assert (visitor(result, "2")["job_role"], visitor(result, "2")["job_role_source"]) == (
        "Vet Nurse",
        "rule:Vet Nurse",
    )
    assert (visitor(result, "P2")["job_role"], visitor(result, "P2")["job_role_source"]) == ("", "")


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("", ""),
        ("NA", ""),
        ("CEO", ""),
        ("Professor", ""),
        ("Consultant", ""),
        ("Veteran", ""),
        ("Locum RVN", "Locum RVN"),
        ("Vet Surgeon", "Vet/Vet Surgeon"),
    ],
)
def test_nonsense_job_roles_are_not_guessed(title: str, role: str) -> None:
    registrations = process_registrations(sourced([registration(JobTitle=title)]), EVENT, PEOPLE).table
    assert join_visitors(registrations, None, None, EVENT, PEOPLE).table["job_role"].tolist() == [role]


def test_practices_fill_what_was_not_answered() -> None:
    column = "Main Type of Veterinary Practice"
    practices = pd.DataFrame(
        {
            "Company Name": ["Oak Vets Ltd", "ELM VETS ltd", "Elm Vets Ltd", "Elm-Vets Ltd"],
            column: ["Farm", "Pigs", "Equine", "Equine"],
        }
    )
    result = join(answer("1", SPECIALISATION, "Exotics"), practices=practices)
    assert visitor(result, "1")[SPECIALISATION_COLUMN] == ["Exotics"]
    assert visitor(result, "2")[SPECIALISATION_COLUMN] == ["Equine"]
    assert visitor(result, "P1")[SPECIALISATION_COLUMN] == ["Farm"]
    assert not visitor(result, "2")["has_answers"]
    with pytest.raises(LandingError, match="Company Name"):
        join(practices=practices.rename(columns={"Company Name": "Firm"}))


ANSWER = st.fixed_dictionaries(
    {
        "showref": st.sampled_from(["BVA2025", "BVA2024", "LVS2024", "NORTH24", "ZZ9", "", None]),
        "BadgeId": st.sampled_from(["1", "2", "P1", "S1", "99", "", "nan"]),
        "QuestionText": st.sampled_from([SPECIALISATION, PAST_SPECIALISATION, "Job Role", "Shoe size?", "", None]),
        "AnswerText": st.sampled_from(["A;B", "B", "C; A", "NA", "", None]) | st.text(max_size=5),
    }
)


@settings(max_examples=50, deadline=None)
@given(st.lists(ANSWER, min_size=1, max_size=15), st.integers(0, 5))
def test_no_answer_is_lost_and_the_order_of_rows_does_not_count(rows: list[dict[str, object]], seed: int) -> None:
    delivered = sourced(rows)
    result = join_visitors(REGISTRATIONS, delivered, None, EVENT, PEOPLE)
    result.check()
    VISITORS.check(result.table)
    again = join_visitors(REGISTRATIONS, shuffled(delivered, seed), None, EVENT, PEOPLE)
    pd.testing.assert_frame_equal(result.table, again.table)
