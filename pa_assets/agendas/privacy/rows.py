"""One file -> the rows that are a person's, by number or as values; nothing is written here.

Formats are told by content: Parquet, CSV, JSON as delivered (an array of rows) or as made (any tree). Archives of
exported calendars are told by name; an entry is a visitor's.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pa_assets.agendas.core.entry_scans import show_of_file
from pa_assets.agendas.core.exports.names import CALENDARS_ENDING
from pa_assets.agendas.core.landing import LandingError, read_rows
from pa_assets.agendas.core.landing_columns import ROLES
from pa_assets.agendas.core.people.suppression import (
    Known,
    Shows,
    badge_keys,
    badge_list_columns,
    is_own_record,
    named,
    names_badge_in_list,
    own_rows,
    without_badges,
)
from pa_assets.agendas.core.tables import COHORTS
from pa_assets.agendas.core.text import each_value
from pa_assets.agendas.privacy.places import ENTRY_SCANS, Place

GRAPH_TWINS = "graph"
"""Folder of the Parquet twins of the graph."""
PARQUET, JSON_TREE, CALENDARS, RECORDS, OTHER = "Parquet", "JSON", "calendars", "rows", "other"
_TABLES = (".csv", ".tsv", ".bak", ".json", ".jsonl", ".ndjson", ".txt", ".gz", ".zip")
_ALL_COLUMNS = sorted({name for role in ROLES.values() for name in role.columns})


@dataclass(frozen=True)
class Rows:
    """The rows of a file, and which are the person's."""

    table: pd.DataFrame
    own: npt.NDArray[np.bool_]
    mentioned: npt.NDArray[np.bool_]
    """Other rows that hold a badge of the person in a list of past badges."""

    @property
    def numbers(self) -> dict[str, set[int]]:
        """Numbers of the rows by the name of the delivered file (`archive.zip/member.csv`)."""
        mine = self.table.loc[self.own, ["source_file", "source_row"]]
        return {str(file): set(rows.tolist()) for file, rows in mine.groupby("source_file")["source_row"]}

    @property
    def emptied(self) -> set[str]:
        """Names of the delivered files all of whose rows are the person's."""
        return set(self.table.loc[self.own, "source_file"]) - set(self.table.loc[~self.own, "source_file"])


@dataclass
class Pruned:
    """A JSON tree without what is the person's."""

    value: Any = None
    gone: list[Any] = field(default_factory=list)


def format_of(place: Place) -> str:
    """The format of a file, by its first bytes."""
    with place.path.open("rb") as stream:
        start = stream.read(4096)
    if start.startswith(b"PAR1"):
        return PARQUET
    if not start.strip() or place.path.suffix.lower() not in _TABLES:
        return OTHER
    if not place.landed and place.path.name.endswith(CALENDARS_ENDING):
        return CALENDARS
    if not place.landed and place.path.suffix == ".json":
        return JSON_TREE
    return RECORDS


def delivered_rows(place: Place) -> pd.DataFrame:
    """All rows of a CSV or JSON file, as texts.

    Raises:
        LandingError: it cannot be read.
    """
    role = place.role or ("made" if not place.landed else "unknown")
    rows = read_rows([place.path], role, absent=_ALL_COLUMNS)
    return entry_shows(rows, place.config.attendance.file_show_map) if place.role == ENTRY_SCANS else rows


def entry_shows(rows: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
    """Entry scans with the show code that the settings give to their file, where the row names none."""
    if rows.empty or not codes:
        return rows
    own = rows["show_ref"] if "show_ref" in rows else pd.Series("", index=rows.index, dtype=object)
    of_file = each_value(rows["source_file"], lambda file: show_of_file(file, dict(codes)))
    return rows.assign(show_ref=own.mask(own.str.strip() == "", of_file))


def rows_of(place: Place, known: Known) -> Rows:
    """The rows of a CSV or JSON file, and which are the person's."""
    table = delivered_rows(place)
    return Rows(table, *marked(table, place.shows, known, spreadsheet=not place.landed))


def marked(
    table: pd.DataFrame, shows: Shows, known: Known, *, spreadsheet: bool
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether each row is the person's, and whether another row holds one of their badges in a list."""
    own = np.zeros(len(table), dtype=bool)
    for people in named(table, spreadsheet=spreadsheet):
        own |= own_rows(people, shows, known)
    return own, names_badge_in_list(table, shows, known) & ~own


def parquet_rows(place: Place, known: Known) -> Rows:
    """The rows of a Parquet file, and which are the person's; vectors and times are left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(place.path, partitioning=None)
    texts = [
        item.name
        for item in table.schema
        if pa.types.is_string(item.type) or pa.types.is_large_string(item.type) or pa.types.is_list(item.type)
    ]
    frame = table.select(texts).to_pandas()
    frame.index = pd.RangeIndex(len(table))
    if place.path.parent.name == GRAPH_TWINS:
        frame = _ends_named(frame, place.path.stem)
    return Rows(frame, *marked(frame, place.shows, known, spreadsheet=False))


def _ends_named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of the graph with the badges at both ends of its relationships under names that tell whose they are."""
    ends = name.split(".")
    sides = (("start_BadgeId", "", ends[0]), ("end_BadgeId", "other_", ends[-1]), ("BadgeId", "", ends[0]))
    for column, prefix, node in sides:
        cohort = next((cohort for cohort in COHORTS if cohort in node), "")
        if column in frame:
            frame = frame.rename(columns={column: f"{prefix}badge_id"}).assign(**{f"{prefix}cohort": cohort})
    return frame


def edited_lists(rows: Rows, shows: Shows, known: Known) -> dict[str, list[Any]]:
    """The list columns of a table without the badges that are known."""
    past = (*shows.by_cohort["last_year_main"], *shows.by_cohort["last_year_secondary"])
    return {
        name: [without_badges(cell, past, known) for cell in rows.table[name]]
        for name in badge_list_columns(map(str, rows.table.columns))
    }


def pruned(place: Place, known: Known) -> tuple[str, Pruned]:
    """The text of a JSON file, and its tree without what is the person's.

    Raises:
        LandingError: it cannot be read.
    """
    try:
        text = place.path.read_text("utf-8")
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LandingError(f"{place.path.name}: no JSON that can be read") from error
    found = Pruned()
    found.value = _prune(value, place.shows, known, found.gone)
    return text, found


def _prune(value: Any, shows: Shows, known: Known, gone: list[Any]) -> Any:
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            of_badge = isinstance(inner, dict | list) and bool(known(badge_keys(shows.unnamed, name)))
            if of_badge or _is_own(inner, shows, known):
                gone.append({name: inner})
            elif isinstance(inner, list) and badge_list_columns([name]):
                kept[name] = without_badges(inner, shows.unnamed, known)
            else:
                kept[name] = _prune(inner, shows, known, gone)
        return kept
    if not isinstance(value, list):
        return value
    items = []
    for item in value:
        if _is_own(item, shows, known):
            gone.append(item)
            continue
        before = len(gone)
        kept = _prune(item, shows, known, gone)
        if kept != {} or len(gone) == before:
            items.append(kept)
    return items


def _is_own(value: Any, shows: Shows, known: Known) -> bool:
    """Whether a record is the person's, or that of a visitor with what was made for them."""
    if not isinstance(value, dict):
        return False
    return is_own_record(value, shows, known) or _is_own(value.get("visitor"), shows, known)


def calendars_of(place: Place, known: Known) -> dict[str, str]:
    """Name and text of the person's entries in an archive of calendars, which names the badge in their comments.

    Raises:
        LandingError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(place.path) as archive:
            entries = archive.infolist()
            own = [info for info in entries if known(badge_keys(place.shows.unnamed, info.comment.decode("utf-8")))]
            return {info.filename: archive.read(info).decode("utf-8") for info in own}
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
        raise LandingError(f"{place.path.name}: no archive of calendars that can be read") from error


def values_of(rows: Rows) -> Iterator[dict[str, Any]]:
    """The person's rows as they stand in the file, without cells that are blank."""
    for record in rows.table[rows.own].to_dict("records"):
        yield {str(name): value for name, value in record.items() if not _blank(value)}


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value) or (isinstance(value, float) and value != value)
