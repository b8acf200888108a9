from typing import Literal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import Engagement
from pa_assets.agendas.core.people.answers import process_answers
from pa_assets.agendas.core.people.audience import flagged
from pa_assets.agendas.core.people.registrations import process_registrations
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.tables import REGISTRATIONS, SURVEY_ANSWERS, THIS_YEAR

from .preparation import EVENT, PAST_SPECIALISATION, PEOPLE, SPECIALISATION_COLUMN, registration, shuffled, sourced

Past = Literal["last_year_main", "last_year_secondary"]
BOTH = Engagement(audience=["last_year_main", "last_year_secondary"])
SHOWS = {"this_year": "BVA2025", "main": "BVA2024", "secondary": "LVS2024"}


def person(name: str, badge: str, show: str, **changes: object) -> dict[str, object]:
    return registration(
        Forename=name, Email=f"{name}@x.example", BadgeId=badge, ShowRef=SHOWS[show], RegistrationDate="", **changes
    )


def invite(*rows: dict[str, object], audience: Engagement = BOTH) -> Prepared:
    prepared = process_registrations(sourced(list(rows)), EVENT, PEOPLE, audience)
    prepared.check()
    REGISTRATIONS.check(prepared.table)
    return prepared


def invited(prepared: Prepared) -> dict[str, tuple[str, str]]:
    """Badge and show of each person invited."""
    rows = prepared.table[prepared.table["cohort"] == THIS_YEAR]
    return {row.forename: (row.badge_id, row.show_ref) for row in rows.itertuples()}


def test_last_years_people_are_copied_in_place_of_this_years() -> None:
    rows = [person("new", "1", "this_year"), person("main", "M1", "main"), person("second", "S1", "secondary")]
    prepared = invite(*rows, audience=Engagement())
    assert invited(prepared) == {"main": ("M1", "BVA2024")}
    assert prepared.folded == {"registered for this year's show": 1}
    assert prepared.copied == {"invited to this year's show": 1}
    past = process_registrations(sourced(rows), EVENT, PEOPLE).table
    past = past[past["cohort"] != THIS_YEAR].reset_index(drop=True)
    stayed = prepared.table[prepared.table["cohort"] != THIS_YEAR].reset_index(drop=True)
    pd.testing.assert_frame_equal(past, stayed)
    both = prepared.table[prepared.table["badge_id"] == "M1"].drop(columns="cohort")
    assert len(both) == 2
    assert len(both.drop_duplicates()) == 1


def test_the_order_of_the_audience_decides_where_a_person_was_at_both() -> None:
    rows = [person("ana", "M1", "main", Company=""), person("ana", "S1", "secondary")]
    assert invited(invite(*rows)) == {"ana": ("M1", "BVA2024")}
    turned = Engagement(audience=["last_year_secondary", "last_year_main"])
    assert invited(invite(*rows, audience=turned)) == {"ana": ("S1", "LVS2024")}


@pytest.mark.parametrize(
    ("second", "badge"),
    [
        ({"Company": ""}, "M1"),
        ({"RegistrationDate": "2024-03-01"}, "M2"),
        ({"RegistrationDate": "2024-03-01", "Company": ""}, "M1"),
        ({}, "M1"),
    ],
)
def test_the_most_complete_then_the_latest_then_the_first_badge(second: dict[str, object], badge: str) -> None:
    rows = [person("ana", "M1", "main"), {**person("ana", "M2", "main"), **second}]
    assert invited(invite(*rows)) == {"ana": (badge, "BVA2024")}
    assert len(invite(*rows).table) == 3


def test_who_registered_is_not_invited_unless_wanted() -> None:
    rows = [
        person("ana", "1", "this_year"),
        person("ANA", "M1", "main"),
        person("ana", "M2", "main"),
        person("bo", "M3", "main"),
    ]
    prepared = invite(*rows)
    assert invited(prepared) == {"bo": ("M3", "BVA2024")}
    assert prepared.notes["people not invited: registered for this year's show"] == 1
    everybody = invite(*rows, audience=Engagement(skip_registered=False))
    assert set(invited(everybody)) == {"ANA", "bo"}
    assert everybody.folded == {"registered for this year's show": 1}


def test_one_badge_number_of_two_people_invites_the_first_cohort() -> None:
    prepared = invite(person("ana", "7", "main"), person("bo", "7", "secondary"), person("cy", "8", "secondary"))
    assert invited(prepared) == {"ana": ("7", "BVA2024"), "cy": ("8", "LVS2024")}
    assert prepared.notes["people not invited: their badge is another invited person's"] == 1


def test_nobody_to_invite() -> None:
    prepared = invite(person("new", "1", "this_year"))
    assert prepared.table.empty
    assert prepared.copied == {}


def answer(badge: str, show: str, text: str, question: str = PAST_SPECIALISATION) -> dict[str, object]:
    return {"BadgeId": badge, "ShowRef": show, "QuestionText": question, "AnswerText": text}


def answers(registrations: Prepared, *rows: dict[str, object]) -> Prepared:
    prepared = process_answers(sourced(list(rows)), registrations.table, EVENT, PEOPLE, BOTH)
    prepared.check()
    SURVEY_ANSWERS.check(prepared.table)
    return prepared


def test_answers_of_the_badge_invited_count_for_this_year() -> None:
    registrations = invite(person("ana", "7", "main"), person("ana", "7", "secondary"), person("new", "1", "this_year"))
    prepared = answers(
        registrations,
        answer("7", "BVA2024", "Equine;Farm"),
        answer("7", "LVS2024", "Exotics"),
        answer("1", "BVA2025", "Pigs"),
        answer("7", "BVA2025", "somebody else's"),
        answer("", "BVA2025", "nobody's"),
    )
    assert prepared.table.groupby("cohort")["answer"].agg(list).to_dict() == {
        "last_year_main": ["Equine", "Farm"],
        "last_year_secondary": ["Exotics"],
        "this_year": ["Equine", "Farm"],
    }
    assert set(prepared.table["column"]) == {SPECIALISATION_COLUMN}
    assert prepared.folded == {"registered for this year's show": 2}
    assert prepared.copied == {"invited to this year's show": 2, "several answers in one row": 1}
    assert prepared.quarantined == {"blank badge": 1}


def test_a_badge_alone_is_found_among_the_past_only() -> None:
    registrations = invite(person("ana", "7", "main"))
    prepared = answers(registrations, answer("7", "", "Equine"))
    assert prepared.table["cohort"].tolist() == ["last_year_main", "this_year"]


NAMES = st.sampled_from(["ana", "bo", "cy"])
ROW = st.builds(person, NAMES, st.sampled_from("1234"), st.sampled_from(sorted(SHOWS)), Company=st.sampled_from("ab"))
ANSWER = st.builds(
    answer, st.sampled_from("12345"), st.sampled_from([*SHOWS.values(), "", "ZZ9"]), st.sampled_from(["x", "y;x", ""])
)
AUDIENCES = st.builds(
    Engagement,
    audience=st.sampled_from([["last_year_main"], ["last_year_secondary", "last_year_main"]]),
    skip_registered=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=10), st.lists(ANSWER, min_size=1, max_size=8), AUDIENCES, st.integers(0, 3))
def test_each_person_is_invited_once_and_no_row_is_lost(
    rows: list[dict[str, object]], given_answers: list[dict[str, object]], audience: Engagement, seed: int
) -> None:
    usual = process_registrations(sourced(rows), EVENT, PEOPLE).table
    prepared = invite(*rows, audience=audience)
    again = process_registrations(shuffled(sourced(rows), seed), EVENT, PEOPLE, audience)
    pd.testing.assert_frame_equal(prepared.table, again.table)
    people = prepared.table.loc[prepared.table["cohort"] == THIS_YEAR, "person_id"]
    assert people.is_unique
    wanted = set(usual.loc[usual["cohort"].isin(audience.audience), "person_id"])
    if audience.skip_registered:
        wanted -= set(usual.loc[usual["cohort"] == THIS_YEAR, "person_id"])
    others = prepared.notes.get("people not invited: their badge is another invited person's", 0)
    assert set(people) <= wanted
    assert len(wanted) == len(people) + others

    said = answers(prepared, *given_answers)
    own = said.table[said.table["cohort"] == THIS_YEAR]
    assert set(own["badge_id"]) <= set(prepared.table.loc[prepared.table["cohort"] == THIS_YEAR, "badge_id"])
    mixed = process_answers(shuffled(sourced(given_answers), seed), prepared.table, EVENT, PEOPLE, audience)
    pd.testing.assert_frame_equal(said.table, mixed.table)


def test_returning_flags_are_reset_in_engagement_alone_and_only_where_wanted() -> None:
    visitors = pd.DataFrame({"badge_id": ["1", "2"], "assist_year_before": [1, 0]})
    assert flagged(visitors, None)["assist_year_before"].tolist() == [1, 0]
    assert flagged(visitors, BOTH)["assist_year_before"].tolist() == [1, 0]
    reset = flagged(visitors, Engagement(reset_returning_flags=True))
    assert reset["assist_year_before"].tolist() == [0, 0]
    assert visitors["assist_year_before"].tolist() == [1, 0], "the history itself stays as it is"
