"""What a cleaning step hands back: the table, the rows set aside, and the proof that none was lost.

Shared by people, scans and sessions. The rules by which a row is set aside stand with each table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pa_assets.agendas.core.tables import QUARANTINE_COLUMNS
from pa_assets.agendas.core.text import each_value
from pa_assets.kit.tables import Table

_LONGEST_DETAIL = 200


class RowsLostError(RuntimeError):
    """Rows went in that came out nowhere: a fault of the program."""


@dataclass(frozen=True)
class Prepared:
    """A cleaned table and where every delivered row went."""

    table: pd.DataFrame
    """The clean rows."""
    quarantine: pd.DataFrame
    """Rows set aside: `QUARANTINE_COLUMNS`, then the delivered columns."""
    rows_in: int
    """Rows that went in."""
    folded: dict[str, int] = field(default_factory=dict)
    """Rows that went into another row or hold nothing of use, counted by reason."""
    notes: dict[str, int] = field(default_factory=dict)
    """Things worth a look that set no row aside, counted."""
    copied: dict[str, int] = field(default_factory=dict)
    """Rows that one delivered row gave beyond its first, counted by reason."""

    @property
    def quarantined(self) -> dict[str, int]:
        """Rows set aside, counted by reason."""
        counts = self.quarantine["reason"].value_counts()
        return {str(reason): int(counts[reason]) for reason in sorted(counts.index)}

    def check(self) -> None:
        """Check that rows in + copied = rows out + quarantined + folded.

        Raises:
            RowsLostError: they do not add up.
        """
        given = self.rows_in + sum(self.copied.values())
        out = len(self.table) + len(self.quarantine) + sum(self.folded.values())
        if given != out:
            raise RowsLostError(
                f"{self.rows_in} rows went in and {given - self.rows_in} were copied, but {len(self.table)} came out, "
                f"{len(self.quarantine)} were quarantined and {sum(self.folded.values())} folded: {out} in all. "
                "Report this as a fault."
            )


def checked(
    table: pd.DataFrame,
    aside: pd.DataFrame,
    rows_in: int,
    folded: dict[str, int] | None = None,
    notes: dict[str, int] | None = None,
    copied: dict[str, int] | None = None,
) -> Prepared:
    """A `Prepared` whose rows add up; counts of 0 are left out.

    Raises:
        RowsLostError: the rows do not add up.
    """
    prepared = Prepared(table, aside, rows_in, _positive(folded), _positive(notes), _positive(copied))
    prepared.check()
    return prepared


def _positive(counts: dict[str, int] | None) -> dict[str, int]:
    return {reason: int(count) for reason, count in sorted((counts or {}).items()) if count}


class Sieve:
    """Sets rows aside with a reason; a row keeps the first reason it was given."""

    def __init__(self, delivered: pd.DataFrame) -> None:
        """`delivered` has a unique index, by which all conditions are aligned."""
        self._delivered = delivered
        self._kept = pd.Series(True, index=delivered.index)
        self._reason = pd.Series("", index=delivered.index, dtype=object)
        self._detail = pd.Series("", index=delivered.index, dtype=object)

    @property
    def kept(self) -> pd.Series[Any]:
        """Whether each row is still in."""
        return self._kept

    def set_aside(self, where: pd.Series[Any], reason: str, detail: pd.Series[Any] | str = "") -> None:
        """Set aside the rows for which `where` holds; `detail` holds nothing that identifies a person."""
        now = where & self._kept
        if not now.any():
            return
        self._kept = self._kept & ~now
        self._reason = self._reason.mask(now, reason)
        self._detail = self._detail.mask(now, detail)

    def quarantine(self) -> pd.DataFrame:
        """The rows set aside, in the order of their sources."""
        aside = ~self._kept
        return quarantine_of(self._delivered[aside], self._reason[aside], self._detail[aside])


def quarantine_of(rows: pd.DataFrame, reason: pd.Series[Any] | str, detail: pd.Series[Any] | str = "") -> pd.DataFrame:
    """A quarantine table of `rows`, sorted by source file and row."""
    rows = with_sources(rows).rename(columns={"reason": "reason_as_delivered", "detail": "detail_as_delivered"})
    details = detail if isinstance(detail, str) else each_value(detail, _shortened)
    table = rows.assign(reason=reason, detail=details)
    delivered = [name for name in rows.columns if name not in QUARANTINE_COLUMNS]
    table = table[[*QUARANTINE_COLUMNS, *delivered]]
    return table.sort_values(["source_file", "source_row"], kind="stable", ignore_index=True)


def _shortened(detail: str) -> str:
    """A detail may quote a cell, and a cell may hold megabytes; the whole of it stands in the delivered columns."""
    return detail if len(detail) <= _LONGEST_DETAIL else f"{detail[:_LONGEST_DETAIL]}... ({len(detail):,} characters)"


def with_sources(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the columns `source_file` and `source_row`, blank and 0 where unknown."""
    missing = {name: value for name, value in (("source_file", ""), ("source_row", 0)) if name not in rows.columns}
    return rows.assign(**missing) if missing else rows


def finish(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The declared columns of `frame` (and all columns of an open table), sorted by key and conformed."""
    columns = table.names + (table.extra_names(frame) if table.open else [])
    return table.conform(frame[columns].sort_values(list(table.key), kind="stable", ignore_index=True))
