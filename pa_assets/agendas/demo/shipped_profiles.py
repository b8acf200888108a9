"""Profiles of the shipped events: two veterinary congresses, an e-commerce show, a clinical pharmacy congress."""

from __future__ import annotations

import datetime as dt

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.demo.profiles import ProgrammeRates, Question, ShowProfile
from pa_assets.agendas.demo.profiles_veterinary import VET_BVA, VET_LVA
from pa_assets.agendas.demo.vocabulary_commerce import COMMERCE
from pa_assets.agendas.demo.vocabulary_pharmacy import PHARMACY

_SOLUTIONS = {
    "AI": (719, ("Artificial Intelligence",)),
    "Marketing Content Creation & Management": (254, ("Brand and Content",)),
    "Lead Generation": (223, ("B2B Commerce", "Email and CRM")),
    "Marketing Analytics & SEO Tools": (220, ("Search and SEO", "Data and Analytics")),
    "Customer Acquisition": (174, ("Paid Media",)),
    "CX & Personalisation": (127, ("Customer Experience", "Personalisation")),
    "Content Creation": (126, ("Brand and Content", "Social Commerce")),
    "Customer Engagement": (125, ("Email and CRM", "Social Commerce")),
    "CRM": (124, ("Email and CRM",)),
    "Advertising Systems": (110, ("Paid Media",)),
    "Payments": (90, ("Payments and Fraud",)),
    "Delivery & Returns": (90, ("Fulfilment and Logistics",)),
    "eCommerce Platforms": (90, ("Platforms and Technology", "Conversion Optimisation")),
}
_DUTIES = {
    "General Marketing/Brand": (443, ("Brand and Content", "Social Commerce")),
    "General Management": (350, ("Global Growth", "Customer Experience")),
    "Digital Marketing (SEO, PPC, Automations)": (344, ("Search and SEO", "Paid Media")),
    "Business Development": (323, ("Marketplaces", "Global Growth")),
    "Content/PR/Advertising": (261, ("Brand and Content",)),
    "eCommerce CX & Personalisation": (212, ("Customer Experience", "Personalisation", "Conversion Optimisation")),
    "B2B Commerce": (162, ("B2B Commerce",)),
    "Online Sales Optimisation for Retail": (139, ("Conversion Optimisation", "Marketplaces")),
    "IT": (127, ("Platforms and Technology", "Data and Analytics")),
    "Product Marketing": (120, ("Brand and Content", "Email and CRM")),
    "Logistics": (100, ("Fulfilment and Logistics",)),
    "Finance": (80, ("Payments and Fraud",)),
}
_COMMERCE_ROLES = {
    "Manager": 839,
    "Director/Head of Department": 823,
    "C-level/Owner": 656,
    "Executive/Assistant": 243,
    "Executive": 208,
}

ECOMM = ShowProfile(
    event="ecomm",
    format="graphql_flat",
    vocabulary=COMMERCE,
    codes={THIS_YEAR: ("ECE25", "TFM25"), LAST_YEAR_MAIN: ("ECE24",), LAST_YEAR_SECONDARY: ("TFM24",)},
    first_days={
        THIS_YEAR: dt.date(2025, 9, 24),
        LAST_YEAR_MAIN: dt.date(2024, 9, 24),
        LAST_YEAR_SECONDARY: dt.date(2024, 9, 24),
    },
    badge_types={"Visitor": 0.95, "VIP": 0.05},
    other_badge_types=("Exhibitor", "Press", "Staff"),
    unknown_codes=("NORTH24", "PY00000"),
    questions=(
        Question(
            "What best describes what you do?",
            {name: float(count) for name, (count, _) in _DUTIES.items()},
            {name: streams for name, (_, streams) in _DUTIES.items()},
            text_last_year="What best describes your specialism?",
        ),
        Question(
            "What is your industry?",
            {
                "Fashion, Clothing & Accessories": 282,
                "IT & Electronics": 250,
                "Health, Beauty & Wellness": 246,
                "Other": 223,
                "Marketing & Advertising": 203,
                "Manufacturing & Wholesale": 196,
                "Home & Garden & Lifestyle": 188,
                "Food & Beverage": 169,
                "Finance, Banking & Insurance": 143,
                "Professional Services": 130,
            },
            {
                "Fashion, Clothing & Accessories": ("Social Commerce", "Fulfilment and Logistics"),
                "IT & Electronics": ("Platforms and Technology", "Marketplaces"),
                "Manufacturing & Wholesale": ("B2B Commerce", "Global Growth"),
                "Finance, Banking & Insurance": ("Payments and Fraud",),
                "Marketing & Advertising": ("Paid Media",),
            },
            text_last_year="What best describes your company?",
        ),
        Question("What is your job role?", {name: float(count) for name, count in _COMMERCE_ROLES.items()}),
        Question(
            "Why are you attending?",
            {"To optimise online sales": 1572, "To improve in-house marketing": 1193, "Other": 202},
            {
                "To optimise online sales": ("Conversion Optimisation",),
                "To improve in-house marketing": ("Brand and Content",),
            },
        ),
        Question(
            "What is the main solution you are most excited to discover at the show?",
            {name: float(count) for name, (count, _) in _SOLUTIONS.items()},
            {name: streams for name, (_, streams) in _SOLUTIONS.items()},
            text_last_year="What is your main area of interest?",
        ),
    ),
    role_question=2,
    job_titles={
        "Manager": ("Marketing Manager", "eCommerce Manager", "Brand manager"),
        "Director/Head of Department": ("Head of Digital", "Marketing Director", "Head of eCommerce"),
        "C-level/Owner": ("CEO", "Founder", "CMO", "Owner"),
        "Executive/Assistant": ("Marketing Assistant", "Marketing Executive"),
        "Executive": ("Digital Executive", "SEO Executive"),
    },
    company_endings=("Ltd", "Retail", "Online", "Fashion", "Digital", "& Co", "Agency", "Foods"),
    theatres=(
        "Future of Digital Commerce",
        "Global Growth & Fulfilment",
        "Future of Customer Experience",
        "Optimisation Stage",
        "Payments Theatre",
        "AI & Data Stage",
        "Brand Theatre",
        "Performance Marketing Theatre",
        "B2B Forum",
        "Roundtables",
    ),
    sponsors=("KLAV", "DHL", "SHOP", "ADYN", "MAILX"),
    placeholder_titles=("Session TBC", "Session details to follow"),
    answering=0.92,
    returning=0.218,
    rates=ProgrammeRates(
        missing_synopsis=0.17, missing_stream=0.4, missing_stream_last_year=0.35, several_streams=0.06, theatres=9
    ),
)

_PHARMACY_PLACES = {
    "Hospital": ("Secondary Care", "Antimicrobials and Infection"),
    "GP practice / PCN": ("Primary Care", "Prescribing", "Cardiovascular"),
    "Community pharmacy": ("Community Pharmacy",),
    "Integrated care board": ("Leadership and Management", "Technology and Innovation"),
    "Mental health trust": ("Mental Health",),
    "University": ("Education and Training", "Research"),
}

CPCN = ShowProfile(
    event="cpcn",
    format="graphql_nested",
    vocabulary=PHARMACY,
    codes={THIS_YEAR: ("CPCN25",), LAST_YEAR_MAIN: ("CPCN24", "CPCN2024"), LAST_YEAR_SECONDARY: ("CPC2025", "CPC25")},
    first_days={
        THIS_YEAR: dt.date(2025, 11, 21),
        LAST_YEAR_MAIN: dt.date(2024, 11, 21),
        LAST_YEAR_SECONDARY: dt.date(2025, 5, 9),
    },
    excluded_codes=("NORTH24", "PY00000", "PY000005", "CPCL25", "CPCLONDON2025", "CPCL24", "CPCL2024", "PY000008"),
    unknown_codes=("XPO24", "TEST00"),
    badge_types={"Delegate HCP": 0.85, "Delegate ORDM": 0.08, "Speaker HCP": 0.05, "Speaker": 0.02},
    other_badge_types=("Exhibitor", "Staff"),
    questions=(
        Question(
            "Are you a?",
            {"Pharmacist": 0.72, "Pharmacy Technician": 0.16, "Nurse": 0.05, "Trainee": 0.05, "Other": 0.02},
            {
                "Pharmacy Technician": ("Pharmacy Technicians", "Education and Training"),
                "Trainee": ("Education and Training",),
                "Nurse": ("Prescribing", "Respiratory"),
            },
        ),
        Question(
            "You are a: (please select the most appropriate option)",
            {"Healthcare professional": 0.9, "Other relevant decision maker": 0.1},
            {"Other relevant decision maker": ("Leadership and Management", "Technology and Innovation")},
            text_last_year="You are a:",
        ),
        Question(
            "Which of the following best describes your primary place of work?",
            {
                "Hospital": 0.36,
                "GP practice / PCN": 0.3,
                "Community pharmacy": 0.14,
                "Integrated care board": 0.08,
                "Mental health trust": 0.07,
                "University": 0.05,
            },
            _PHARMACY_PLACES,
        ),
        Question(
            "As a Pharmacist, which of the following best describes your primary job role or function?",
            {
                "Clinical Pharmacist": 0.4,
                "Lead Pharmacist": 0.2,
                "Prescribing Pharmacist": 0.2,
                "Chief Pharmacist": 0.05,
                "Educator": 0.07,
                "Technician": 0.08,
            },
            {
                "Lead Pharmacist": ("Leadership and Management",),
                "Chief Pharmacist": ("Leadership and Management", "Technology and Innovation"),
                "Prescribing Pharmacist": ("Prescribing", "Cardiovascular"),
                "Educator": ("Education and Training", "Research"),
                "Technician": ("Pharmacy Technicians",),
            },
        ),
        Question(
            "Which products or services are you interested in?",
            {
                "Diabetes": 0.25,
                "Respiratory": 0.2,
                "Cardiovascular": 0.2,
                "Mental health": 0.15,
                "Automation and software": 0.2,
                "Vaccines": 0.1,
            },
            {
                "Diabetes": ("Diabetes and Obesity",),
                "Respiratory": ("Respiratory",),
                "Cardiovascular": ("Cardiovascular",),
                "Mental health": ("Mental Health",),
                "Automation and software": ("Technology and Innovation",),
                "Vaccines": ("Antimicrobials and Infection",),
            },
            text_last_year="",
            multiple=True,
        ),
    ),
    role_question=3,
    job_titles={
        "Clinical Pharmacist": ("Clinical Pharmacist", "Pharmacist", "Specialist pharmacist"),
        "Lead Pharmacist": ("Lead Pharmacist", "Principal Pharmacist"),
        "Prescribing Pharmacist": ("Independent Prescriber", "PCN Pharmacist"),
        "Chief Pharmacist": ("Chief Pharmacist",),
        "Educator": ("Teacher Practitioner", "Senior Lecturer"),
        "Technician": ("Pharmacy Technician", "Senior technician"),
    },
    company_endings=("NHS Trust", "Surgery", "PCN", "Pharmacy", "Health Board", "Medical Centre"),
    theatres=(
        "Keynote",
        "Clinical 1",
        "Clinical 2",
        "Innovation & Integration",
        "Strategy",
        "Practical Skill Zone",
        "Room 4",
        "Room 8",
        "Technology & Innovation",
        "Primary Care Theatre",
    ),
    sponsors=("NOVO", "GSK", "AZ", "OMNI"),
    placeholder_titles=("TBC session", "Session to be confirmed"),
    answering=0.75,
    returning=0.24,
    rates=ProgrammeRates(
        missing_synopsis=0.58, missing_stream=0.35, missing_stream_last_year=0.6, several_streams=0.24, theatres=9
    ),
)

SHIPPED = {profile.event: profile for profile in (VET_LVA, VET_BVA, ECOMM, CPCN)}
"""Profiles of the shipped events by name."""
