"""Programmes of real shows through the preparation of sessions: what was kept, folded, set aside, and why.

`python -m pa_assets_tests.benchmarks.real_tables --data FOLDER` prints the table; `--samples N` also prints N rows of
each reason, to look at by eye. The settings are those that a data engineer would write for each show; a file is
rewritten only where its columns mean something else than their names say.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from pa_assets.agendas.config import Event, Sessions, StreamProcessing
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.sessions import process_programme
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR

_NO_ROOMS_OR_TIMES = ("date", "start_time", "end_time", "theatre__name")
_MEETING = pd.Timedelta(hours=2)
"""Meetups say when they begin; they are taken to last two hours."""
_RE_INVENT = Sessions(
    titles_to_remove=[
        "*breakfast",
        "*lunch",
        "lactation room",
        "reflection room",
        "aws around the world",
        "aws merch store",
        "aws sports forum",
        "aws sustainability showcase",
        "community events desk",
        "customize * hoodie",
        "expo",
        "hydrate and help*",
        "ride the slide*",
        "*giant slide*",
        "tattoo and piercing zone",
    ],
    theatres_to_remove=[
        "*| booth #*",
        "*| aws village",
        "*| passport",
        "*community & impact*",
        "*festival grounds",
        "*grand canal shops*",
        "*veronese foyer",
    ],
    theatre_aliases={"Venetian | Level 2 | Hall B | Expo.": "Venetian | Level 2 | Hall B | Expo"},
    overnight=True,
)
_FOSDEM = Sessions(
    titles_to_remove=["cancelled:*", "[cancelled]*", "canceled:*", "[canceled]*", "*[canceled]"], overnight=True
)

Adapt = Callable[[Path, Path], dict[str, Path]]
"""Folder of the data, folder to write into -> file of each cohort."""


@dataclass(frozen=True)
class Show:
    """A real programme and the settings of its event."""

    name: str
    time_zone: str
    files: Adapt
    sessions: Sessions = field(default_factory=Sessions)
    absent: Collection[str] = ()

    def event(self) -> Event:
        """What the preparation asks of an event."""
        return Event(
            title=self.name,
            show="real",
            main_event_name="real",
            secondary_event_name="none",
            time_zone=self.time_zone,
            event_date_this_year=dt.date(2025, 1, 1),
            event_date_last_year=dt.date(2024, 1, 1),
            shows_this_year=["REAL25"],
        )

    def process(self, data: Path, work: Path) -> tuple[Prepared, float]:
        """Read and process; returns the result and the seconds of both, without the rewriting."""
        files = self.files(data, work)
        started = time.perf_counter()
        rows = {cohort: read_rows([path], "programme", absent=self.absent) for cohort, path in files.items()}
        prepared = process_programme(rows, self.event(), self.sessions, StreamProcessing(), self.absent)
        return prepared, time.perf_counter() - started


def _as_delivered(files: Mapping[str, str]) -> Adapt:
    return lambda data, work: {cohort: data / file for cohort, file in files.items()}


def _papers(file: str, cohort: str) -> Adapt:
    """EPSA: a paper is what people choose; `session_id` is its panel."""

    def adapt(data: Path, work: Path) -> dict[str, Path]:
        papers = pd.read_csv(data / file, dtype=str, keep_default_na=False)
        papers = papers.rename(columns={"session_id": "panel_id", "abstract_id": "session_id"})
        return {cohort: _written(papers, work / "papers.csv")}

    return adapt


def _meetings(data: Path, work: Path) -> dict[str, Path]:
    """Meetup Montana: moments in milliseconds, groups and venues by number; both halves of the time are cohorts."""
    events = pd.read_csv(data / "meetup_montana/events.csv", dtype=str, keep_default_na=False)
    groups = pd.read_csv(data / "meetup_montana/groups.csv", dtype=str, keep_default_na=False)
    start = pd.to_datetime(events["time_ms"].astype("int64"), unit="ms", utc=True)
    meetings = pd.DataFrame(
        {
            "session_id": events["event_id"],
            "title": events["title"],
            "synopsis": events["synopsis"],
            "start": start.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end": (start + _MEETING).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "venue": events["venue_id"],
            "track": events["group_id"].map(groups.set_index("group_id")["name"]).fillna(""),
        }
    )
    recent = start >= pd.Timestamp("2015-08-20", tz="UTC")
    return {
        THIS_YEAR: _written(meetings[recent], work / "this_year.csv"),
        LAST_YEAR_MAIN: _written(meetings[~recent], work / "last_year.csv"),
    }


def _written(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, index=False, lineterminator="\n")
    return path


SHOWS = (
    Show(
        "re:Invent 2024",
        "America/Los_Angeles",
        _as_delivered({THIS_YEAR: "reinvent/sessions_2024.csv"}),
        _RE_INVENT,
        absent=("session_id", "stream"),
    ),
    Show(
        "FOSDEM 2025 and 2024",
        "Europe/Brussels",
        _as_delivered({THIS_YEAR: "fosdem/sessions_2025.csv", LAST_YEAR_MAIN: "fosdem/sessions_2024.csv"}),
        _FOSDEM,
    ),
    Show(
        "EPSA 2019, a past show",
        "Europe/Belgrade",
        _papers("epsa/papers_2019.csv", LAST_YEAR_MAIN),
        absent=_NO_ROOMS_OR_TIMES,
    ),
    Show(
        "EPSA 2022, as this year's",
        "Europe/Prague",
        _papers("epsa/papers_2022.csv", THIS_YEAR),
        absent=_NO_ROOMS_OR_TIMES,
    ),
    Show(
        "EPSA 2019, panels as ids",
        "Europe/Belgrade",
        _as_delivered({LAST_YEAR_MAIN: "epsa/papers_2019.csv"}),
        absent=_NO_ROOMS_OR_TIMES,
    ),
    Show("Meetup Montana", "America/Denver", _meetings),
)


def line(show: Show, prepared: Prepared, seconds: float) -> dict[str, Any]:
    """What became of the rows of a show."""
    table = prepared.table
    slots = table.groupby(["cohort", "content_group"]).size()
    several = slots[slots > 1]
    return {
        "show": show.name,
        "rows in": prepared.rows_in,
        "kept": len(table),
        "folded": _counted(prepared.folded),
        "quarantined": _counted(prepared.quarantined),
        "talks with several slots": f"{len(several)} ({int(several.sum())} slots)",
        "sponsored": int(table["sponsored_by"].ne("").sum()),
        "theatres": table.loc[table["theatre__name"].ne(""), "theatre__name"].nunique(),
        "seconds": f"{seconds:.2f}",
        "notes": _counted(prepared.notes),
    }


def _counted(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{reason} {count}" for reason, count in counts.items()) or "0"


def samples(prepared: Prepared, count: int) -> Iterator[str]:
    """Rows set aside, spread over each reason, without persons."""
    for reason, rows in prepared.quarantine.groupby("reason"):
        yield f"\n  {reason}: {len(rows)} row(s)"
        for row in rows.iloc[:: max(1, len(rows) // count)].head(count).itertuples():
            slot = f"{row.date} {row.start_time or row.starts_at}-{row.end_time or row.ends_at}"
            yield f"    {row.source_row}: {row.title[:90]} | {row.theatre__name} | {slot} | {row.detail[:110]}"


def main() -> None:
    """Print the table, and samples of what was set aside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("PA_SHARED_DATA"), help="default: PA_SHARED_DATA")
    parser.add_argument("--samples", type=int, default=0, help="rows to print of each reason")
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("Name the folder with the shared data: --data FOLDER or PA_SHARED_DATA.")
    lines = []
    for show in SHOWS:
        with tempfile.TemporaryDirectory() as work:
            prepared, seconds = show.process(arguments.data, Path(work))
        lines.append(line(show, prepared, seconds))
        if arguments.samples:
            print(f"\n{show.name}", *samples(prepared, arguments.samples), sep="\n")
    print(tabulate(lines, headers="keys", tablefmt="github"))


if __name__ == "__main__":
    main()
