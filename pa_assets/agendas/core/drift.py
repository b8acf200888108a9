"""Drift: what a table looked like, in a few counts, and what of it changed since another time.

The counts hold no value of any row. Who keeps them, and when a change is worth a warning, stands here too; what is
done about it, in the asset checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.kit.table_values import is_filled
from pa_assets.kit.tables import Table

Profile = Mapping[str, Any]
"""JSON: `rows` by group, and `filled` by group and column, the number of rows that hold a value."""

WHOLE = "all"
"""The group of a table without cohorts."""
MOST_ROW_CHANGE = 0.3
"""Share of the rows of before."""
MOST_BLANK_GROWTH = 0.2
"""Of the share of blank values: 20 points."""
FEW_ROWS = 20
"""Smaller groups, and smaller differences of rows, swing by chance."""


@dataclass(frozen=True)
class Change:
    """Something that differs more than it should."""

    group: str
    column: str
    """Empty for the rows as such."""
    before: str
    now: str
    text: str


def profile(table: Table, frame: pd.DataFrame) -> dict[str, Any]:
    """The profile of a table: rows by cohort, and by cohort and column how many rows hold a value.

    Columns that can be blank count, survey questions included, and flags, which are filled where they are true.
    """
    groups = frame["cohort"] if "cohort" in frame.columns else pd.Series(WHOLE, index=frame.index)
    codes, names = pd.factorize(groups, sort=True)
    rows = np.bincount(codes, minlength=len(names))
    columns = [column for column in table.all_columns(frame) if not column.filled]
    columns = [column for column in columns if column.kind not in ("integer", "vector")]
    filled: dict[str, dict[str, int]] = {str(name): {} for name in names}
    for column in columns:
        mask = is_filled(frame[column.name], column.kind).to_numpy(dtype=bool)
        for name, count in zip(names, np.bincount(codes[mask], minlength=len(names)), strict=True):
            filled[str(name)][column.name] = int(count)
    return {"rows": {str(name): int(count) for name, count in zip(names, rows, strict=True)}, "filled": filled}


def changes(before: Profile, now: Profile) -> list[Change]:
    """What changed by more than chance and growth of a show explain, by group."""
    found: list[Change] = []
    for group in sorted({*before["rows"], *now["rows"]}):
        found += _row_changes(group, before["rows"].get(group, 0), now["rows"].get(group, 0))
        found += _blank_changes(group, before, now)
    return found


def _row_changes(group: str, before: int, now: int) -> list[Change]:
    difference = now - before
    gone = before > 0 and now == 0
    if not gone and (abs(difference) < FEW_ROWS or abs(difference) <= MOST_ROW_CHANGE * before):
        return []
    how = f"{difference / before:+.0%}" if before else "new"
    return [Change(group, "", str(before), str(now), f"{group}: rows went from {before} to {now} ({how}).")]


def _blank_changes(group: str, before: Profile, now: Profile) -> list[Change]:
    rows_before, rows_now = before["rows"].get(group, 0), now["rows"].get(group, 0)
    if min(rows_before, rows_now) < FEW_ROWS:
        return []
    found: list[Change] = []
    filled_now = now["filled"][group]
    for column, filled in sorted(before["filled"][group].items()):
        was = 1 - filled / rows_before
        if column not in filled_now:
            text = f"{group}: column {column} is gone; it was {was:.0%} blank."
            found += [Change(group, column, f"{was:.0%}", "gone", text)] if filled else []
            continue
        is_now = 1 - filled_now[column] / rows_now
        wholly = filled > 0 and filled_now[column] == 0
        if wholly or is_now - was > MOST_BLANK_GROWTH:
            what = "became wholly blank" if wholly else f"is {is_now:.0%} blank"
            text = f"{group}: column {column} {what}; it was {was:.0%} blank."
            found.append(Change(group, column, f"{was:.0%} blank", f"{is_now:.0%} blank", text))
    return found
