"""Seats per theatre, from the capacity table as delivered. What a limit does is `recommend.capacity`."""

from __future__ import annotations

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError, quoted
from pa_assets.agendas.core.text import tidy_values

THEATRE_NAMES = ("theatre__name", "theatre_name", "theatre", "room")
SEAT_NAMES = ("number_visitors", "capacity", "max_visitors", "seats")

_ABOUT_THE_FILE = frozenset({"source_file", "source_row"})
_MOST_SEATS = 1_000_000


def read_seats(rows: pd.DataFrame | None) -> pd.DataFrame:
    """Seats per theatre.

    Args:
        rows: as `read_rows(..., "capacity")` gives them, or None.

    Returns:
        Columns theatre (text) and seats (integer), one row per theatre, sorted by theatre.

    Raises:
        LandingError: a column is missing, a number cannot be read, or a theatre has two numbers.
    """
    if rows is None or not set(rows.columns) - _ABOUT_THE_FILE:
        return pd.DataFrame({"theatre": pd.Series(dtype=object), "seats": pd.Series(dtype="int64")})
    file = ", ".join(sorted(set(rows.get("source_file", [])))) or "The capacity file"
    theatre = tidy_values(rows[_column(rows, THEATRE_NAMES, file)])
    given = rows[_column(rows, SEAT_NAMES, file)]
    seats = pd.to_numeric(given.str.replace(",", "", regex=False).str.strip(), errors="coerce")
    wrong = theatre.ne("") & (seats.isna() | seats.lt(0) | seats.gt(_MOST_SEATS) | seats.mod(1).ne(0))
    if wrong.any():
        first = rows[wrong].iloc[0]
        place = f"{first['source_file']}, row {first['source_row']}"
        raise LandingError(
            f"{place}: {quoted(given[wrong].head(1))} is no number of seats. "
            f"Write a whole number from 0 to {_MOST_SEATS:,}."
        )
    table = pd.DataFrame({"theatre": theatre, "seats": seats})[theatre.ne("")].drop_duplicates()
    twice = table["theatre"].duplicated()
    if twice.any():
        name = quoted(table.loc[twice, "theatre"].head(1))
        raise LandingError(f"{file}: theatre {name} has two different numbers of seats. Keep one.")
    return table.astype({"seats": "int64"}).sort_values("theatre", ignore_index=True)


def _column(rows: pd.DataFrame, names: tuple[str, ...], file: str) -> str:
    known = {str(name).strip().lower().replace(" ", "_"): str(name) for name in rows.columns}
    for name in names:
        if name in known:
            return known[name]
    found = [str(name) for name in rows.columns if name not in _ABOUT_THE_FILE]
    raise LandingError(f"{file}: no column {' or '.join(names)}; found {quoted(found)}. Name one of the columns so.")
