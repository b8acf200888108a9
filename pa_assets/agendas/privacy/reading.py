"""Rows of deliveries that are left out when they are read, because they are of somebody who was forgotten.

Runs ask here for every file of people. Without a list nothing is read and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Event, EventConfig
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.landing_columns import ROLES
from pa_assets.agendas.core.people.suppression import badges_of, shows_of
from pa_assets.agendas.privacy.places import ENTRY_SCANS, REGISTRATIONS, SHOW_NAMED_IN
from pa_assets.agendas.privacy.rows import entry_shows, marked
from pa_assets.kit.suppression import SuppressionFile

_OF_PEOPLE = frozenset({"registrations", "demographics", "scans", "entry_scans", "bookings", "mappings"})
_ALL_COLUMNS = sorted({name for role in ROLES.values() for name in role.columns})


def without_forgotten(
    rows: pd.DataFrame, role: str, config: EventConfig, registrations: Sequence[Path], root: Path
) -> tuple[pd.DataFrame, int]:
    """The rows without those of people on the suppression list, and how many those were.

    A person who registered anew has a new badge, which is on no list: it is taken from the registrations.

    Args:
        rows: as `read_rows` gives them.
        role: landing role; a cohort may follow a `/`.
        config: of the event.
        registrations: the registration files of the event.
        root: project root.

    Raises:
        SuppressionError: there is a list that cannot be used.
        LandingError: a registration file cannot be read.
    """
    role, _, cohort = role.partition("/")
    listed = SuppressionFile(root).read()
    if not len(listed) or role not in _OF_PEOPLE or rows.empty:
        return rows, 0
    shows = shows_of(config.event, cohort, named_in=SHOW_NAMED_IN.get(role, ()))
    files = () if role == REGISTRATIONS else registrations
    further = _new_badges(root, config.event.model_dump_json(), _state(root, files))

    def known(keys: Iterable[str]) -> set[str]:
        several = set(keys)
        return listed.known(several) | (further & several)

    shown = entry_shows(rows, config.attendance.file_show_map) if role == ENTRY_SCANS else rows
    own = marked(shown, shows, known, spreadsheet=False)[0]
    if not own.any():
        return rows, 0
    return rows[~own].reset_index(drop=True), int(np.count_nonzero(own))


@lru_cache(maxsize=4)
def _new_badges(root: Path, event: str, state: tuple[tuple[Path, int, int], ...]) -> frozenset[str]:
    """Keys of all badges of suppressed people in the registration files; read again when a file changes."""
    if len(state) == 1:
        return frozenset()
    shows = shows_of(Event.model_validate_json(event), named_in=SHOW_NAMED_IN[REGISTRATIONS])
    rows = read_rows([path for path, _, _ in state[1:]], REGISTRATIONS, absent=_ALL_COLUMNS)
    own = rows[marked(rows, shows, SuppressionFile(root).read().known, spreadsheet=False)[0]]
    return frozenset(badges_of(own, shows))


def _state(root: Path, files: Sequence[Path]) -> tuple[tuple[Path, int, int], ...]:
    return tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in (SuppressionFile(root).path, *files))
