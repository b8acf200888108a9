"""References between tables: how many rows break the promises that a table's declaration makes.

What is promised stands in `tables`; what is done about it, in the asset checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pa_assets.kit.tables import Reference, Table


@dataclass(frozen=True)
class Broken:
    """A reference that does not hold."""

    reference: Reference
    strangers: int
    """Rows that name no row of the other table."""
    unnamed: int
    """Rows of the other table that should be named and are not."""

    def text(self, table: Table) -> str:
        """What is wrong, in words without values."""
        columns, other = ", ".join(self.reference.columns), self.reference.table
        parts = [f"{self.strangers} row(s) whose ({columns}) is not in {other}"] if self.strangers else []
        if self.unnamed:
            parts.append(f"{self.unnamed} row(s) of {other} that are missing here")
        return f"Table {table.name}: {'; '.join(parts)}."


def broken_references(table: Table, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> list[Broken]:
    """The references of `table` that do not hold.

    Args:
        table: the declaration.
        frame: its rows, at least the columns that refer.
        others: by name, the tables referred to, at least the columns of `columns_needed`.
    """
    found = [_compared(reference, frame, others[reference.table]) for reference in table.references]
    return [broken for broken in found if broken.strangers or broken.unnamed]


def columns_needed(table: Table) -> dict[str, list[str]]:
    """By name, the tables that `table` refers to and the columns of each that are looked at."""
    needed: dict[str, list[str]] = {}
    for reference in table.references:
        wanted = [*reference.columns, *(column for column, _ in reference.where)]
        needed[reference.table] = list(dict.fromkeys([*needed.get(reference.table, []), *wanted]))
    return needed


def _compared(reference: Reference, frame: pd.DataFrame, other: pd.DataFrame) -> Broken:
    for column, value in reference.where:
        other = other[other[column].eq(value)]
    columns = list(reference.columns)
    here, there = frame[columns], other[columns]
    unnamed = _without_match(there, here) if reference.covers else 0
    return Broken(reference, _without_match(here, there), unnamed)


def _without_match(rows: pd.DataFrame, others: pd.DataFrame) -> int:
    """How many rows stand nowhere among `others`."""
    return int(rows.merge(others.drop_duplicates(), how="left", indicator="found")["found"].eq("left_only").sum())
