import json
import time

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.people import (
    KNOWN_PEOPLE_FILES,
    inventories,
    join_visitors,
    known_answer_files,
    known_people_files,
    professions,
)
from pa_assets.agendas.core.tables import VISITORS as VISITORS_TABLE

from .preparation import EVENT, PAST_SPECIALISATION, PEOPLE, SPECIALISATION
from .survey import REGISTRATIONS, answered

ANSWERS = answered(
    ("1", SPECIALISATION, "Small Animal"),
    ("1", SPECIALISATION, "Farm"),
    ("1", "Job Role", "Academic"),
    ("1", "Shoe size", "44"),
    ("P1", PAST_SPECIALISATION, "Equine"),
    ("S1", "Shoe size", "38"),
)
VISITORS = join_visitors(REGISTRATIONS, ANSWERS, None, EVENT, PEOPLE).table
FILES = known_people_files(VISITORS, PEOPLE)
BASE = [
    "Email",
    "Email_domain",
    "Company",
    "JobTitle",
    "Country",
    "BadgeType",
    "ShowRef",
    "BadgeId",
    "Source",
    "Days_since_registration",
]
NEW = [
    "has_answers",
    "job_role_source",
    "job_role_confidence",
    "practice_source",
    "practice_confidence",
    "identity_source",
    "identity_confidence",
]


def test_visitors_of_this_year() -> None:
    file = FILES["df_reg_demo_this.csv"]
    assert list(file.columns) == [
        *BASE,
        "assist_year_before",
        "BadgeId_last_year_bva",
        "BadgeId_last_year_lva",
        "job_role",
        "what_type_does_your_practice_specialise_in",
        "organisation_type",
        "job_role_answers",
        *NEW,
    ]
    ana, nurse = file.to_dict("records")
    assert (ana["BadgeId"], ana["BadgeId_last_year_bva"], ana["BadgeId_last_year_lva"]) == ("1", "P0; P1", "S1")
    assert ana["what_type_does_your_practice_specialise_in"] == "Farm; Small Animal"
    assert (ana["job_role"], ana["job_role_answers"]) == ("Academic", "Academic")
    assert (nurse["BadgeId_last_year_bva"], nurse["organisation_type"], nurse["job_role"]) == ("NA", "NA", "Vet Nurse")


def test_visitors_of_last_year_stay_whether_they_return_or_not() -> None:
    file = FILES["df_reg_demo_last_bva.csv"]
    assert list(file.columns) == [*BASE, "job_role", "what_areas_do_you_specialise_in", "job_role_answers", *NEW]
    assert file["BadgeId"].tolist() == ["P0", "P1", "P2"]
    assert file["what_areas_do_you_specialise_in"].tolist() == ["NA", "Equine", "NA"]
    assert file["job_role"].tolist() == ["Vet/Vet Surgeon", "Vet/Vet Surgeon", "NA"]
    assert FILES["df_reg_demo_last_lva.csv"]["BadgeId"].tolist() == ["S1"]


def test_a_question_keeps_the_name_it_had() -> None:
    question = "Are you a  vet-nurse/vet"
    people = PEOPLE.model_copy(
        update={"questions_to_keep": PEOPLE.questions_to_keep.model_copy(update={"current": [question]})}
    )
    visitors = join_visitors(
        REGISTRATIONS, answered(), None, EVENT, people.model_copy(update={"practice_lookup": None})
    )
    assert "are_you_a__vet-nurse/vet" in known_people_files(visitors.table, people)["df_reg_demo_this.csv"].columns


def test_registrations_with_answers_hold_whom_to_write_to() -> None:
    this_year = FILES["Registration_data_with_demographicdata_bva_this.csv"]
    assert this_year[["BadgeId", "Forename", "Email", "Mobile"]].to_numpy().tolist() == [
        ["1", "Ana", "ana.lopez@vetpractice.example.com", "07700900001"]
    ]
    assert FILES["Registration_data_with_demographicdata_bva_last.csv"]["BadgeId"].tolist() == ["P1"]
    assert FILES["Registration_data_with_demographicdata_lva_last.csv"]["BadgeId"].tolist() == ["S1"]


def test_answers_by_badge_and_question() -> None:
    files = known_answer_files(ANSWERS)
    assert json.loads(json.dumps(files)) == {
        "demographic_data_this.json": [{"1": {"Job Role": ["Academic"], SPECIALISATION: ["Farm", "Small Animal"]}}],
        "demographic_data_last_bva.json": [{"P1": {PAST_SPECIALISATION: ["Equine"]}}],
        "demographic_data_last_lva.json": [],
    }


def test_every_file_is_declared_once_and_personal_data_is_told() -> None:
    declared = {file.name: file for file in KNOWN_PEOPLE_FILES}
    assert len(declared) == len(KNOWN_PEOPLE_FILES)
    made = {**FILES, **known_answer_files(ANSWERS), **inventories(VISITORS, ANSWERS, PEOPLE)}
    assert declared.keys() == made.keys() | {"list_of_professions.csv", "missing_practice_companies.csv"}
    for name, file in FILES.items():
        assert list(file.columns)[: len(declared[name].columns)] == list(declared[name].columns)
    personal = set(VISITORS_TABLE.personal_names) - {"job_title"}
    for file in KNOWN_PEOPLE_FILES:
        assert file.personal or not personal & set(file.columns.values()), file.name
    assert list(professions(VISITORS).columns) == list(declared["list_of_professions.csv"].columns)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100))
def test_the_order_of_answers_does_not_count(seed: int) -> None:
    answers = ANSWERS.sample(frac=1, random_state=seed)
    assert json.dumps(known_answer_files(answers)) == json.dumps(known_answer_files(ANSWERS))


def test_many_visitors_take_seconds() -> None:
    many = pd.concat([VISITORS] * 5000, ignore_index=True)
    many["badge_id"] = many.index.astype(str)
    answers = many[["cohort", "badge_id"]].assign(
        question="Job Role", column="job_role_answers", asks_job_role=True, answer="Vet"
    )
    started = time.perf_counter()
    files = known_people_files(many, PEOPLE)
    documents = known_answer_files(answers)
    assert time.perf_counter() - started < 10
    assert sum(len(files[name]) for name in files if name.startswith("df_reg")) == len(many)
    assert sum(map(len, documents.values())) == len(many)
