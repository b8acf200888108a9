"""Of a checker that stands apart from the solver: how many visitors a session may have, and which have more."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd


def over_seats(programme: pd.DataFrame, visitors: pd.DataFrame, seats: pd.DataFrame, multiplier: float) -> pd.DataFrame:
    """Sessions that more visitors were sent to than had a place.

    What starts in one theatre at one time shares its seats; a session without a start has them for itself. Seats
    times the multiplier are rounded down; 0 is nobody; a theatre that is not among the seats has no limit.

    Args:
        programme: columns session_id, theatre__name and starts_at.
        visitors: aligned with it: columns sent (visitors who were given it by this run) and before (those who had
            booked it, or were given it earlier).
        seats: columns theatre and seats.
        multiplier: as in the settings.

    Returns:
        Columns session_id and detail, one row for each session of an over-full slot.
    """
    by_theatre = {_same(name): int(number) for name, number in zip(seats["theatre"], seats["seats"], strict=True)}
    table = programme[["session_id", "starts_at"]].assign(theatre=programme["theatre__name"].map(_same))
    table[["sent", "before"]] = visitors[["sent", "before"]]
    table = table[table["theatre"].isin(by_theatre)]
    start = table["starts_at"].astype(str).where(table["starts_at"].notna(), table["session_id"])
    slot = table.groupby([table["theatre"], start], sort=False)
    # 70 x 1.1 is 77 places, though the floating product is a hair below.
    table["places"] = [math.floor(by_theatre[name] * multiplier + 1e-9) for name in table["theatre"]]
    table["all_sent"], table["all_before"] = slot["sent"].transform("sum"), slot["before"].transform("sum")
    free = (table["places"] - table["all_before"]).clip(lower=0)
    over = table[(table["all_sent"] > free) & table["sent"].gt(0)]
    everyone = (over["all_sent"] + over["all_before"]).astype(str)
    return pd.DataFrame(
        {"session_id": over["session_id"], "detail": everyone + " of " + over["places"].astype(str) + " places"}
    )


def over_share(programme: pd.DataFrame, visitors: pd.DataFrame, share: float, of: int) -> pd.DataFrame:
    """Sessions that stand in the agendas of more than `share` of `of` visitors.

    Args:
        programme: column session_id.
        visitors: as for `over_seats`.
        share: as in the settings.
        of: number of visitors.

    Returns:
        Columns session_id and detail.
    """
    most = math.floor(share * of + 1e-9)
    free = (most - visitors["before"]).clip(lower=0)
    over = visitors["sent"] > free
    everyone = (visitors["sent"] + visitors["before"])[over].astype(str)
    return pd.DataFrame({"session_id": programme.loc[over, "session_id"], "detail": everyone + f" of {most} visitors"})


def counted(places: Any, sessions: int) -> Any:
    """How often each session occurs; positions below 0 are none."""
    known = np.asarray(places)[np.asarray(places) >= 0]
    return np.bincount(known, minlength=sessions)


def _same(name: object) -> str:
    return " ".join(str(name).split()).casefold()
