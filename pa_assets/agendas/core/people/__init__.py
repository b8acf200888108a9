"""People: registrations, survey answers, visitors. Pure functions over tables."""

from pa_assets.agendas.core.people.answers import process_answers
from pa_assets.agendas.core.people.inventories import inventories, professions
from pa_assets.agendas.core.people.known_files import KNOWN_PEOPLE_FILES, known_answer_files, known_people_files
from pa_assets.agendas.core.people.linkage import Links, link_people
from pa_assets.agendas.core.people.practices import MISSING_COMPANIES
from pa_assets.agendas.core.people.questions import question_columns, specialisation_column
from pa_assets.agendas.core.people.registrations import process_registrations
from pa_assets.agendas.core.people.visitors import Visitors, join_visitors
from pa_assets.agendas.core.text import slug

__all__ = [
    "KNOWN_PEOPLE_FILES",
    "MISSING_COMPANIES",
    "Links",
    "Visitors",
    "inventories",
    "join_visitors",
    "known_answer_files",
    "known_people_files",
    "link_people",
    "process_answers",
    "process_registrations",
    "professions",
    "question_columns",
    "slug",
    "specialisation_column",
]
