"""Seats per theatre, from the capacity table as delivered. What a limit does is `recommend.capacity`."""

from __future__ import annotations

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.text import tidy_values

THEATRE_NAMES = ("theatre__name", "theatre_name", "theatre", "room")
SEAT_NAMES = ("number_visitors", "capacity", "max_visitors", "seats")


def read_seats(rows: pd.DataFrame | None) -> pd.DataFrame:
    """Seats per theatre.

    Args:
        rows: as `read_rows(..., "capacity")` gives them, or None.

    Returns:
        Columns theatre (text) and seats (integer), one row per theatre, sorted by theatre.

    Raises:
        LandingError: a column is missing, a number cannot be read, or a theatre has two numbers.
    """
    if rows is None or rows.empty:
        return pd.DataFrame({"theatre": pd.Series(dtype=object), "seats": pd.Series(dtype="int64")})
    file = str(rows["source_file"].iloc[0])
    theatre = tidy_values(rows[_column(rows, THEATRE_NAMES, file)])
    given = rows[_column(rows, SEAT_NAMES, file)]
    seats = pd.to_numeric(given.str.replace(",", "", regex=False).str.strip(), errors="coerce")
    wrong = theatre.ne("") & (seats.isna() | seats.lt(0) | seats.mod(1).ne(0))
    if wrong.any():
        first = rows[wrong].iloc[0]
        raise LandingError(
            f"{first['source_file']}, row {first['source_row']}: {given[wrong].iloc[0]!r} is no number of seats. "
            "Write a whole number from 0."
        )
    table = pd.DataFrame({"theatre": theatre, "seats": seats})[theatre.ne("")].drop_duplicates()
    twice = table["theatre"].duplicated()
    if twice.any():
        raise LandingError(
            f"{file}: theatre {table.loc[twice, 'theatre'].iloc[0]!r} has two different numbers of seats. Keep one."
        )
    return table.astype({"seats": "int64"}).sort_values("theatre", ignore_index=True)


def _column(rows: pd.DataFrame, names: tuple[str, ...], file: str) -> str:
    known = {str(name).strip().lower().replace(" ", "_"): str(name) for name in rows.columns}
    for name in names:
        if name in known:
            return known[name]
    found = [str(name) for name in rows.columns if name not in ("source_file", "source_row")]
    raise LandingError(f"{file}: no column {' or '.join(names)}; found {', '.join(found)}. Name one of the columns so.")
