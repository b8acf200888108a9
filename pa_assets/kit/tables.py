"""Tables: one declaration of columns from which validation, Dagster types, schemas and docs all follow.

Conventions of every table in the product: text is never null (`""` means absent), lists are Python lists
of text and never null, numbers absent are NaN, times are naive local time of the event with NaT for absent.
How values become a kind: `table_values`. Imports no dagster; see `table_types` for the Dagster side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pa_assets.kit.table_values import Kind, UnfitValuesError, converted, is_filled, is_kind

if TYPE_CHECKING:
    import pandas as pd

_MEND = "Correct them, or set such rows aside, where the table is made."


class TableError(ValueError):
    """A table does not match its declaration; the message names table, column, rows and the mend, and no person."""


@dataclass(frozen=True)
class Fault:
    """One way in which a table differs from its declaration."""

    column: str
    """Empty where the fault is one of the whole table."""
    rows: int
    text: str
    """Sentences for people: table, column, number of rows, the mend; never a value that identifies a person."""


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

    @property
    def constraint(self) -> str:
        """What the values must hold to, beyond their kind, in words; empty for nothing."""
        rules = ["filled"] if self.filled else []
        if self.allowed:
            rules.append("one of " + ", ".join(value or "(empty)" for value in self.allowed))
        if self.least is not None:
            rules.append(f"at least {self.least:g}")
        if self.most is not None:
            rules.append(f"at most {self.most:g}")
        return "; ".join(rules)


@dataclass(frozen=True)
class Reference:
    """A promise that rows of a table name rows of another one, by equal values in columns of the same names."""

    columns: tuple[str, ...]
    table: str
    """Name of the other table."""
    where: tuple[tuple[str, str], ...] = ()
    """Column and value: only such rows of the other table count."""
    covers: bool = False
    """The other way round too: every row of the other table is named."""

    @property
    def text(self) -> str:
        """The promise in words."""
        only = "".join(f" where {column} is {value}" for column, value in self.where)
        back = ", and each of those is here" if self.covers else ""
        return f"each {' and '.join(self.columns)} is in {self.table}{only}{back}"


@dataclass(frozen=True)
class Table:
    """A declared table. `open` allows further columns, each as `further` says."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    open: bool = False
    references: tuple[Reference, ...] = ()
    further: Column = Column("one per survey question kept", "texts", "the answers given, each an item")

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

    def all_columns(self, frame: pd.DataFrame) -> list[Column]:
        """Declared columns, and those that an open table has in `frame`."""
        extra = self.extra_names(frame) if self.open else []
        return [*self.columns, *(replace(self.further, name=name) for name in extra)]

    def empty(self) -> pd.DataFrame:
        """A table with all columns and no row."""
        import pandas as pd

        return self.conform(pd.DataFrame({name: [] for name in self.names}))

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with declared columns first, each of its declared type, and check it.

        Raises:
            TableError: a column is missing or surplus, a value has the wrong type, a required value is
                empty, a value is not allowed, or the key is not unique.
        """
        import pandas as pd

        _raise_first(self.shape_faults(frame))
        typed = {column.name: self._typed(frame[column.name], column) for column in self.all_columns(frame)}
        result = pd.DataFrame(typed, index=frame.index).reset_index(drop=True)
        self.check(result)
        return result

    def check(self, frame: pd.DataFrame) -> None:
        """Check required and allowed values and the uniqueness of the key of a table whose values have their types.

        Raises:
            TableError: see `conform`.
        """
        for column in self.columns:
            _raise_first(self.constraint_faults(frame[column.name], column))
        _raise_first(self.key_faults(frame))

    def shape_faults(self, frame: pd.DataFrame) -> list[Fault]:
        """Columns that are missing, and columns that are not declared."""
        faults = []
        if missing := [name for name in self.names if name not in frame.columns]:
            found = ", ".join(map(str, frame.columns))
            text = f"Table {self.name}: missing column(s) {', '.join(missing)}; found {found}. Make the table again."
            faults.append(Fault("", len(frame), text))
        if (extra := self.extra_names(frame)) and not self.open:
            text = f"Table {self.name}: undeclared column(s) {', '.join(extra)}. Declare them or drop them."
            faults.append(Fault("", len(frame), text))
        return faults

    def key_faults(self, frame: pd.DataFrame) -> list[Fault]:
        """Rows that repeat the key of another; examples are told without personal columns."""
        doubled = frame.duplicated(list(self.key))
        if not doubled.any():
            return []
        shown = frame.loc[doubled, [name for name in self.key if name not in self.personal_names]].head(3)
        example = f", for example {shown.to_dict('records')}" if len(shown.columns) else ""
        rows = int(doubled.sum())
        text = f"Table {self.name}: {rows} row(s) repeat the key ({', '.join(self.key)}){example}. {_MEND}"
        return [Fault("", rows, text)]

    def value_faults(self, values: pd.Series[Any], column: Column) -> list[Fault]:
        """Values that are not of the column's kind, else those that break its constraints."""
        if is_kind(values, column.kind):
            return self.constraint_faults(values, column)
        text = f"{self._where(column)}: the values are not {column.kind} ({values.dtype}). {_MEND}"
        return [Fault(column.name, len(values), text)]

    def constraint_faults(self, values: pd.Series[Any], column: Column) -> list[Fault]:
        """Values of the right kind that break the column's constraints."""
        faults: list[Fault] = []

        def count(bad: pd.Series[Any], what: str) -> None:
            if rows := int(bad.sum()):
                faults.append(Fault(column.name, rows, f"{self._where(column)}: {rows} row(s) {what}. {_MEND}"))

        if column.filled and column.kind != "flag":
            count(~is_filled(values, column.kind), f"without {column.name}")
        if column.allowed:
            count(~values.isin(column.allowed), f"with none of {', '.join(column.allowed)}")
        if column.least is not None:
            count(values < column.least, f"below {column.least:g}")
        if column.most is not None:
            count(values > column.most, f"above {column.most:g}")
        return faults

    def _where(self, column: Column) -> str:
        return f"Table {self.name}, column {column.name}"

    def _typed(self, values: pd.Series[Any], column: Column) -> pd.Series[Any]:
        try:
            return converted(values, column.kind)
        except UnfitValuesError as error:
            raise TableError(f"{self._where(column)}: {error}. {_MEND}") from error


def _raise_first(faults: Sequence[Fault]) -> None:
    for fault in faults:
        raise TableError(fault.text)


_BLANKS = " \u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
_SIGNS = "=+@\uff1d\uff0b\uff20\ufe62\ufe66\ufe6b\uff0d\ufe63-"
"""What begins a formula, also full-width and small: a spreadsheet may fold those. The plain minus stands last."""
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_FORMULA = re.compile(f'[{_BLANKS}"]*[{_SIGNS}]')
_RUNS = re.compile(rf"[\t\r\n]|{_FORMULA.pattern}")
_SUSPECT = f'^[\t\r\n]|(?:^|;)[{_BLANKS}"]*[{_SIGNS}]|[\r{_CONTROLS}]'
"""A cell with a piece that runs, or with a control character; understood alike by `re` and by RE2."""
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}
_PICTURES |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)


def for_spreadsheet(frame: pd.DataFrame, *, list_separator: str = "; ") -> pd.DataFrame:
    """A copy that is safe and readable as CSV: lists joined, and no cell that a spreadsheet would run.

    A text gets a leading apostrophe where it begins with one of `= + - @`, their full-width forms, a tab or a line
    end, also behind blanks or a double quote, unless it is a plain number (OWASP, "CSV Injection"). So does each
    part behind a semicolon, which many spreadsheets take for the separator. Column names are treated alike: those of
    delivered rows are as hostile as the values. Control characters become their pictures (U+2400 to U+2421), line
    ends line feeds, and what is no character U+FFFD.
    """
    import pandas as pd

    cells = {place: _cells(frame.iloc[:, place], list_separator) for place in range(frame.shape[1])}
    names = _safe(pd.Series(frame.columns.map(str), dtype=object))
    return pd.DataFrame(cells, index=frame.index).set_axis(pd.Index(names), axis=1)


def _cells(values: pd.Series[Any], list_separator: str) -> pd.Series[Any]:
    import pandas as pd
    from pandas.api import types

    if types.is_numeric_dtype(values) or types.is_datetime64_any_dtype(values):
        return values
    if types.infer_dtype(values, skipna=False) != "string":
        values = pd.Series(_joined(values.tolist(), list_separator), index=values.index, dtype=object)
    return _safe(values.astype(object))


def _joined(cells: list[Any], list_separator: str) -> Any:
    """The cells with each list made one text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if set(map(type, cells)) <= {list, tuple, type(None)}:
        with suppress(pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # not all items are text
            lists = pa.array(cells, pa.list_(pa.string()))
            if not lists.flatten().null_count:
                return pc.binary_join(lists, list_separator).to_numpy(zero_copy_only=False)
    return [list_separator.join(map(str, cell)) if isinstance(cell, list | tuple) else cell for cell in cells]


def _safe(values: pd.Series[Any]) -> pd.Series[Any]:
    """The values with each text made safe."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    from pandas.api.types import infer_dtype

    is_text = infer_dtype(values, skipna=False) == "string"
    texts = values.to_numpy() if is_text else [value if isinstance(value, str) else None for value in values]
    try:
        column = pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding writes
        return _safe(values.map(lambda value: _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value))
    suspects = pc.indices_nonzero(pc.match_substring_regex(column, _SUSPECT)).to_pylist()
    if not suspects:
        return values
    cells = values.to_numpy(copy=True)
    cells[suspects] = [_safe_text(cells[place]) for place in suspects]
    return pd.Series(cells, index=values.index, dtype=object)


def _safe_text(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first, *others = text.split(";")
    parts = [f"'{first}" if _runs(first, _RUNS) else first]
    for part in others:
        bare = part.lstrip(" ")
        parts.append(f"{part.removesuffix(bare)}'{bare}" if _runs(part, _FORMULA) else part)
    return ";".join(parts).translate(_PICTURES)


def _runs(part: str, pattern: re.Pattern[str]) -> bool:
    return pattern.match(part) is not None and _PLAIN_NUMBER.fullmatch(part.strip(" ")) is None


def describe(tables: Sequence[Table]) -> str:
    """Markdown of a data dictionary for `tables`."""
    lines: list[str] = []
    for table in tables:
        lines += [f"## {table.name}", "", table.meaning, "", f"Key: {', '.join(f'`{name}`' for name in table.key)}", ""]
        if table.references:
            lines += ["References:", "", *(f"- {reference.text}" for reference in table.references), ""]
        lines += ["| column | kind | constraint | personal | meaning |", "|---|---|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.kind} | {column.constraint} | {'yes' if column.personal else ''} | "
            f"{column.meaning} |"
            for column in table.columns
        ]
        if table.open:
            lines += [f"| *({table.further.name})* | {table.further.kind} | | | {table.further.meaning} |"]
        lines += [""]
    return "\n".join(lines)
