"""The control group, by badge: nobody changes sides when others register.

Who is in it follows from the badge, the seed and the show, and in a stratified draw from the visitor's own answers;
never from who else is there. Only drawing lives here; what becomes of the group's agendas is a matter of exports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.attributes import answers, column_of
from pa_assets.agendas.core.recommend.inputs import Flags, Words

Draw = NDArray[np.uint64]

_UNSIGNED = 2.0**64

_LEAST_NAMED = 5
"""A stratum of fewer visitors is not named in statistics: it could single a person out."""

_MOST_NAMED = 50
OTHERS = "smaller ones together"


def draw(badges: pd.Series[str], *words: str) -> Draw:
    """A number per badge, even over 64 bits, that depends on the badge and `words` alone (SipHash)."""
    text = "|".join(words) + "|" + badges.astype(str)
    return np.asarray(pd.util.hash_array(text.to_numpy(dtype=object), categorize=False), dtype=np.uint64)


def in_control_group(
    badges: pd.Series[str], *, percentage: float, seed: int, show: str, strata: Words | None = None
) -> Flags:
    """Which badges are in the control group of `percentage` percent.

    With `strata` (one text per badge) each stratum has a draw of its own. A rule that looks at one badge at a time
    cannot count, so a stratum of n visitors has its share on average and strays from it by about
    sqrt(percentage x n) / 10 visitors: half a visitor of 5 in 5 %, one of 20, seven of 1,000. That is the price of
    nobody ever changing sides for another's sake; counting would ask for whom else there is. Who moves to another
    stratum, by an answer of their own, is drawn anew.
    """
    drawn = draw(badges, "control", str(seed), show)
    if strata is not None:
        salt = draw(pd.Series(strata, dtype=object), "stratum", str(seed), show)
        drawn = draw(pd.Series(drawn ^ salt), "control")
    return np.asarray(drawn / _UNSIGNED < percentage / 100.0)


def strata(visitors: pd.DataFrame, stratify_by: Sequence[str], questions: Sequence[str]) -> Words:
    """Each visitor's combination of answers (V), such as `country: spain | job_role: nurse`; sets in any order.

    Args:
        visitors: V rows.
        stratify_by: questions or visitor columns; at least one.
        questions: this year's kept questions.

    Raises:
        RecommendationError: a name is neither a column nor a kept question.
    """
    where = "recommendations.control_group.stratify_by"
    columns = sorted({column_of(name, visitors, questions, where) for name in stratify_by})
    parts = []
    for column in columns:
        given = answers(visitors, [column]).groupby("row")["key"].agg(", ".join)
        parts.append((column + ": " + given.reindex(np.arange(len(visitors))).fillna("-")).to_numpy(dtype=object))
    result = parts[0]
    for part in parts[1:]:
        result = result + " | " + part
    return np.asarray(result, dtype=object)


def control_group(
    visitors: pd.DataFrame,
    settings: config.ControlGroup,
    show: str,
    questions: Sequence[str],
    *,
    before_the_show: bool,
) -> tuple[Flags, dict[str, Any]]:
    """Who of this year's visitors is in the control group (V), and counts.

    Args:
        visitors: V rows with badge_id.
        settings: percentage, seed and strata.
        show: code of the show.
        questions: this year's kept questions.
        before_the_show: the mode is personal_agendas; in any other nothing is sent, so nobody is held back.

    Raises:
        RecommendationError: `stratify_by` names something unknown.
    """
    if not (settings.enabled and before_the_show):
        return np.zeros(len(visitors), dtype=bool), {"enabled": False}
    groups = strata(visitors, settings.stratify_by, questions) if settings.stratify_by else None
    chosen = in_control_group(
        visitors["badge_id"], percentage=settings.percentage, seed=settings.random_seed, show=show, strata=groups
    )
    counts = {"enabled": True, "percentage": settings.percentage, "visitors": int(chosen.sum())}
    return chosen, counts if groups is None else {**counts, "strata": _counts(groups, chosen)}


def _counts(strata: Words, chosen: Flags) -> list[dict[str, Any]]:
    """Visitors and control group of each large stratum, largest first, the smaller ones together."""
    table = pd.DataFrame({"stratum": strata, "chosen": chosen}).groupby("stratum")["chosen"].agg(["size", "sum"])
    named = table[table["size"] >= _LEAST_NAMED].sort_values("size", ascending=False, kind="stable").head(_MOST_NAMED)
    others = table.drop(index=named.index).sum()
    rows = [*named.itertuples(name=None), (OTHERS, *others)]
    return [
        {"stratum": str(stratum), "visitors": int(size), "control_group": int(count)}
        for stratum, size, count in rows
        if size
    ]
