"""Values of tables: for each kind of column, how values become that kind and whether they are.

What a column may hold beyond its kind stands in `tables`. Imports no dagster.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "integer", "number", "flag", "time", "texts", "vector"]

_DTYPES = {"integer": "int64", "number": "float64", "flag": "bool", "time": "datetime64[us]"}


class UnfitValuesError(ValueError):
    """Values cannot become a kind; the message counts them and quotes none."""


def converted(values: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """`values` as `kind`; a copy, or `values` itself where nothing had to change.

    Raises:
        UnfitValuesError: some values cannot become that kind.
    """
    try:
        return _CONVERT[kind](values)
    except (TypeError, ValueError, OverflowError):
        unfit = int(_unfit(values, kind).sum())
    # Outside of the handler: the cause would quote a value.
    raise UnfitValuesError(f"{unfit or len(values)} value(s) are not {kind}")


def is_kind(values: pd.Series[Any], kind: Kind) -> bool:
    """Whether every value is of `kind` already, by the conventions of `tables`."""
    if kind in _DTYPES:
        return str(values.dtype) == _DTYPES[kind]
    if values.dtype != object:
        return False
    if kind == "text":
        return _all_text(values)
    if kind == "texts":
        return _are_lists_of_text(values)
    return _are_vectors(values)


def is_filled(values: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """Which values say something: no empty text, no empty list, no absent number or time; of flags, the true ones."""
    if kind == "text":
        return values.ne("")
    if kind in ("texts", "vector"):
        return values.map(len).gt(0)
    return values.astype(bool) if kind == "flag" else values.notna()


def _all_text(values: Any) -> bool:
    from pandas.api.types import infer_dtype

    return infer_dtype(values, skipna=False) in ("string", "empty")


def _are_lists_of_text(values: pd.Series[Any]) -> bool:
    return all(type(value) is list for value in values) and _all_text(list(chain.from_iterable(values)))


def _are_vectors(values: pd.Series[Any]) -> bool:
    import numpy as np

    if not all(type(value) is np.ndarray for value in values):
        return False
    return len({value.shape for value in values}) <= 1 and all(np.isfinite(value).all() for value in values)


def _unfit(values: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """Which values cannot become `kind`, as far as they can be told one by one."""
    import pandas as pd

    if kind in ("integer", "number"):
        numbers = pd.to_numeric(values, errors="coerce")
        return numbers.isna() & (values.notna() if kind == "number" else True)
    if kind == "time":
        return pd.to_datetime(values, errors="coerce").isna() & values.notna()
    if kind == "flag":
        return ~values.isin([True, False])
    return values.map(lambda value: isinstance(value, str))


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    values = values.astype(object)
    if _all_text(values):
        return values
    filled = values.where(values.notna(), "")
    return filled if _all_text(filled) else filled.map(str).astype(object)


def _integer(values: pd.Series[Any]) -> pd.Series[Any]:
    typed = values.astype("int64")
    if not (typed == values.astype("float64")).all():
        raise ValueError("a fraction")
    return typed


def _flag(values: pd.Series[Any]) -> pd.Series[Any]:
    if values.dtype != bool and not values.isin([True, False]).all():
        raise ValueError("neither true nor false")
    return values.astype(bool)


def _time(values: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    return pd.to_datetime(values).astype("datetime64[us]")


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    if _are_lists_of_text(values):
        return values.astype(object)
    lists = [_listed(value) for value in values]
    if not _all_text(list(chain.from_iterable(lists))):
        lists = [[str(item) for item in items] for items in lists]
    return pd.Series(lists, index=values.index, dtype=object)


def _listed(value: Any) -> list[Any]:
    import numpy as np

    if isinstance(value, np.ndarray):
        return value.tolist()  # type: ignore[no-any-return]
    if value is None or isinstance(value, float):
        return []
    if isinstance(value, str):
        raise TypeError("a text where a list belongs")
    return list(value)


def _vector(values: pd.Series[Any]) -> pd.Series[Any]:
    import numpy as np

    return values.map(lambda value: np.asarray(value, dtype=np.float32)).astype(object)


_CONVERT: dict[Kind, Callable[[Any], pd.Series[Any]]] = {
    "text": _text,
    "integer": _integer,
    "number": lambda values: values.astype("float64"),
    "flag": _flag,
    "time": _time,
    "texts": _texts,
    "vector": _vector,
}
