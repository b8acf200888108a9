"""Mode engagement: who of last year's people is invited, and their rows as people of this year.

Cleaning stands in `registrations` and `answers`, which come here when an audience is given; an invitation changes
no row of the past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pa_assets.agendas.config import Engagement
from pa_assets.agendas.core.prepared import finish
from pa_assets.agendas.core.tables import REGISTRATIONS, THIS_YEAR

INVITED = "invited to this year's show"
REGISTERED = "registered for this year's show"
"""Why rows are copied, and why rows leave."""

_TEXTS = [column.name for column in REGISTRATIONS.columns if column.kind == "text"]


@dataclass(frozen=True)
class Invitations:
    """Registrations of the past, and the people invited as people of this year."""

    table: pd.DataFrame
    """Table `REGISTRATIONS`."""
    invited: int
    """Rows copied, one per person."""
    registered: int
    """Rows of this year, which left the table."""
    notes: dict[str, int]
    """People who were not invited, counted by reason."""


def invite(registrations: pd.DataFrame, audience: Engagement) -> Invitations:
    """Copy each person of the audience to cohort `this_year`, in place of those who are in it.

    A person of several audience cohorts or badges is invited once: by the first cohort in the order of
    `audience.audience`, there by the badge whose row says most, then the latest registration, then the first
    badge. The copy keeps badge, person and show code. Where the badges chosen for two people are one number of
    two shows, the person of the first cohort is invited.

    Args:
        registrations: table `REGISTRATIONS` with all cohorts.
        audience: whose visitors are invited, and whether people who registered are left out.
    """
    this_year = registrations["cohort"] == THIS_YEAR
    past = registrations[~this_year]
    asked = past[past["cohort"].isin(audience.audience)]
    again = asked["person_id"].isin(registrations.loc[this_year, "person_id"])
    if audience.skip_registered:
        asked = asked[~again]
    people = _best_first(asked, audience.audience).drop_duplicates("person_id")
    invited = people.drop_duplicates("badge_id").assign(cohort=THIS_YEAR)
    registered_again = past.loc[again[again].index, "person_id"].nunique() if audience.skip_registered else 0
    return Invitations(
        finish(REGISTRATIONS, pd.concat([past, invited])),
        invited=len(invited),
        registered=int(this_year.sum()),
        notes={
            "people not invited: registered for this year's show": registered_again,
            "people not invited: their badge is another invited person's": len(people) - len(invited),
        },
    )


def past_only(registrations: pd.DataFrame) -> pd.DataFrame:
    """Registrations without those of this year."""
    return registrations[registrations["cohort"] != THIS_YEAR]


def answers_of_invited(answers: pd.DataFrame, registrations: pd.DataFrame) -> pd.DataFrame:
    """Copies of the answers of the badges invited, as answers of this year.

    Args:
        answers: answers of the past cohorts, with `cohort` and `badge_id`.
        registrations: table `REGISTRATIONS` after `invite`. Where a badge is in two past cohorts, its show code
            says by which it was invited.

    Returns:
        The rows copied, with the columns of `answers` and their index.
    """
    invited = registrations.loc[registrations["cohort"] == THIS_YEAR, ["badge_id", "show_ref"]]
    chosen = past_only(registrations)[["cohort", "badge_id", "show_ref"]].merge(invited, on=["badge_id", "show_ref"])
    own = pd.Series(False, index=answers.index)
    for cohort, badges in chosen.groupby("cohort")["badge_id"]:
        own |= (answers["cohort"] == cohort) & answers["badge_id"].isin(badges)
    copies = answers[own]
    return copies.assign(cohort=pd.Series(THIS_YEAR, index=copies.index, dtype=answers["cohort"].dtype))


def _best_first(rows: pd.DataFrame, cohorts: Sequence[str]) -> pd.DataFrame:
    """Rows in the order in which they are chosen."""
    ranked = rows.assign(place=rows["cohort"].map(list(cohorts).index), filled=(rows[_TEXTS] != "").sum(axis=1))
    order = {"place": True, "filled": False, "registration_date": False, "badge_id": True}
    ranked = ranked.sort_values(list(order), ascending=list(order.values()), kind="stable")
    return ranked.drop(columns=["place", "filled"])


def flagged(visitors: pd.DataFrame, audience: Engagement | None) -> pd.DataFrame:
    """`visitors` with `assist_year_before` as the audience's settings want it; unchanged where nobody is invited.

    Last year's people were all there last year. Readers who take 1 for "registered again" ask for 0.
    """
    if audience is None or not audience.reset_returning_flags:
        return visitors
    return visitors.assign(assist_year_before=0)
