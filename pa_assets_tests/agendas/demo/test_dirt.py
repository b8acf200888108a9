"""The product's own cleaning must set aside exactly the rows that the generator spoiled, and nothing else."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.core.attendance import match_attendance
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.people.answers import process_answers
from pa_assets.agendas.core.people.registrations import process_registrations
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.sessions.programme import process_programme
from pa_assets.agendas.core.sessions.titles import content_markers
from pa_assets.agendas.core.tables import COHORTS
from pa_assets.agendas.demo.dirt import KINDS
from pa_assets.agendas.demo.generator import generate, profile
from pa_assets.agendas.demo.shipped_profiles import SHIPPED
from pa_assets.kit.fingerprint import FileIndex
from pa_assets.kit.resources.landing import LandingFolder

CONFIG = Path(__file__).parents[3] / "config"
VISITORS = 300


@pytest.mark.parametrize("event", sorted(SHIPPED))
def test_the_shipped_configuration_sets_aside_the_dirt_and_only_it(tmp_path: Path, event: str) -> None:
    config = load_event(CONFIG / f"{event}.yaml")
    show = generate(
        profile(event),
        visitors=VISITORS,
        seed=5,
        landing=tmp_path / "landing",
        truth=tmp_path / "truth",
        after_show=True,
    )
    expected = json.loads((show.truth / "dirt.json").read_text("utf-8"))["expected_quarantine"]
    registrations = process_registrations(
        read_rows(_find(show.landing, config.landing.registrations), "registrations"), config.event, config.people
    )
    answers = process_answers(
        read_rows(_find(show.landing, config.landing.demographics), "demographics"),
        registrations.table,
        config.event,
        config.people,
    )
    programme = process_programme(
        _by_cohort(show.landing, _programme_patterns(config), "programme"),
        config.event,
        config.sessions,
        config.stream_processing,
    )
    scans = process_scans(
        _by_cohort(show.landing, config.landing.scans.model_dump(), "scans"),
        _by_cohort(show.landing, config.landing.scan_reference.model_dump(), "scan_reference"),
        config.event,
    )
    markers = content_markers(config.sessions)
    attendance = match_attendance(scans.table, programme.table, registrations.table, config.event, markers)

    assert registrations.quarantined == expected["registrations"]
    assert answers.quarantined == expected["demographics"]
    assert programme.quarantined == expected["programme"]
    assert scans.quarantined == expected["scans"]
    assert attendance.quarantined == expected["attendance"]
    people = pd.read_csv(show.truth / "people.csv", dtype=str)
    keys = ["cohort", "badge_id"]
    assert _rows(registrations.table, keys) == _rows(people, keys)
    attended = pd.read_csv(show.truth / "attendance.csv", dtype=str)
    assert _rows(attendance.table, [*keys, "session_id"]) == _rows(attended, [*keys, "session_id"])
    asked = set(answers.table["column"]) - {""}
    assert len(asked) >= len(config.people.questions_to_keep.current) - 1


def _find(landing: Path, patterns: list[str]) -> list[Path]:
    return LandingFolder(landing, FileIndex(landing / ".index.json")).find(patterns)


def _programme_patterns(config: EventConfig) -> dict[str, list[str]]:
    files = config.session_files
    patterns = (files.session_this, files.session_past_bva, files.session_past_lva)
    return dict(zip(COHORTS, patterns, strict=True))


def _by_cohort(landing: Path, patterns: dict[str, list[str]], role: str) -> dict[str, pd.DataFrame]:
    return {cohort: read_rows(_find(landing, patterns[cohort]), role) for cohort in COHORTS}


def _rows(frame: pd.DataFrame, columns: list[str]) -> set[tuple[str, ...]]:
    return set(frame[columns].itertuples(index=False, name=None))


def test_every_kind_of_dirt_is_there_and_counted(tmp_path: Path) -> None:
    show = generate(profile("cpcn"), visitors=300, seed=2, landing=tmp_path / "landing", truth=tmp_path / "truth")
    kinds = json.loads((show.truth / "dirt.json").read_text("utf-8"))["kinds"]
    rows = pd.read_csv(show.truth / "dirt_rows.csv", dtype=str)
    counted = {name: entry["rows"] for role in kinds.values() for name, entry in role.items()}
    assert counted == rows["kind"].value_counts().to_dict()
    assert set(counted) == {kind.name for kind in KINDS}


@pytest.mark.parametrize("event", sorted(SHIPPED))
def test_profiles_agree_with_the_shipped_configuration(event: str) -> None:
    config, show = load_event(CONFIG / f"{event}.yaml"), profile(event)
    shows = config.event
    assert list(show.codes["this_year"]) == shows.shows_this_year
    assert list(show.codes["last_year_main"]) == shows.shows_last_year_main
    assert list(show.codes["last_year_secondary"]) == shows.shows_last_year_secondary
    assert set(show.excluded_codes) == set(shows.shows_this_year_exclude)
    assert show.first_days["this_year"] == shows.event_date_this_year
    assert set(show.badge_types) <= set(config.people.valid_badge_types)
    assert not set(show.other_badge_types) & set(config.people.valid_badge_types)
    titles = {title.lower() for title in config.sessions.titles_to_remove}
    assert {title.lower() for title in show.placeholder_titles} <= titles
