"""Further columns of entrance scans: which are kept, under which names; those that may tell who somebody is are not.

Days are `entry_days`; badges, shows and entries are `entry_scans`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pa_assets.agendas.core.landing_columns import is_name
from pa_assets.agendas.core.tables import ENTRY_SCANS
from pa_assets.agendas.core.text import SEPARATOR, slug, tidy_values

_WITHIN_A_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHO = re.compile(
    r"(?:^|_)(?:salutation|title|forenames?|surnames?|initials|nickname|age|gender|sex|birth|dob|birthday|nationality|"
    r"e?mail|tel|telephone|phone|mobile|cell|fax|contact|linkedin|twitter|facebook|instagram|passport|photo|signature|"
    r"address|street|town|city|county|post|postcode|postal|zip|company|organi[sz]ation|employer|practice|job|"
    r"person|visitor|attendee|delegate|comments?|notes?|remarks?)(?:_|$)"
    r"|email|phone|mobile|surname|forename|firstname|lastname|address|postcode|jobtitle"
)
"""Names of columns, in lower case with `_`, that tell who somebody is, or may hold any text."""
_NAME = re.compile(r"(?:^|_)names?(?:_|$)")
_THING = re.compile(
    r"(?:^|_)(?:show|event|session|seminar|hall|gate|door|room|stand|zone|area|day|device|scanner|file|badge_type|"
    r"ticket|product|campaign|package|category)(?:_|$)"
)
"""What a column may hold the name of."""
_ADDRESS = r"[^\s@]@[^\s@]+\.[^\s@]"


def further_columns(delivered: pd.DataFrame, names: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
    """Further columns as clean texts, by names in lower case with `_`; blank ones are left out.

    Columns whose names are one but for case and punctuation are one column. A name that the table has already gets
    `_as_delivered` behind it.

    Args:
        delivered: the rows.
        names: the columns that nothing else is made of.

    Returns:
        The columns, by name; and the names of those left out because they may tell who somebody is.
    """
    by_name: dict[str, list[pd.Series[Any]]] = {}
    personal = []
    for name in sorted(names):
        values = tidy_values(delivered[name])
        if values.eq("").all():
            continue
        if may_tell_who(name) or values.drop_duplicates().str.contains(_ADDRESS).any():
            personal.append(name)
        else:
            by_name.setdefault(column_name(name), []).append(values)
    kept = {name: _joined(columns) for name, columns in sorted(by_name.items())}
    return pd.DataFrame(kept, index=delivered.index, dtype=object), personal


def column_name(name: str) -> str:
    """The name of a further column: lower case with `_`."""
    clean = slug(_WITHIN_A_WORD.sub(" ", name))
    return f"{clean}_as_delivered" if clean in ENTRY_SCANS.names else clean


def may_tell_who(name: str) -> bool:
    """Whether a column may tell who somebody is, by its name; what is no name may be a cell."""
    clean = column_name(name)
    if not clean or not is_name(name) or _WHO.search(clean):
        return True
    return bool(_NAME.search(clean)) and not _THING.search(clean)


def _joined(columns: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    """Several columns as one, with each text that is there."""
    first, *others = columns
    for other in others:
        both = first.ne("") & other.ne("") & first.ne(other)
        first = first.mask(first.eq(""), other).mask(both, first + SEPARATOR + other)
    return first
