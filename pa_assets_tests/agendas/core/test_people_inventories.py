import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import People, QuestionsToKeep
from pa_assets.agendas.core.people import inventories, join_visitors, professions
from pa_assets.agendas.core.people.inventories import JOB_ROLES, SPECIALISATIONS

from .preparation import EVENT, PAST_SPECIALISATION, PEOPLE, SPECIALISATION
from .survey import REGISTRATIONS, answered

ANSWERS = answered(
    ("1", SPECIALISATION, "Small Animal"),
    ("1", SPECIALISATION, "exotics"),
    ("2", SPECIALISATION, "small animal"),
    ("P1", PAST_SPECIALISATION, "Equine"),
    ("S1", "Organisation Type", "Charity"),
    ("1", "Job Role", "Academic"),
    ("1", "Job Role", "Vet/Owner"),
    ("S1", "Job Role", "Student"),
)
VISITORS = join_visitors(REGISTRATIONS, ANSWERS, None, EVENT, PEOPLE).table


def test_specialisations_of_each_year() -> None:
    assert inventories(VISITORS, ANSWERS, PEOPLE)[SPECIALISATIONS.name] == {
        "this_year": ["exotics", "Small Animal"],
        "last_year_bva": ["Equine"],
        "last_year_lvs": [],
    }


def test_the_first_question_of_a_year_counts_where_the_years_share_none() -> None:
    people = People(questions_to_keep=QuestionsToKeep(current=[SPECIALISATION], past=["Organisation Type"]))
    assert inventories(VISITORS, ANSWERS, people)[SPECIALISATIONS.name]["last_year_lvs"] == ["Charity"]
    none = {"this_year": [], "last_year_bva": [], "last_year_lvs": []}
    assert inventories(VISITORS, ANSWERS, People())[SPECIALISATIONS.name] == none


def test_job_roles_answered_and_inferred() -> None:
    assert inventories(VISITORS, ANSWERS, PEOPLE)[JOB_ROLES.name] == {
        "this_year": ["Academic", "Vet Nurse", "Vet/Owner"],
        "last_year_bva": ["Vet/Vet Surgeon"],
        "last_year_lvs": ["Student"],
    }


def test_professions_are_counted() -> None:
    assert professions(VISITORS).to_numpy().tolist() == [["veterinary surgeon", 4], ["ceo", 1], ["head nurse", 1]]
    nobody = professions(VISITORS.assign(job_title=""))
    assert nobody.empty
    assert list(nobody.columns) == ["JobTitle", "Visitors"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100))
def test_the_order_of_rows_does_not_count(seed: int) -> None:
    visitors, answers = (table.sample(frac=1, random_state=seed) for table in (VISITORS, ANSWERS))
    assert inventories(visitors, answers, PEOPLE) == inventories(VISITORS, ANSWERS, PEOPLE)
    pd.testing.assert_frame_equal(professions(visitors), professions(VISITORS))
