"""The same person under another name or e-mail: links between people, and a list for a person to review.

What is compared is `linkage_features`, how likely a pair is `linkage_model`, who is joined `linkage_clusters`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from pa_assets.agendas.config import Linkage
from pa_assets.agendas.core.people.linkage_clusters import PAIR, Decisions, group, read_decisions
from pa_assets.agendas.core.people.linkage_features import features
from pa_assets.agendas.core.people.linkage_model import LinkageMissingError, score
from pa_assets.agendas.core.tables import COHORTS

__all__ = ["REVIEW_COLUMNS", "LinkageMissingError", "Links", "link_people"]

_SHOWN = ("forename", "surname", "email", "company", "country")
REVIEW_COLUMNS = (
    *("badge_id", "cohort", "other_badge_id", "other_cohort", "confidence", "linked", "same"),
    *(name for shown in _SHOWN for name in (shown, f"other_{shown}")),
)
"""Columns of the review list; a copy of it with `same` filled is a file of decisions."""


@dataclass(frozen=True)
class Links:
    """Who turned out to be whom."""

    persons: pd.DataFrame
    """person_id, linked_person_id, source (probable or decided), confidence (0 to 1): one row per person who is
    another's; linked_person_id is the smallest of all that are one person, which has no row itself."""
    review: pd.DataFrame
    """`REVIEW_COLUMNS`: pairs worth a look, the likeliest first, and those decided. `confidence` is empty where
    a decided pair was not compared; `linked` is yes or no; `same` is the decision given, else empty."""
    notes: dict[str, int] = field(default_factory=dict)
    """Things worth a look, counted."""


def link_people(registrations: pd.DataFrame, settings: Linkage, decisions: pd.DataFrame | None = None) -> Links:
    """Find people who registered under another name or e-mail.

    People of equal name and e-mail bear one person_id already. Decisions count before likeness, and also where
    the linkage is switched off.

    Args:
        registrations: table `REGISTRATIONS`.
        settings: whether to compare people, and from which confidence on to believe and to list.
        decisions: rows of identity_decisions as delivered, or None.

    Raises:
        LinkageMissingError: switched on, but the extra `linkage` is not installed.
        LandingError: the decisions lack a column.
    """
    decided = read_decisions(decisions, registrations)
    scored = pd.DataFrame({"person_id": [], "other_person_id": [], "confidence": []})
    if settings.enabled:
        scored = score(features(registrations), min(settings.review_from, settings.minimum_confidence))
    likely = scored[scored["confidence"] >= settings.minimum_confidence]
    persons, kept_apart = group(likely, decided, registrations)
    review = _review(scored[scored["confidence"] >= settings.review_from], decided, persons, registrations)
    notes = {
        "people linked by likeness": int((persons["source"] == "probable").sum()),
        "people linked by decision": int((persons["source"] == "decided").sum()),
        "pairs that nobody decided, to review": int(((review["linked"] == "no") & (review["same"] == "")).sum()),
        **kept_apart,
        **decided.notes,
    }
    return Links(persons, review, {name: count for name, count in notes.items() if count})


def _review(
    scored: pd.DataFrame, decided: Decisions, persons: pd.DataFrame, registrations: pd.DataFrame
) -> pd.DataFrame:
    pairs = scored.astype(dict.fromkeys(PAIR, object)).merge(decided.table, on=list(PAIR), how="outer")
    canonical = dict(zip(persons["person_id"], persons["linked_person_id"], strict=True))
    one, other = (pairs[name].map(lambda person: canonical.get(person, person)) for name in PAIR)
    pairs["linked"] = (one == other).map({True: "yes", False: "no"})
    pairs["same"] = pairs["same"].fillna("")
    shown = _badge_to_show(registrations)
    pairs = pairs.merge(shown, left_on="person_id", right_index=True)
    pairs = pairs.merge(shown.add_prefix("other_"), left_on="other_person_id", right_index=True)
    pairs = _first_side_first(pairs)
    order = ["confidence", "place", "other_place"]
    return pairs.sort_values(order, ascending=[False, True, True], ignore_index=True)[list(REVIEW_COLUMNS)]


def _badge_to_show(registrations: pd.DataFrame) -> pd.DataFrame:
    """One badge of each person, of this year where there is one, with its `place` among all; by person_id."""
    order = registrations["cohort"].map({cohort: place for place, cohort in enumerate(COHORTS)})
    rows = registrations.assign(order=order).sort_values(["order", "badge_id"], kind="stable", ignore_index=True)
    rows = rows.assign(place=rows.index).drop_duplicates("person_id").set_index("person_id")
    return rows[["badge_id", "cohort", *_SHOWN, "place"]]


def _first_side_first(pairs: pd.DataFrame) -> pd.DataFrame:
    """The badge of the later year on the left."""
    swapped = pairs["place"] > pairs["other_place"]
    sides = ["badge_id", "cohort", *_SHOWN, "place"]
    left = {name: pairs[name].mask(swapped, pairs[f"other_{name}"]) for name in sides}
    right = {f"other_{name}": pairs[f"other_{name}"].mask(swapped, pairs[name]) for name in sides}
    return pairs.assign(**left, **right)
