"""The table of recommendations with everything on visitor and session, a row each: as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.exports import texts
from pa_assets.agendas.core.exports.agendas import Agendas
from pa_assets.agendas.core.exports.columns import SESSION_COLUMNS, csv_columns
from pa_assets.kit.tables import for_spreadsheet

if TYPE_CHECKING:
    import pyarrow as pa

_Columns = dict[str, list[Any]]


def write_csv(agendas: Agendas, stream: IO[bytes]) -> None:
    """Write the CSV, in the known order of columns and made safe for spreadsheets."""
    names = csv_columns(list(agendas.people))
    sessions = _safe(_of_sessions(agendas))
    _write_rows(stream, [for_spreadsheet(pd.DataFrame(columns=names)).columns])
    for _, _, block in agendas.blocks():
        rows = np.arange(len(block.session))
        parts = (_safe(_of_visitors(block)), block.visitor), (sessions, block.session), (_safe(_of_rows(block)), rows)
        columns = {name: values[places] for part, places in parts for name, values in part.items()}
        _write_rows(stream, zip(*(columns[name].tolist() for name in names), strict=True))


def _safe(columns: _Columns) -> dict[str, Any]:
    frame = for_spreadsheet(pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()}))
    return {name: frame.iloc[:, place].to_numpy(dtype=object) for place, name in enumerate(columns)}


def _write_rows(stream: IO[bytes], rows: Iterable[Iterable[Any]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    stream.write(text.getvalue().encode("utf-8"))


def write_parquet(agendas: Agendas, kinds: Mapping[str, pa.DataType], stream: IO[bytes]) -> None:
    """Write the same table as Parquet: values as they are, several answers as a list.

    Args:
        agendas: what to write.
        kinds: name in the exports -> type of the visitor's field, as `kind_of` tells it.
        stream: takes the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    typed = {**kinds, "similarity_score": pa.float64(), "rank": pa.int64()}
    schema = pa.schema([(name, typed.get(name, pa.string())) for name in csv_columns(list(agendas.people))])

    def arrays(columns: _Columns) -> dict[str, pa.Array]:
        return {name: pa.array(values, schema.field(name).type) for name, values in columns.items()}

    sessions = arrays(_of_sessions(agendas))
    with pq.ParquetWriter(stream, schema) as writer:
        for _, _, block in agendas.blocks():
            parts = (arrays(_of_visitors(block)), block.visitor), (sessions, block.session)
            columns = {name: values.take(pa.array(places)) for part, places in parts for name, values in part.items()}
            columns |= arrays(_of_rows(block))
            writer.write_table(pa.table([columns[name] for name in schema.names], schema=schema))


def kind_of(values: pd.Series[Any]) -> pa.DataType:
    """The type in Parquet of a column of visitors, whoever of them is exported; times are texts, as in JSON."""
    import pyarrow as pa
    from pandas.api.types import infer_dtype, is_bool_dtype, is_integer_dtype, is_numeric_dtype

    if is_bool_dtype(values):
        return pa.bool_()
    if is_numeric_dtype(values):
        return pa.int64() if is_integer_dtype(values) else pa.float64()
    is_lists = values.dtype == object and infer_dtype(values) not in ("string", "empty")
    return pa.list_(pa.string()) if is_lists else pa.string()


def _of_visitors(agendas: Agendas) -> _Columns:
    return {"visitor_id": agendas.badges, "show": [agendas.show] * len(agendas.badges), **agendas.people}


def _of_sessions(agendas: Agendas) -> _Columns:
    columns = {name: agendas.sessions[fact] for name, fact in SESSION_COLUMNS.items()}
    return {**columns, "sponsored_by": agendas.sessions["sponsored_by"]}


def _of_rows(agendas: Agendas) -> _Columns:
    reasons, first = texts.lists_of_texts(agendas.reasons)
    return {
        "similarity_score": agendas.score,
        "recommendation_metadata": texts.json_lists(agendas.reasons, ", ").to_pylist(),
        "overlapping_sessions": agendas.overlapping,
        "rank": agendas.rank.tolist(),
        "reasons": texts.grouped(reasons, first, "; ").to_pylist(),
    }
