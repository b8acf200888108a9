"""Tables: one declaration of columns from which validation, Dagster types, schemas and docs all follow.

Conventions of every table in the product: text is never null (`""` means absent), lists are Python lists
of text and never null, numbers absent are NaN, times are naive local time of the event with NaT for absent.
Imports no dagster; see `table_types` for the Dagster side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "integer", "number", "flag", "time", "texts", "vector"]


class TableError(ValueError):
    """A table does not match its declaration; the message names table, column, key and the mend."""


@dataclass(frozen=True)
class Column:
    """One column: its name, kind of value and what it means to a reader."""

    name: str
    kind: Kind
    meaning: str
    filled: bool = False
    """Every row must hold a value."""
    personal: bool = False
    """Identifies a person: kept out of previews, logs and prompts."""
    allowed: tuple[str, ...] = ()
    """The only values of a text; none: any."""
    least: float | None = None
    """Smallest number."""
    most: float | None = None
    """Largest number."""


@dataclass(frozen=True)
class Table:
    """A declared table. `open` allows further columns of lists of text (survey questions)."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    open: bool = False

    @property
    def names(self) -> list[str]:
        """Declared column names, in order."""
        return [column.name for column in self.columns]

    @property
    def personal_names(self) -> list[str]:
        """Declared columns that identify a person."""
        return [column.name for column in self.columns if column.personal]

    def extra_names(self, frame: pd.DataFrame) -> list[str]:
        """Columns of `frame` beyond the declared ones."""
        declared = set(self.names)
        return [str(name) for name in frame.columns if name not in declared]

    def empty(self) -> pd.DataFrame:
        """A table with all columns and no row."""
        import pandas as pd

        return self.conform(pd.DataFrame({name: [] for name in self.names}))

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with declared columns first, each of its declared type, and check it.

        Raises:
            TableError: a column is missing or surplus, a value has the wrong type, a required value is
                empty, or the key is not unique.
        """
        import pandas as pd

        if missing := [name for name in self.names if name not in frame.columns]:
            raise TableError(
                f"Table {self.name}: missing column(s) {', '.join(missing)}; "
                f"found {', '.join(map(str, frame.columns))}."
            )
        extra = self.extra_names(frame)
        if extra and not self.open:
            raise TableError(f"Table {self.name}: undeclared column(s) {', '.join(extra)}. Declare them or drop them.")
        typed = {column.name: self._typed(frame[column.name], column) for column in self.columns}
        typed |= {name: _CONVERT["texts"](frame[name]) for name in extra}
        result = pd.DataFrame(typed, index=frame.index).reset_index(drop=True)
        self.check(result)
        return result

    def check(self, frame: pd.DataFrame) -> None:
        """Check required and allowed values and the uniqueness of the key.

        Raises:
            TableError: see `conform`.
        """
        for column in self.columns:
            self._check_values(frame[column.name], column)
        doubled = frame.duplicated(list(self.key))
        if doubled.any():
            personal = set(self.personal_names)
            shown = frame.loc[doubled, [name for name in self.key if name not in personal]].head(3)
            raise TableError(
                f"Table {self.name}: {int(doubled.sum())} row(s) repeat the key ({', '.join(self.key)}), "
                f"for example {shown.to_dict('records')}."
            )

    def _check_values(self, values: pd.Series[Any], column: Column) -> None:
        where = f"Table {self.name}, column {column.name}"
        if column.filled:
            empty = values.eq("") if column.kind == "text" else values.isna()
            if empty.any():
                raise TableError(f"Table {self.name}: {int(empty.sum())} row(s) without {column.name}.")
        if column.allowed and not (known := values.isin(column.allowed)).all():
            raise TableError(f"{where}: {int((~known).sum())} value(s) are none of {', '.join(column.allowed)}.")
        if column.least is not None and (low := values < column.least).any():
            raise TableError(f"{where}: {int(low.sum())} value(s) below {column.least}.")
        if column.most is not None and (high := values > column.most).any():
            raise TableError(f"{where}: {int(high.sum())} value(s) above {column.most}.")

    def _typed(self, values: pd.Series[Any], column: Column) -> pd.Series[Any]:
        try:
            typed: pd.Series[Any] = _CONVERT[column.kind](values)
        except (TypeError, ValueError) as error:
            raise TableError(f"Table {self.name}, column {column.name}: not {column.kind} ({error}).") from error
        return typed


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    def listed(value: Any) -> list[str]:
        return [] if value is None or isinstance(value, float) else [str(item) for item in value]

    lists: pd.Series[Any] = values.map(listed)
    return lists.astype(object)


def _vector(values: pd.Series[Any]) -> pd.Series[Any]:
    import numpy as np

    return values.map(lambda value: np.asarray(value, dtype=np.float32)).astype(object)


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    filled = values.astype(object).where(values.notna(), "")
    return filled if all(type(value) is str for value in filled) else filled.map(str).astype(object)


def _time(values: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    return pd.to_datetime(values).astype("datetime64[us]")


_CONVERT: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "integer": lambda values: values.astype("int64"),
    "number": lambda values: values.astype("float64"),
    "flag": lambda values: values.astype(bool),
    "time": _time,
    "texts": _texts,
    "vector": _vector,
}


def for_spreadsheet(frame: pd.DataFrame, *, list_separator: str = "; ") -> pd.DataFrame:
    """A copy that is safe and readable as CSV: lists joined, and no cell that a spreadsheet would run.

    A text that begins with `=`, `+`, `-`, `@`, tab or carriage return gets a leading apostrophe
    (OWASP, CSV injection), unless it is a plain number.
    """
    import pandas as pd

    def cell(value: Any) -> Any:
        if isinstance(value, list | tuple):
            value = list_separator.join(map(str, value))
        if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(value):
            return "'" + value
        return value

    return pd.DataFrame(
        {name: values.map(cell) if values.dtype == object else values for name, values in frame.items()},
        columns=frame.columns,
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def describe(tables: Sequence[Table]) -> str:
    """Markdown of a data dictionary for `tables`."""
    lines: list[str] = []
    for table in tables:
        lines += [f"## {table.name}", "", table.meaning, "", f"Key: {', '.join(f'`{name}`' for name in table.key)}", ""]
        lines += ["| column | kind | personal | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.kind} | {'yes' if column.personal else ''} | {column.meaning} |"
            for column in table.columns
        ]
        if table.open:
            lines += ["| *(one per survey question kept)* | texts | | the answers given, each an item |"]
        lines += [""]
    return "\n".join(lines)
