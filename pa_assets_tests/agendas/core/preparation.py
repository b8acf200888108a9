"""Settings and delivered rows that the tests of data preparation share."""

import datetime as dt

import pandas as pd

from pa_assets.agendas.config import Event, InferenceRule, People, PracticeLookup, QuestionsToKeep

EVENT = Event(
    title="Vet Show 2025",
    show="vet",
    main_event_name="bva",
    secondary_event_name="lva",
    event_date_this_year=dt.date(2025, 6, 12),
    event_date_last_year=dt.date(2024, 6, 13),
    shows_this_year=["BVA2025"],
    shows_this_year_exclude=["NORTH24"],
    shows_last_year_main=["BVA2024"],
    shows_last_year_secondary=["LVS2024"],
)
SPECIALISATION = "What type does your practice specialise in"
PAST_SPECIALISATION = "What areas do you specialise in"
PEOPLE = People(
    questions_to_keep=QuestionsToKeep(
        current=[SPECIALISATION, "Organisation Type", "Job Role"], past=[PAST_SPECIALISATION, "Job Role"]
    ),
    question_text_corrections={"Organization Typ": "Organisation Type"},
    same_question={PAST_SPECIALISATION: SPECIALISATION},
    job_role_question="Job Role",
    job_role_rules=[
        InferenceRule(any_words=["locum rvn"], value="Locum RVN"),
        InferenceRule(any_words=["nurse", "rvn"], value="Vet Nurse"),
        InferenceRule(any_words=["vet", "surgeon"], value="Vet/Vet Surgeon"),
    ],
    practice_lookup=PracticeLookup(question=SPECIALISATION),
)
SPECIALISATION_COLUMN = "what_type_does_your_practice_specialise_in"

LEGACY = {
    "Id": "r-001",
    "Title": "Dr",
    "Forename": "Ana",
    "Surname": "Lopez",
    "Email": "ana.lopez@vetpractice.example.com",
    "Tel": "02070000001",
    "Mobile": "07700900001",
    "Company": "Oak Vets Ltd",
    "JobTitle": "Veterinary Surgeon",
    "Country": "UK",
    "Status": "Active",
    "BadgeType": "Delegate",
    "ShowRef": "BVA2025",
    "RegistrationDate": "2025-03-11T09:20:00",
    "BadgeId": "BV25A10001",
    "RegCode": "X1",
    "Source": "BVA Email",
    "Attended": "No",
    "SegmentFromReg": None,
    "Upgrade": None,
}


def registration(**changes: object) -> dict[str, object]:
    """A legacy registration with some values changed."""
    return {**LEGACY, **changes}


def sourced(rows: list[dict[str, object]], file: str = "rows.json") -> pd.DataFrame:
    """Rows as `read_rows` gives them."""
    table = pd.DataFrame(rows, dtype=object)
    table = table.where(table.notna(), "")
    return table.assign(source_file=file, source_row=range(1, len(rows) + 1))


def shuffled(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same rows in another order, numbered anew."""
    mixed = rows.sample(frac=1, random_state=seed).reset_index(drop=True)
    return mixed.assign(source_row=range(1, len(mixed) + 1))
