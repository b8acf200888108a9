"""Mapping tables: which streams belong to a job role or to a specialisation.

As delivered they are matrices of YES and NO, one row per answer and one column per stream, or lists of pairs.
"""

from __future__ import annotations

import pandas as pd

from pa_assets.agendas.core.landing_columns import quoted
from pa_assets.agendas.core.text import fold_values, tidy, tidy_values

STREAM = "stream"
_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"", "no", "n", "false", "0", "-", "na", "n/a", "none", "nan"})
_ABOUT_THE_FILE = ("source_file", "source_row")


class MappingError(ValueError):
    """A mapping table cannot be understood; the message says where and what to mend."""


def read_mapping(frame: pd.DataFrame | None, first_column: str = "", *, name: str = "key") -> pd.DataFrame:
    """Pairs of a mapping table.

    Args:
        frame: rows as delivered: a column of answers and one column of YES or NO per stream; or a column of answers
            and one named `stream`. None, and rows without any column, are no pair.
        first_column: the column of answers, whatever its case; empty: the first one.
        name: name of the column of answers in the result.

    Returns:
        Columns `name` and `stream`: distinct pairs, sorted.

    Raises:
        MappingError: the column of answers or those of the streams are missing, or a cell is neither YES nor NO.
    """
    if frame is None or set(frame.columns) <= set(_ABOUT_THE_FILE):
        return pd.DataFrame({name: [], STREAM: []}, dtype=object)
    file = ", ".join(sorted(set(frame.get("source_file", [])))) or "A mapping table"
    frame = frame.drop(columns=[column for column in _ABOUT_THE_FILE if column in frame])
    answers = _column(frame, first_column, file)
    others = [column for column in frame.columns if column != answers]
    if not others:
        raise MappingError(f"{file}: there is no column but {quoted([answers])}. Add a column per stream.")
    long = [column for column in others if tidy(str(column)).casefold() == STREAM]
    keys = tidy_values(frame[answers])
    if len(long) == 1:
        pairs = pd.DataFrame({name: keys, STREAM: tidy_values(frame[long[0]])})
    else:
        table = frame[others].set_axis([tidy(str(column)) for column in others], axis=1)
        cells = table.assign(**{name: keys}).melt(id_vars=name, var_name=STREAM, value_name="choice")
        pairs = _chosen(cells, name, file)
    pairs = pairs[pairs[name].ne("") & pairs[STREAM].ne("")]
    return pairs.drop_duplicates().sort_values([name, STREAM], ignore_index=True).astype(object)


def _column(frame: pd.DataFrame, first_column: str, file: str) -> str:
    if not first_column:
        return str(frame.columns[0])
    for column in frame.columns:
        if tidy(str(column)).casefold() == tidy(first_column).casefold():
            return str(column)
    raise MappingError(f"{file}: no column {first_column!r}; found {quoted(frame.columns)}. Rename one.")


def _chosen(cells: pd.DataFrame, name: str, file: str) -> pd.DataFrame:
    choice = fold_values(tidy_values(cells["choice"]))
    chosen = choice.isin(_YES)
    if (unclear := ~chosen & ~choice.isin(_NO)).any():
        first = cells[unclear].iloc[0]
        raise MappingError(
            f"{file}: {quoted([first['choice']])} stands for {quoted([first[name]])} and the stream "
            f"{quoted([first[STREAM]])} ({int(unclear.sum())} such cell(s)). Write YES or NO."
        )
    return cells.loc[chosen, [name, STREAM]]
