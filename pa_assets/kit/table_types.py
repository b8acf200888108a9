"""The Dagster side of `kit.tables`: types that validate, column schemas and previews for the UI, and an IO manager."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type
from dagster_pandas.constraints import ColumnDTypeInSetConstraint

from pa_assets.kit.files import write_parquet
from pa_assets.kit.tables import Column, Table, for_spreadsheet

PREVIEW_ROWS = 5

_PANDAS_COLUMN: dict[str, Callable[..., Any]] = {
    "text": PandasColumn.string_column,
    "integer": PandasColumn.integer_column,
    "number": PandasColumn.float_column,
    "flag": PandasColumn.boolean_column,
}
_TIMES = ColumnDTypeInSetConstraint({"datetime64[us]"})
"""Tables hold microseconds; the library's own column of times insists on nanoseconds, which end in 2262."""


def _pandas_column(column: Column, alone_key: bool) -> Any:
    if column.kind == "time":
        return PandasColumn(column.name, constraints=[_TIMES])
    make = _PANDAS_COLUMN.get(column.kind)
    if make is None:
        return PandasColumn.exists(column.name, non_nullable=True)
    if column.kind == "flag":
        return make(column.name, non_nullable=True)
    return make(column.name, non_nullable=column.kind == "text" or column.filled, unique=alone_key)


def dagster_type(table: Table) -> dg.DagsterType:
    """A dagster-pandas type that holds a frame to its declaration."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # all of dagster-pandas is marked beta, release after release
        return create_dagster_pandas_dataframe_type(  # type: ignore[no-any-return]
            name=re.sub(r"\W", "_", table.name).title().replace("_", ""),
            description=table.meaning,
            columns=[_pandas_column(column, table.key == (column.name,)) for column in table.columns],
        )


def column_schema(table: Table) -> dg.TableSchema:
    """The declaration as the UI shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.kind,
                column.meaning,
                constraints=dg.TableColumnConstraints(nullable=not column.filled, unique=table.key == (column.name,)),
                tags={"personal": ""} if column.personal else None,
            )
            for column in table.columns
        ]
    )


def preview(table: Table, frame: pd.DataFrame) -> str:
    """The first rows as Markdown, without personal columns, vectors and survey answers."""
    shown = [column.name for column in table.columns if not column.personal and column.kind != "vector"]
    head = for_spreadsheet(frame[shown].head(PREVIEW_ROWS))
    cut = head.map(lambda value: str(value)[:80].replace("|", "/").replace("\n", " "))
    return cut.to_markdown(index=False)


def table_metadata(table: Table, frame: pd.DataFrame) -> dict[str, Any]:
    """Metadata of a table for the UI: rows, schema, preview."""
    return {
        "dagster/row_count": len(frame),
        "dagster/column_schema": column_schema(table),
        "preview": dg.MetadataValue.md(preview(table, frame)),
    }


class MissingTableError(dg.Failure):
    """An asset wants a table that was not made yet."""


class TableStore(dg.IOManager):
    """Keeps each partition of a table asset as one Parquet file, written in one step."""

    def __init__(self, tables: dict[str, Table], path_of: Callable[[str, str], Path]) -> None:
        self._tables = tables
        self._path_of = path_of

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        """Write the table of the asset's partition."""
        write_parquet(self._path_of(context.partition_key, context.asset_key.path[-1]), obj)

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """Read the table of the upstream asset's partition.

        Raises:
            MissingTableError: it was never made; the message gives the command that makes it.
        """
        name, partition = context.asset_key.path[-1], context.partition_key
        path = self._path_of(partition, name)
        if not path.is_file():
            raise MissingTableError(
                description=f"{partition} has no table {name} yet. Make it first: "
                f"dagster asset materialize --select {'/'.join(context.asset_key.path)} --partition {partition}",
                allow_retries=False,
            )
        return self._tables[name].conform(pd.read_parquet(path))
