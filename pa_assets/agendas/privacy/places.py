"""The files of all events that may hold people, and what their rows mean. Reads no content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pa_assets.agendas.config import MODES, EventConfig, Mode
from pa_assets.agendas.core.known_scan_files import KNOWN_SCAN_FILES
from pa_assets.agendas.core.people.known_files import ANSWER_FILES, REGISTRATION_FILES, VISITOR_FILES
from pa_assets.agendas.core.people.suppression import Shows, shows_of
from pa_assets.agendas.core.tables import COHORTS, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.externals import landing_folder, role_patterns
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import in_mode_of, partitions_of
from pa_assets.agendas.project import Project

REGISTRATIONS, DEMOGRAPHICS, SCANS, ENTRY_SCANS, BOOKINGS, DECISIONS = (
    "registrations",
    "demographics",
    "scans",
    "entry_scans",
    "bookings",
    "identity_decisions",
)
SHOW_NAMED_IN = {
    REGISTRATIONS: ("source", "metadata_file", "source_file"),
    DEMOGRAPHICS: ("source",),
    ENTRY_SCANS: ("source_file",),
}
"""Columns that may name the show of a row, by landing role."""
_QUARANTINES = {"registrations.csv": REGISTRATIONS, "answers.csv": DEMOGRAPHICS, "entry_scans.csv": ENTRY_SCANS}
_THIS_YEARS = (
    "output/recommendations",
    "output/visitors_without_recommendations",
    "output/quarantine/bookings.csv",
    "recommendations/",
)
_COHORT_OF_FILE = {
    file.name: cohort for files in (VISITOR_FILES, REGISTRATION_FILES, ANSWER_FILES) for cohort, file in files.items()
} | {
    file.name: cohort
    for file in KNOWN_SCAN_FILES
    for part, cohort in (("bva", LAST_YEAR_MAIN), ("lva", LAST_YEAR_SECONDARY), ("this", THIS_YEAR))
    if part in file.name
}


@dataclass(frozen=True)
class Place:
    """A file, and how its rows name people."""

    path: Path
    event: str
    kind: str
    """For counts: `landing/registrations`, `output`, `recommendations` and so on."""
    shows: Shows
    config: EventConfig
    role: str = ""
    """Landing role, "" for any other file."""

    @property
    def landed(self) -> bool:
        """Whether the file was delivered, so that its bytes are kept as far as possible."""
        return self.kind.startswith("landing")


def all_places(project: Project) -> list[Place]:
    """Every file of every event, what was made first: landing files tell who a person is until all else is done."""
    return [
        *(place for event, config in project.events.items() for place in _made(event, config)),
        *(place for event, config in project.events.items() for place in landing_places(project, event, config)),
    ]


def landing_places(project: Project, event: str, config: EventConfig) -> list[Place]:
    """Every file of an event's landing folder, one place for each role that it serves."""
    folder = EventFolder(event)
    if not folder.landing.is_dir():
        return []
    store = landing_folder(folder, project.pipeline.landing_sensor.ignore)
    places: list[Place] = []
    for role, cohort, patterns in _patterns(config):
        shows = shows_of(config.event, cohort, named_in=SHOW_NAMED_IN.get(role, ()))
        places += [Place(path, event, f"landing/{role}", shows, config, role) for path in store.find(patterns)]
    served = {place.path for place in places}
    others = sorted(path for path in folder.landing.rglob("*") if path.is_file() and path not in served)
    return [*places, *(Place(path, event, "landing/other", shows_of(config.event), config) for path in others)]


def programme_files(project: Project) -> list[Path]:
    """The delivered programmes of all events: who speaks there is published."""
    found = set()
    for event, config in project.events.items():
        store = landing_folder(EventFolder(event), project.pipeline.landing_sensor.ignore)
        found |= set(store.find(role_patterns(config)["programme"]))
    return sorted(found)


def _patterns(config: EventConfig) -> Iterator[tuple[str, str, list[str]]]:
    landing = config.landing
    yield REGISTRATIONS, "", landing.registrations
    yield DEMOGRAPHICS, "", landing.demographics
    yield ENTRY_SCANS, "", landing.entry_scans
    yield BOOKINGS, THIS_YEAR, landing.bookings
    yield DECISIONS, "", landing.mappings.identity_decisions
    for cohort in COHORTS:
        yield SCANS, cohort, getattr(landing.scans, cohort)


def _made(event: str, config: EventConfig) -> Iterator[Place]:
    """What was made of the event in every mode, and what people decided."""
    root = EventFolder(event).root
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if not path.is_file() or parts[0] == "landing" or "locks" in parts:
            continue
        mode: Mode = next((mode for mode in MODES if mode == parts[0]), "personal_agendas")
        below = parts[1:] if mode == parts[0] else parts
        yield Place(path, event, below[0] if len(below) > 1 else "other", _shows(config, mode, below), config)


def _shows(config: EventConfig, mode: Mode, parts: tuple[str, ...]) -> Shows:
    name, below = parts[-1], "/".join(parts)
    cohort = THIS_YEAR if below.startswith(_THIS_YEARS) else _COHORT_OF_FILE.get(name, "")
    role = _QUARANTINES.get(name, "") if "quarantine" in parts else ""
    return shows_of(config.event, cohort, invited=mode == "engagement", named_in=SHOW_NAMED_IN.get(role, ()))


def partitions(project: Project) -> Iterator[tuple[str, EventConfig, EventFolder]]:
    """Every partition with its settings in its mode, and its folder."""
    for event, config in project.events.items():
        for partition in partitions_of(event, config):
            own = in_mode_of(partition, config)
            yield partition, own, EventFolder(event, own.mode)
