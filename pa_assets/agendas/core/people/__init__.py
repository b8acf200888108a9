"""People: registrations, survey answers, visitors. Pure functions over tables."""

from pa_assets.agendas.core.people.questions import question_columns, specialisation_column
from pa_assets.agendas.core.people.registrations import process_registrations
from pa_assets.agendas.core.people.visitors import Visitors, join_visitors
from pa_assets.agendas.core.text import slug

__all__ = [
    "Visitors",
    "join_visitors",
    "process_registrations",
    "question_columns",
    "slug",
    "specialisation_column",
]
