"""The Dagster side of `kit.tables`: types that validate, column schemas and previews for the UI, and an IO manager."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type
from dagster_pandas.constraints import ColumnConstraint, ConstraintViolationException, DataFrameConstraint

from pa_assets.kit.files import write_parquet
from pa_assets.kit.tables import Column, Fault, Table, TableError, for_spreadsheet

PREVIEW_ROWS = 5


class _DeclaredColumn(ColumnConstraint):  # type: ignore[misc]
    """A column holds what is declared. The library's own constraints would quote the offending rows."""

    def __init__(self, table: Table, column: Column) -> None:
        self._table, self._column = table, column
        rule = "; ".join(filter(None, (column.kind, column.constraint)))
        super().__init__(error_description=rule, markdown_description=f"{rule}: {column.meaning}")

    def validate(self, dataframe: pd.DataFrame, column_name: str) -> None:
        _raise_first(self._table.value_faults(dataframe[column_name], self._column))


class _DeclaredTable(DataFrameConstraint):  # type: ignore[misc]
    """Columns are those that are declared, further ones as the table says, and no row repeats the key of another."""

    def __init__(self, table: Table) -> None:
        self._table = table
        key = f"Key: {', '.join(table.key)}"
        super().__init__(error_description=key, markdown_description=key)

    def validate(self, dataframe: pd.DataFrame) -> None:
        _raise_first(self._table.shape_faults(dataframe))
        for column in self._table.all_columns(dataframe)[len(self._table.columns) :]:
            _raise_first(self._table.value_faults(dataframe[column.name], column))
        _raise_first(self._table.key_faults(dataframe))


def _raise_first(faults: list[Fault]) -> None:
    for fault in faults:
        raise ConstraintViolationException(fault.text)


def dagster_type(table: Table) -> dg.DagsterType:
    """A dagster-pandas type that holds a frame to its declaration; what it says of a fault names no person."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # all of dagster-pandas is marked beta, release after release
        columns = [
            PandasColumn(column.name, constraints=[_DeclaredColumn(table, column)], is_required=False)
            for column in table.columns
        ]
        return create_dagster_pandas_dataframe_type(  # type: ignore[no-any-return]
            name=re.sub(r"\W", "_", table.name).title().replace("_", ""),
            description=table.meaning,
            columns=columns,
            dataframe_constraints=[_DeclaredTable(table)],
        )


def column_schema(table: Table) -> dg.TableSchema:
    """The declaration as the UI shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.kind,
                column.meaning,
                constraints=dg.TableColumnConstraints(
                    nullable=not column.filled,
                    unique=table.key == (column.name,),
                    other=[column.constraint] if column.constraint else [],
                ),
                tags={"personal": ""} if column.personal else None,
            )
            for column in table.columns
        ],
        constraints=dg.TableConstraints(
            other=[f"key: {', '.join(table.key)}", *(reference.text for reference in table.references)]
        ),
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
            MissingTableError: it was never made, or does not match its declaration; the message gives the command
                that makes it.
        """
        name, partition = context.asset_key.path[-1], context.partition_key
        path = self._path_of(partition, name)
        make = f"dagster asset materialize --select {'/'.join(context.asset_key.path)} --partition {partition}"
        if not path.is_file():
            raise MissingTableError(
                description=f"{partition} has no table {name} yet. Make it first: {make}", allow_retries=False
            )
        try:
            return self._tables[name].conform(pd.read_parquet(path))
        except TableError as error:
            raise MissingTableError(
                description=f"{partition}: {path.name} is not as declared. {error} Make it again: {make}",
                allow_retries=False,
            ) from error
