"""Mapping tables: which streams belong to a job role or to a specialisation, and how much each of them matters.

As delivered they are matrices of YES, NO or weights, one row per answer and one column per stream, or lists of pairs.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.landing_columns import quoted
from pa_assets.agendas.core.text import fold, fold_values, tidy, tidy_values

STREAM, WEIGHT = "stream", "weight"
_YES = frozenset({"yes", "y", "true", "x"})
_NO = frozenset({"", "no", "n", "false", "-", "na", "n/a", "none", "nan"})
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?|\.\d{1,9}")
_ABOUT_THE_FILE = ("source_file", "source_row")


class MappingError(ValueError):
    """A mapping table cannot be understood; the message says where and what to mend."""


def read_mapping(frame: pd.DataFrame | None, first_column: str = "", *, name: str = "key") -> pd.DataFrame:
    """Pairs of a mapping table, with weights.

    A cell is YES (weight 1), NO, or a weight: a number above 0; 0 is NO. Of a pair that stands twice the greatest
    weight counts, so that no row takes back what another one gives.

    Args:
        frame: rows as delivered: a column of answers and one column of cells per stream; or a column of answers, one
            named `stream` and perhaps one named `weight`, where blank is 1. None, and rows without any column, are
            no pair.
        first_column: the column of answers, whatever its case; empty: the first one that is none of the others.
        name: name of the column of answers in the result.

    Returns:
        Columns `name`, `stream` and `weight` (a float above 0): distinct pairs, sorted.

    Raises:
        MappingError: the column of answers or those of the streams are missing, or a cell is neither YES, NO nor a
            weight.
    """
    if frame is None or set(frame.columns) <= set(_ABOUT_THE_FILE):
        return pd.DataFrame({name: [], STREAM: [], WEIGHT: []}, dtype=object).astype({WEIGHT: float})
    rows = frame.reset_index(drop=True)
    tables = [rows]
    if len(set(rows.get("source_file", ()))) > 1:
        tables = [_filled(table) for _, table in rows.groupby("source_file")]
    cells = pd.concat([_cells(table, first_column) for table in tables])
    cells = cells[cells["answer"].ne("") & cells[STREAM].ne("")]
    pairs = cells.assign(**{WEIGHT: _weights(cells, rows)}).rename(columns={"answer": name})
    best = pairs[pairs[WEIGHT].gt(0)].groupby([name, STREAM], sort=True)[WEIGHT].max()
    return best.reset_index().astype({name: object, STREAM: object, WEIGHT: float})


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """One of several files: its rows have the columns of the others too, all blank."""
    return table[[name for name in table.columns if name in _ABOUT_THE_FILE or tidy_values(table[name]).ne("").any()]]


def _cells(rows: pd.DataFrame, first_column: str) -> pd.DataFrame:
    """The cells of one file: `row`, `answer`, `stream`, `cell`."""
    delivered = [column for column in rows.columns if column not in _ABOUT_THE_FILE]
    streams = _named(delivered, STREAM)
    roles = [*streams, *_named(delivered, WEIGHT)] if len(streams) == 1 else []
    answers = _column(rows, [column for column in delivered if column not in roles], first_column)
    others = [column for column in delivered if column != answers]
    if not others:
        raise MappingError(f"{_files(rows)}: there is no column but {quoted([answers])}. Add a column per stream.")
    return _listed(rows, answers, roles) if roles else _melted(rows, answers, others)


def _named(columns: list[Any], wanted: str) -> list[Any]:
    return [column for column in columns if fold(str(column)) == wanted]


def _files(rows: pd.DataFrame) -> str:
    return ", ".join(sorted(set(rows.get("source_file", [])))) or "A mapping table"


def _column(rows: pd.DataFrame, candidates: list[Any], first_column: str) -> Any:
    """The column of answers."""
    for column in candidates:
        if not first_column or fold(str(column)) == fold(first_column):
            return column
    wanted = f"no column {first_column!r}" if first_column else "no column of answers"
    found = quoted(column for column in rows.columns if column not in _ABOUT_THE_FILE)
    raise MappingError(f"{_files(rows)}: {wanted}; found {found}. Rename one.")


def _listed(rows: pd.DataFrame, answers: Any, roles: list[Any]) -> pd.DataFrame:
    """The cells of a list of pairs."""
    stream, *weights = roles
    cell = tidy_values(rows[weights[0]]) if weights else pd.Series("", index=rows.index, dtype=object)
    cell = cell.mask(cell.eq(""), "yes")
    return pd.DataFrame(
        {"row": rows.index, "answer": tidy_values(rows[answers]), STREAM: tidy_values(rows[stream]), "cell": cell}
    )


def _melted(rows: pd.DataFrame, answers: Any, others: list[Any]) -> pd.DataFrame:
    """The cells of a matrix."""
    return pd.DataFrame(
        {
            "row": np.tile(rows.index.to_numpy(), len(others)),
            "answer": np.tile(tidy_values(rows[answers]).to_numpy(), len(others)),
            STREAM: np.repeat(np.array([tidy(str(column)) for column in others], dtype=object), len(rows)),
            "cell": rows[others].to_numpy(dtype=object).ravel(order="F"),
        }
    )


def _weights(cells: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[Any]:
    """The weight of each cell, 0 for NO."""
    choice = fold_values(tidy_values(cells["cell"]))
    known = {text: _weight(text) for text in choice.unique()}
    unclear = choice.isin([text for text, weight in known.items() if weight is None])
    if unclear.any():
        first = cells[unclear].iloc[0]
        raise MappingError(
            f"{_place(rows, first['row'])}: {quoted([first['cell']])} stands for {quoted([first['answer']])} and the "
            f"stream {quoted([first[STREAM]])} ({int(unclear.sum())} such cell(s)). "
            "Write YES, NO or a weight such as 0.5 or 2."
        )
    return choice.map(known).astype(float)


def _weight(text: str) -> float | None:
    if text in _YES:
        return 1.0
    if text in _NO:
        return 0.0
    return float(text) if _NUMBER.fullmatch(text) else None


def _place(rows: pd.DataFrame, row: int) -> str:
    if not set(_ABOUT_THE_FILE) <= set(rows.columns):
        return _files(rows)
    return f"{rows['source_file'][row]}: row {rows['source_row'][row]}"
