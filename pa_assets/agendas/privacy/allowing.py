"""The suppression list: whether a person is on it, and lifting a suppression. What it drops is `reading`."""

from __future__ import annotations

from pa_assets.agendas.core.people.suppression import badge_key, email_key, folded_email, shows_of
from pa_assets.agendas.privacy.finding import Query, people_of
from pa_assets.agendas.privacy.places import all_places
from pa_assets.agendas.project import Project
from pa_assets.kit.suppression import SuppressionFile


def is_suppressed(project: Project, query: Query) -> bool:
    """Whether the e-mail or badge asked for is on the list."""
    listed = SuppressionFile(project.root).read()
    if query.email:
        return bool(listed.known([email_key(folded_email(query.email))]))
    codes = [query.show] if query.show else shows_of(project.event(query.event).event).unnamed
    return bool(listed.known(badge_key(code, query.badge.strip()) for code in codes))


def allow(project: Project, email: str) -> int:
    """Take a person off the list: all that was added with the e-mail, or with a badge that has landed with it since.

    Returns:
        Hashes taken off.

    Raises:
        SuppressionError: the list cannot be used.
    """
    folded = folded_email(email)
    if not folded:
        return 0
    people = people_of(project, all_places(project))
    own = people[people["email"].map(folded_email) == folded]
    return SuppressionFile(project.root).lift({email_key(folded), *own["person"], *own["badge"]})
