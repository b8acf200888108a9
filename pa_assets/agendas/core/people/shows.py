"""Which show, and so which cohort, a delivered row belongs to: by its own code, its source, its file name.

A code that the event does not know is never replaced by a likely one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.core.text import each_value, tidy_values

EXCLUDED = "excluded"
UNKNOWN = "unknown"

_TOKEN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2,})(\d{2,})(?![A-Za-z0-9])((?:[_-]\d{2}(?!\d))*)")
_SHAPED_AS_CODE = re.compile(r"[A-Z]{1,20}\d{1,8}(?:[_-]\w{1,8})*", re.ASCII)


def show_cohorts(event: Event) -> dict[str, str]:
    """Cohort of each show code in upper case; `EXCLUDED` for codes to set aside."""
    groups = {
        EXCLUDED: event.shows_this_year_exclude,
        LAST_YEAR_SECONDARY: event.shows_last_year_secondary,
        LAST_YEAR_MAIN: event.shows_last_year_main,
        THIS_YEAR: event.shows_this_year,
    }
    return {code.strip().upper(): cohort for cohort, codes in groups.items() for code in codes}


def resolve_shows(rows: pd.DataFrame, event: Event, named_in: Sequence[str]) -> pd.DataFrame:
    """Show code and cohort of each row.

    A row's own `show_ref` counts first, then a code in each column of `named_in`, in turn: a text such as
    `CPCN25_Com` or `registrations_LVS25.json` names the code. Where a text names several shows of the event
    (`CPCN24_25`), it decides nothing.

    Returns:
        Columns `code` (upper case, `""` where none is named) and `cohort` (a cohort, `EXCLUDED`, `UNKNOWN`,
        or `""` where no code is named), aligned with `rows`.
    """
    cohorts = show_cohorts(event)
    code = each_value(tidy_values(rows["show_ref"]), str.upper)
    for column in named_in:
        code = code.mask(code == "", each_value(rows[column], lambda text: _named_code(text, cohorts)))
    cohort = each_value(code, lambda value: cohorts.get(value, UNKNOWN if value else ""))
    return pd.DataFrame({"code": code, "cohort": cohort}, index=rows.index)


def unknown_code_detail(code: pd.Series[Any]) -> pd.Series[Any]:
    """What to say of rows whose code is unknown or missing."""
    return each_value(
        code,
        lambda value: (
            f"{shown_code(value)} stands in none of the lists of config event.shows_*"
            if value
            else "no show code in show_ref, source or file name"
        ),
    )


def shown_code(code: str) -> str:
    """A show code for a message; of what is not shaped as one only its length: it may be a person's name or e-mail."""
    shaped = _SHAPED_AS_CODE.fullmatch(code)
    return f"show code {code}" if shaped else f"a text of {len(code)} characters in place of a show code"


def _named_code(text: str, cohorts: dict[str, str]) -> str:
    """The code that a text names: the only known one, else the first unknown one, else none."""
    tokens: list[str] = []
    for letters, digits, further_years in _TOKEN.findall(text):
        years = [digits, *re.findall(r"\d{2}", further_years)]
        tokens += [f"{letters}{year}".upper() for year in years]
    known = {token for token in tokens if token in cohorts}
    if len(known) > 1:
        return ""
    return next(iter(known), tokens[0] if tokens else "")
