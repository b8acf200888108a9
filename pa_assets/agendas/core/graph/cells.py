"""Values as the tables and as a server have them, made comparable: one 64-bit number per cell, 0 where there is none.

Which rows are compared is `compare`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.kit import fingerprint


def cells(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Numbers of the values of some columns; a column that is not there has no values.

    Equal values have equal numbers, and those of different columns or types have different ones.
    """
    none = np.zeros(len(frame), dtype=np.uint64)
    return pd.DataFrame(
        {name: _numbers(frame[name], name) if name in frame else none for name in names}, index=frame.index
    )


def _numbers(values: pd.Series[Any], name: str) -> np.ndarray[Any, np.dtype[np.uint64]]:
    texts = values.astype(object).map(_text).to_numpy(dtype=object)
    # Not by categories: pandas takes texts that differ in NUL characters alone for one category.
    numbers = pd.util.hash_array(texts, hash_key=fingerprint.of_text("cell", name)[:16], categorize=False)
    return np.where(texts == "", np.uint64(0), numbers)


def _text(value: Any) -> str:
    """A value with its type, `""` for none: absent, not a number, and empty texts and lists."""
    if isinstance(value, str):
        return "t" + value if value else ""
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        return f"b{int(value)}"
    if isinstance(value, int | np.integer):
        return f"i{int(value)}"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"f{float(value)!r}"
    if isinstance(value, list | np.ndarray):
        return _list_text(value) if len(value) else ""
    return _time_text(value)


def _time_text(value: Any) -> str:
    """A time of pandas or of a server's driver as one of Python: to the microsecond, as a server keeps it."""
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    elif hasattr(value, "to_native"):
        value = value.to_native()
    return f"d{value.isoformat()}" if isinstance(value, dt.datetime) else f"?{value!r}"


def _list_text(values: Any) -> str:
    if isinstance(values[0], str):
        return f"l{list(values)!r}"
    return "v" + fingerprint.of_bytes(np.asarray(values, dtype=np.float64).tobytes())
