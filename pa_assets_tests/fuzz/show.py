"""The clean shows that faults are put into: small generated ones, read by plain means, canaries planted."""

from __future__ import annotations

import csv
import json
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.demo.generator import generate, profile
from pa_assets_tests.fuzz.delivery import CANARY, PERSONAL, Delivery, Layout, Row, plain
from pa_assets_tests.project import CHECKOUT

EVENTS = ("vet_lva", "ecomm", "cpcn")
"""Legacy JSON, flat GraphQL and nested GraphQL."""

_ROLES = {
    "registrations_": "registrations",
    "demographics_": "demographics",
    "sessions_": "programme",
    "seminar_scans_": "scans",
    "seminar_reference_": "scan_reference",
    "entry_scans": "entry_scans",
    "practices": "practices",
    "teatres": "capacity",
    "job_to_stream": "mapping",
    "spezialization_to_stream": "mapping",
}


@lru_cache(maxsize=1)
def clean_shows() -> dict[str, list[Delivery]]:
    """Event -> its landing files, the same in every run."""
    return {event: _show(event) for event in EVENTS}


@lru_cache(maxsize=len(EVENTS))
def config_of(event: str) -> EventConfig:
    """The shipped configuration."""
    return load_event(CHECKOUT / "config" / f"{event}.yaml")


def _show(event: str) -> list[Delivery]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        show = generate(
            profile(event),
            visitors=30,
            sessions=12,
            seed=4,
            landing=root / "landing",
            truth=root / "truth",
            after_show=True,
        )
        return [_delivery(path) for path in show.files]


def _delivery(path: Path) -> Delivery:
    role = next(role for start, role in _ROLES.items() if path.name.startswith(start))
    layout: Layout = "csv"
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            rows: list[Row] = list(csv.DictReader(stream))
    else:
        value: Any = json.loads(path.read_text("utf-8"))
        layout = "graphql" if isinstance(value, dict) else "array"
        rows = value["data"]["demographics"] if isinstance(value, dict) else value
    if role == "registrations":
        rows = [_with_canaries(row, number) for number, row in enumerate(rows)]
    return Delivery(path.name, role, layout, list(rows[0]), rows)


def _with_canaries(row: Row, number: int) -> Row:
    """Mark the personal values; every third name has an accent, so that a wrong encoding shows."""
    mark = f"{CANARY}é" if number % 3 == 0 else CANARY
    return {column: _marked(plain(column), value, mark) for column, value in row.items()}


def _marked(column: str, value: Any, mark: str) -> Any:
    if column not in PERSONAL or not value or len(str(value)) < 5:
        return value
    if column == "email":
        return f"{CANARY}.{value}" if "@" in value else value
    return f"{value} {mark}"
