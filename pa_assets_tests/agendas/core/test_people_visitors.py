from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import InferenceRule, Linkage, People, PracticeLookup, QuestionsToKeep, StreamMapping
from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.people import (
    Links,
    Visitors,
    join_visitors,
    link_people,
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
    sourced,
)
from .survey import COLUMNS, REGISTRATIONS, answered

TYPE_COLUMN = "Main Type of Veterinary Practice"
PRACTICES = pd.DataFrame(
    {
        "Company Name": ["Oak Vets Ltd", "ELM VETS ltd", "Elm Vets Ltd", "Elm-Vets Ltd"],
        TYPE_COLUMN: ["Farm", "Pigs", "Equine", "Equine"],
    }
)


def join(
    *answers: tuple[str, str, str],
    practices: pd.DataFrame | None = None,
    people: People = PEOPLE,
    links: Links | None = None,
) -> Visitors:
    return join_visitors(REGISTRATIONS, answered(*answers), practices, EVENT, people, links)


def linked(**columns: list[object]) -> Links:
    return Links(pd.DataFrame(columns), review=pd.DataFrame())


def person(badge: str) -> str:
    return str(REGISTRATIONS.set_index("badge_id").loc[badge, "person_id"])


def visitor(result: Visitors, badge: str) -> dict[str, Any]:
    (row,) = result.table[result.table["badge_id"] == badge].to_dict("records")
    return row


def test_everybody_stays_and_returning_people_keep_all_their_badges() -> None:
    result = join()
    assert len(result.table) == 6
    ana, other, past = (visitor(result, badge) for badge in ("1", "2", "P1"))
    assert ana["badges_last_year_main"] == ["P0", "P1"]
    assert ana["badges_last_year_secondary"] == ["S1"]
    assert (ana["assist_year_before"], other["assist_year_before"], past["assist_year_before"]) == (1, 0, 0)
    assert (past["badges_last_year_main"], past["badges_last_year_secondary"]) == ([], [])
    assert not ana["has_answers"]
    assert result.table["identity_source"].eq("exact").all()
    assert result.table["identity_confidence"].eq(1).all()
    assert result.notes == {
        "visitors of this year who were at last year's main show": 1,
        "visitors of this year who were at last year's secondary show": 1,
        "visitors of this year who were at both shows of last year": 1,
        "visitors of this year without answers": 2,
    }


def test_several_badges_of_this_year_each_have_the_history() -> None:
    rows = [registration(BadgeId="1"), registration(BadgeId="2"), registration(BadgeId="P1", ShowRef="BVA2024")]
    registrations = process_registrations(sourced(rows), EVENT, PEOPLE).table
    result = join_visitors(registrations, answered(), None, EVENT, PEOPLE)
    assert [visitor(result, badge)["badges_last_year_main"] for badge in ("1", "2")] == [["P1"], ["P1"]]
    assert result.notes["people with several badges this year"] == 1


def test_an_answer_to_any_question_counts_as_having_answered() -> None:
    result = join(("1", "Shoe size", "44"))
    assert visitor(result, "1")["has_answers"]
    assert not visitor(result, "2")["has_answers"]
    assert result.notes["visitors of this year without answers"] == 1


def test_choices_stand_in_the_order_of_the_alphabet() -> None:
    result = join(
        ("1", SPECIALISATION, "Small Animal"),
        ("1", SPECIALISATION, "exotics"),
        ("1", SPECIALISATION, "Farm"),
        ("P1", SPECIALISATION, "equine"),
        ("P1", PAST_SPECIALISATION, "Equine"),
        ("P1", PAST_SPECIALISATION, "Dairy"),
        ("1", "Organisation Type", "Charity"),
    )
    assert visitor(result, "1")[SPECIALISATION_COLUMN] == ["exotics", "Farm", "Small Animal"]
    assert visitor(result, "P1")[SPECIALISATION_COLUMN] == ["Dairy", "Equine"]
    assert visitor(result, "1")["organisation_type"] == ["Charity"]
    assert visitor(result, "P1")["organisation_type"] == []


def test_an_answer_goes_to_the_cohort_that_gave_it() -> None:
    rows = [registration(BadgeId="1"), registration(BadgeId="1", ShowRef="BVA2024", Email="other@x.example")]
    registrations = process_registrations(sourced(rows), EVENT, PEOPLE).table
    table = join_visitors(registrations, answered(("1", SPECIALISATION, "Farm")), None, EVENT, PEOPLE).table
    assert table.set_index("cohort")[SPECIALISATION_COLUMN].to_dict() == {"last_year_main": [], "this_year": ["Farm"]}


def test_an_answer_of_nobody_is_an_error_without_its_badge() -> None:
    with pytest.raises(ValueError, match="1 survey answer") as error:
        join(("999", "Job Role", "Vet"), ("1", "Job Role", "Vet"))
    assert "999" not in str(error.value)


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


def test_job_role_by_answer_else_by_rule_else_none() -> None:
    result = join(("1", "Job Role", "Vet/Owner"), ("1", "Job Role", "Practice Partner/Owner"))
    roles = {
        badge: tuple(visitor(result, badge)[f"job_role{part}"] for part in ("", "_source", "_confidence"))
        for badge in ("1", "2", "P2")
    }
    assert roles == {
        "1": ("Practice Partner/Owner", "answer", 1.0),
        "2": ("Vet Nurse", "rule:Vet Nurse", 0.8),
        "P2": ("", "", 0.0),
    }
    assert visitor(result, "1")["job_role_answers"] == ["Practice Partner/Owner", "Vet/Owner"]


def test_the_job_role_question_need_not_be_kept() -> None:
    people = PEOPLE.model_copy(update={"questions_to_keep": QuestionsToKeep(current=[SPECIALISATION])})
    answers = answered(("1", "Job Role", "Academic")).assign(column="")
    table = join_visitors(REGISTRATIONS, answers, None, EVENT, people).table
    assert table.set_index("badge_id").loc["1", "job_role"] == "Academic"
    assert "job_role_answers" not in table.columns


def test_practices_fill_what_was_not_answered() -> None:
    result = join(("1", SPECIALISATION, "Exotics"), practices=PRACTICES)
    found = {
        badge: (row[SPECIALISATION_COLUMN], row["practice_source"], row["practice_confidence"])
        for badge in ("1", "2", "P1")
        for row in [visitor(result, badge)]
    }
    assert found == {
        "1": (["Exotics"], "answer", 1.0),
        "2": (["Equine"], "company", 1.0),
        "P1": (["Farm"], "company", 1.0),
    }
    assert not visitor(result, "2")["has_answers"]
    assert result.notes["types of practice filled by an equal company"] == 5
    assert result.unmatched_companies.empty
    with pytest.raises(LandingError, match="Company Name"):
        join(practices=PRACTICES.rename(columns={"Company Name": "Firm"}))


def test_companies_unknown_to_the_table_are_reported_even_where_a_rule_fills() -> None:
    lookup = PracticeLookup(
        question=SPECIALISATION, rules=[InferenceRule(any_words=["elm"], value="Rule", confidence=0.5)]
    )
    people = PEOPLE.model_copy(update={"practice_lookup": lookup})
    result = join(practices=PRACTICES.head(1), people=people)
    elm = visitor(result, "2")
    assert (elm[SPECIALISATION_COLUMN], elm["practice_source"], elm["practice_confidence"]) == (
        ["Rule"],
        "rule:Rule",
        0.5,
    )
    assert result.unmatched_companies[["Company", "PracticeColumn", "SourceEvent"]].to_numpy().tolist() == [
        ["elm vets LTD.", SPECIALISATION_COLUMN, "bva"]
    ]
    without_table = join(people=people)
    assert visitor(without_table, "2")[SPECIALISATION_COLUMN] == ["Rule"]
    assert without_table.unmatched_companies.empty


def test_without_a_look_up_nothing_is_filled() -> None:
    people = PEOPLE.model_copy(update={"practice_lookup": None})
    result = join(("1", SPECIALISATION, "Exotics"), practices=PRACTICES, people=people)
    assert visitor(result, "2")[SPECIALISATION_COLUMN] == []
    assert result.table["practice_source"].eq("").all()
    assert result.table["practice_confidence"].eq(0).all()
    assert list(result.unmatched_companies.columns) == list(join(practices=PRACTICES).unmatched_companies.columns)


def test_links_join_people_and_say_how_sure_it_is() -> None:
    links = linked(person_id=[person("P2")], linked_person_id=[person("2")], source=["probable"], confidence=[0.97])
    result = join(links=links)
    nurse, chief, ana = (visitor(result, badge) for badge in ("2", "P2", "1"))
    assert nurse["badges_last_year_main"] == ["P2"]
    assert nurse["assist_year_before"] == 1
    assert chief["person_id"] == nurse["person_id"] == person("2")
    for row in (nurse, chief):
        assert (row["identity_source"], row["identity_confidence"]) == ("probable", 0.97)
    assert (ana["identity_source"], ana["identity_confidence"]) == ("exact", 1.0)


def test_the_weakest_link_says_how_sure_the_person_is() -> None:
    links = linked(
        person_id=[person("P2"), person("1")],
        linked_person_id=[person("2")] * 2,
        source=["decided", "probable"],
        confidence=[1.0, 0.96],
    )
    table = join(links=links).table
    assert table["identity_source"].eq("probable").all()
    assert table["identity_confidence"].eq(0.96).all()
    assert visitor(join(links=links), "2")["badges_last_year_main"] == ["P0", "P1", "P2"]


def test_links_to_nobody_change_nothing() -> None:
    links = link_people(REGISTRATIONS, Linkage())
    pd.testing.assert_frame_equal(join(links=links).table, join().table)


def test_no_registration_at_all() -> None:
    result = join_visitors(REGISTRATIONS.head(0), answered(), PRACTICES, EVENT, PEOPLE)
    assert result.table.empty
    assert {SPECIALISATION_COLUMN, "organisation_type"} <= set(result.table.columns)


TEXT = st.sampled_from(["A", "a", "B", "c", "\u00e9"]) | st.text(min_size=1, max_size=4)
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "P0", "P1", "S1"]),
        st.sampled_from([SPECIALISATION, PAST_SPECIALISATION, "Job Role", "Shoe size"]),
        TEXT,
    ),
    unique=True,
    max_size=15,
)


@settings(max_examples=30, deadline=None)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_count(rows: list[tuple[str, str, str]], random: Random) -> None:
    result = join(*rows, practices=PRACTICES)
    VISITORS.check(result.table)
    mixed = list(rows)
    random.shuffle(mixed)
    people = REGISTRATIONS.sample(frac=1, random_state=random.randrange(1000))
    again = join_visitors(people, answered(*mixed), PRACTICES[::-1], EVENT, PEOPLE)
    pd.testing.assert_frame_equal(result.table, again.table)
    pd.testing.assert_frame_equal(result.unmatched_companies, again.unmatched_companies)
    assert result.notes == again.notes


@settings(max_examples=30, deadline=None)
@given(ANSWERS)
def test_the_wide_table_holds_every_answer_of_the_long_one_and_no_other(rows: list[tuple[str, str, str]]) -> None:
    """But for case: of two answers that differ in nothing else, one stands."""
    table = join(*rows).table
    wide = [
        (badge, column, answer)
        for column in set(COLUMNS.values())
        for badge, answers in zip(table["badge_id"], table[column], strict=True)
        for answer in answers
    ]
    long = {(badge, COLUMNS[question], answer) for badge, question, answer in rows if question in COLUMNS}
    assert set(wide) <= long
    folded = [(badge, column, answer.casefold()) for badge, column, answer in wide]
    assert set(folded) == {(badge, column, answer.casefold()) for badge, column, answer in long}
    assert len(folded) == len(set(folded))
    assert set(table.loc[table["has_answers"], "badge_id"]) == {badge for badge, _, _ in rows}
