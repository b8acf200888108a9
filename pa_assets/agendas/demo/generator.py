"""A whole synthetic show of any size: landing files in the documented shapes, and the truth behind them.

`generate` makes a show from nothing, `populate` puts people on given programmes. The landing folder holds
only what an organiser would deliver; what is hidden from the product (interests, removed streams, which
rows are wrong) goes to the truth folder, which must lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import COHORTS, THIS_YEAR
from pa_assets.agendas.demo import attendance, people, programme, writer
from pa_assets.agendas.demo.dirt import Dirt, cohorts_with_scans
from pa_assets.agendas.demo.people import Population
from pa_assets.agendas.demo.profiles import ShowProfile, configured_profile
from pa_assets.agendas.demo.programme import Programme
from pa_assets.agendas.demo.shipped_profiles import SHIPPED
from pa_assets.kit import fingerprint
from pa_assets.kit.files import read_json, write_csv

MARKER = "demo.json"
"""Truth file that says which landing files were generated, and from what."""

VERSION = 1
"""Raised when the same arguments give another show."""


@dataclass(frozen=True)
class GeneratedShow:
    """What was written, or found as it was written before."""

    event: str
    landing: Path
    truth: Path
    files: tuple[Path, ...]
    counts: Mapping[str, int]
    """Rows of each landing file, and `visitors`: clean registrations of this year."""
    written: bool = True
    """False where the landing folder was left as it was."""


class UnknownShowError(ValueError):
    """No profile of that name, and no configuration to make one from."""


def profile(event_name: str, config: object | None = None) -> ShowProfile:
    """The profile of an event: a shipped one by name, else one made from its `EventConfig`.

    Raises:
        UnknownShowError: the event is not shipped and no configuration is given.
    """
    if event_name in SHIPPED:
        return SHIPPED[event_name]
    from pa_assets.agendas.config import EventConfig

    if not isinstance(config, EventConfig):
        raise UnknownShowError(
            f"No synthetic show is known for event {event_name!r} (known: {', '.join(sorted(SHIPPED))}). "
            f"Write config/{event_name}.yaml first: `pa new-event {event_name}`."
        )
    return configured_profile(event_name, config)


def generate(
    show: ShowProfile,
    *,
    visitors: int,
    sessions: int = 115,
    seed: int,
    landing: Path,
    truth: Path,
    after_show: bool = False,
) -> GeneratedShow:
    """Write a synthetic show.

    Args:
        show: the profile.
        visitors: valid registrations of this year, at least 20; past cohorts follow from it.
        sessions: sessions of this year, at least 10; past programmes are about as large.
        seed: equal arguments, equal bytes.
        landing: folder for the files as delivered.
        truth: folder for the hidden truth, outside `landing`.
        after_show: also write what is delivered after the show: this year's scans and entry scans.

    Raises:
        ValueError: a size is too small, or the truth would lie among the landing files.
    """
    if visitors < 20 or sessions < 10:
        raise ValueError(f"A show needs at least 20 visitors and 10 sessions; asked for {visitors} and {sessions}.")
    sizes = {cohort: max(10, round(sessions * part)) for cohort, part in zip(COHORTS, (1.0, 0.95, 0.8), strict=True)}
    programmes = {cohort: programme.make(show, cohort, sessions=sizes[cohort], seed=seed) for cohort in show.cohorts}
    return populate(show, programmes, visitors=visitors, seed=seed, landing=landing, truth=truth, after_show=after_show)


def populate(
    show: ShowProfile,
    programmes: Mapping[str, Programme],
    *,
    visitors: int,
    seed: int,
    landing: Path,
    truth: Path,
    after_show: bool = False,
    dirty_programme: bool = True,
) -> GeneratedShow:
    """Put synthetic visitors on given programmes, one per cohort of the show, and write everything.

    The programmes share one list of streams. With `dirty_programme` false the programmes are written as given.

    Raises:
        ValueError: the truth would lie among the landing files.
    """
    if truth.resolve().is_relative_to(landing.resolve()):
        raise ValueError(f"The truth folder {truth} lies in the landing folder, where the product would read it.")
    streams = programmes[THIS_YEAR].streams
    population = people.make(show, streams, visitors=visitors, seed=seed)
    visits = {
        cohort: attendance.make(show.event, cohort, population, programmes[cohort], seed=seed)
        for cohort in show.cohorts
    }
    dirt = Dirt(show.event, seed)
    delivered = {
        cohort: dirt.programme(given.delivered(), cohort, show) if dirty_programme else given.delivered()
        for cohort, given in programmes.items()
    }
    landed = [writer.write_programme(landing, cohort, rows) for cohort, rows in delivered.items()]
    shown = [cohort for cohort in cohorts_with_scans(after_show=after_show) if cohort in show.cohorts]
    for cohort in shown:
        rows = dirt.scans(visits[cohort].scans, cohort)
        landed += writer.write_scans(landing, cohort, rows, visits[cohort].reference)
    if after_show:
        days = sorted(programmes[THIS_YEAR].sessions["date"].unique())
        entrance = attendance.entry_scans(show.event, population, THIS_YEAR, visits[THIS_YEAR], days, seed=seed)
        landed.append(writer.write_entry_scans(landing, entrance))
    came = {badge for cohort in shown for badge in visits[cohort].attended["badge_id"]}
    registered = population.registrations.assign(attended=population.registrations["badge_id"].isin(came))
    landed += writer.write_registrations(landing, show, dirt.registrations(registered, show))
    landed += writer.write_answers(landing, show, dirt.answers(people.answers(show, population, seed), show))
    theatres = sorted(programmes[THIS_YEAR].sessions["theatre__name"].unique())
    landed.append(writer.write_capacity(landing, show.event, theatres, seed))
    landed += writer.write_mappings(landing, show, streams, population.practices)
    write_truth(truth, population, programmes, visits, dirt)
    arguments = {
        "visitors": visitors,
        "sessions": len(programmes[THIS_YEAR].sessions),
        "seed": seed,
        "after_show": after_show,
    }
    return finish(show.event, landing, truth, landed, arguments)


def write_truth(
    truth: Path,
    population: Population,
    programmes: Mapping[str, Programme],
    visits: Mapping[str, attendance.Scans],
    dirt: Dirt,
) -> None:
    """Write what the product must not see: interests, people, streams, attendance, dirt."""
    registered = population.registrations[["cohort", "badge_id", "person"]]
    write_csv(truth / "people.csv", registered)
    own = population.interests[registered["person"].to_numpy()]
    row, column = np.nonzero(own)
    interests = registered[["cohort", "badge_id"]].iloc[row].reset_index(drop=True)
    streams = np.array(programmes[THIS_YEAR].streams, dtype=object)
    write_csv(truth / "interests.csv", interests.assign(stream=streams[column], strength=own[row, column]))
    write_csv(truth / "session_streams.csv", session_streams(programmes))
    write_csv(
        truth / "attendance.csv",
        pd.concat([visit.attended.assign(cohort=cohort) for cohort, visit in visits.items()], ignore_index=True),
    )
    write_csv(truth / "dirt_rows.csv", dirt.table())
    writer.write_document(truth / "dirt.json", {"kinds": dirt.summary(), "expected_quarantine": dirt.expected()})


def session_streams(programmes: Mapping[str, Programme]) -> pd.DataFrame:
    """cohort, session_id, stream (true, joined by ";"), removed (True where delivered without)."""
    parts = [
        given.sessions[["session_id", "stream"]].assign(cohort=cohort, removed=given.removed)
        for cohort, given in programmes.items()
    ]
    return pd.concat(parts, ignore_index=True)[["cohort", "session_id", "stream", "removed"]]


def finish(
    event: str, landing: Path, truth: Path, landed: list[Path], arguments: Mapping[str, object]
) -> GeneratedShow:
    """Write the marker of a generated landing folder and report what is there."""
    files = tuple(sorted(landed))
    counts = {path.name: _rows(path) for path in files}
    marker = {
        "event": event,
        "version": VERSION,
        "arguments": dict(arguments),
        "files": {path.name: fingerprint.of_file(path) for path in files},
        "counts": {**counts, "visitors": int(str(arguments["visitors"]))},
    }
    writer.write_document(truth / MARKER, marker)
    return GeneratedShow(event, landing, truth, files, marker["counts"])  # type: ignore[arg-type]


def _rows(path: Path) -> int:
    """Rows of a landing file: lines of a CSV without its header, objects of an array written one per line."""
    if path.suffix == ".csv":
        return len(pd.read_csv(path, usecols=[0], dtype=str))
    value = read_json(path)
    return len(value["data"]["demographics"] if isinstance(value, dict) else value)
