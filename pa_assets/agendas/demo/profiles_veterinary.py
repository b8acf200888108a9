"""Profiles of the shipped veterinary congresses. Data only."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.demo.profiles import ProgrammeRates, Question, ShowProfile
from pa_assets.agendas.demo.vocabulary_veterinary import VETERINARY

_VET_ROLES = {
    "Vet/Vet Surgeon": 0.33,
    "Vet Nurse": 0.19,
    "Head Nurse/Senior Nurse": 0.06,
    "Clinical or other Director": 0.09,
    "Practice Partner/Owner": 0.06,
    "Practice Manager": 0.06,
    "Student": 0.05,
    "Locum Vet": 0.04,
    "Vet/Owner": 0.03,
    "Assistant Vet": 0.02,
    "Receptionist": 0.02,
    "Academic": 0.01,
    "Locum RVN": 0.01,
    "Other": 0.01,
    "Other (please specify)": 0.02,
}
_MANAGING = ("Practice Management", "Wellbeing")
_NURSING = ("Nursing", "Wellbeing", "Welfare", "Anaesthesia and Analgesia")
_VET_ROLE_STREAMS = {
    "Vet Nurse": _NURSING,
    "Head Nurse/Senior Nurse": ("Nursing", "Wellbeing", "Practice Management"),
    "Locum RVN": _NURSING,
    "Vet/Vet Surgeon": ("Internal Medicine", "Surgery", "Diagnostic Imaging", "Emergency Medicine"),
    "Locum Vet": ("Emergency Medicine", "Surgery", "Wellbeing"),
    "Assistant Vet": ("Emergency Medicine", "Internal Medicine", "Dentistry"),
    "Clinical or other Director": ("Practice Management", "Internal Medicine", "Oncology"),
    "Practice Partner/Owner": _MANAGING,
    "Vet/Owner": ("Practice Management", "Surgery"),
    "Practice Manager": _MANAGING,
    "Receptionist": ("Practice Management", "Welfare"),
    "Student": ("Emergency Medicine", "Exotics", "Wellbeing"),
    "Academic": ("Oncology", "Welfare", "Internal Medicine"),
}
_VET_SPECIALISATIONS = {
    "Small Animal": 0.588,
    "Companion Animal": 0.1,
    "Equine": 0.08,
    "Mixed": 0.09,
    "Farm": 0.06,
    "Exotics": 0.05,
    "Other": 0.03,
}
_VET_SPECIALISATION_STREAMS = {
    "Small Animal": ("Small Animal", "Feline", "Dentistry"),
    "Companion Animal": ("Small Animal", "Feline", "Oncology"),
    "Equine": ("Equine", "Diagnostic Imaging"),
    "Mixed": ("Farm", "Equine", "Small Animal"),
    "Farm": ("Farm", "Welfare"),
    "Exotics": ("Exotics", "Anaesthesia and Analgesia"),
    "Other": ("Welfare", "Wellbeing"),
}

VET_LVA = ShowProfile(
    event="vet_lva",
    format="legacy",
    vocabulary=VETERINARY,
    codes={THIS_YEAR: ("LVS25",), LAST_YEAR_MAIN: ("LVS24",), LAST_YEAR_SECONDARY: ("BVA2025",)},
    first_days={
        THIS_YEAR: dt.date(2025, 11, 20),
        LAST_YEAR_MAIN: dt.date(2024, 11, 20),
        LAST_YEAR_SECONDARY: dt.date(2025, 6, 12),
    },
    badge_types={
        "Delegate": 0.8,
        "Delegate - Group": 0.08,
        "Student": 0.05,
        "Speaker": 0.03,
        "VIP": 0.02,
        "Guest": 0.02,
    },
    other_badge_types=("Exhibitor", "Staff", "Press"),
    unknown_codes=("NORTH24", "PY00000"),
    questions=(
        Question(
            "What type does your practice specialise in?",
            _VET_SPECIALISATIONS,
            _VET_SPECIALISATION_STREAMS,
            text_last_year="What areas do you specialise in?",
            multiple=True,
        ),
        Question(
            "Organisation Type",
            {
                "Independent practice": 0.45,
                "Corporate practice": 0.3,
                "Charity": 0.08,
                "University": 0.06,
                "Industry": 0.11,
            },
            {"Charity": ("Welfare",), "Independent practice": ("Practice Management",), "University": ("Oncology",)},
        ),
        Question("Job Role", _VET_ROLES, _VET_ROLE_STREAMS),
        Question("How did you hear about us?", {"Colleague": 0.5, "Email": 0.3, "Journal": 0.2}),
    ),
    role_question=2,
    specialization_question=0,
    job_mapping=True,
    practice_question=0,
    job_titles={
        "Vet/Vet Surgeon": ("Veterinary Surgeon", "Vet", "Small animal vet surgeon", "Senior Vet"),
        "Vet Nurse": ("RVN", "Registered Veterinary Nurse", "Vet nurse"),
        "Head Nurse/Senior Nurse": ("Head Nurse", "Senior RVN"),
        "Clinical or other Director": ("Clinical Director", "Director"),
        "Practice Partner/Owner": ("Partner", "Practice owner"),
        "Practice Manager": ("Practice Manager", "Hospital manager"),
        "Student": ("Student", "Vet student"),
        "Locum Vet": ("Locum", "Locum veterinary surgeon"),
        "Vet/Owner": ("Owner and vet",),
        "Assistant Vet": ("Assistant vet", "Veterinary assistant"),
        "Receptionist": ("Receptionist", "Client care"),
        "Academic": ("Lecturer", "Professor"),
        "Locum RVN": ("Locum RVN",),
        "Other": ("Consultant",),
        "Other (please specify)": ("Animal physiotherapist", "CEO"),
    },
    company_endings=("Vets", "Veterinary Clinic", "Vets Ltd", "Veterinary Hospital", "Animal Hospital", "Pet Care"),
    theatres=(
        "Main Theatre",
        "Companion Animal Theatre",
        "Equine Theatre",
        "Farm Forum",
        "Nursing Theatre",
        "Exotics Theatre",
        "Surgery Theatre",
        "Business Hub",
        "Emergency Room",
        "Wellbeing Lounge",
        "Imaging Studio",
        "Keynote",
    ),
    sponsors=("RCVS", "VPG", "IDEXX", "NVS", "VMD", "MWI", "KRKA"),
    placeholder_titles=("TBC session", "Session TBA", "Session title to be confirmed"),
    answering=0.88,
    rates=ProgrammeRates(
        missing_synopsis=0.2, missing_stream=0.15, missing_stream_last_year=0.12, several_streams=0.2, theatres=11
    ),
)

VET_BVA = replace(
    VET_LVA,
    event="vet_bva",
    codes={THIS_YEAR: ("BVA2025",), LAST_YEAR_MAIN: ("BVA2024",), LAST_YEAR_SECONDARY: ("LVS2024",)},
    first_days={
        THIS_YEAR: dt.date(2025, 6, 12),
        LAST_YEAR_MAIN: dt.date(2024, 6, 12),
        LAST_YEAR_SECONDARY: dt.date(2024, 11, 14),
    },
    badge_types={"Delegate": 0.9, "Delegate - Group": 0.1},
    theatres=tuple(reversed(VET_LVA.theatres)),
    answering=0.8,
    rates=ProgrammeRates(
        missing_synopsis=0.3, missing_stream=0.25, missing_stream_last_year=0.2, several_streams=0.12, theatres=9
    ),
)
