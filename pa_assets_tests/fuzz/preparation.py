"""The whole of data preparation on one landing folder: the assets' own code, without a run of Dagster around it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.attendance import attendance, scans_processed
from pa_assets.agendas.assets.common import EventScope, scope
from pa_assets.agendas.assets.people import registrations_processed, survey_answers, visitors
from pa_assets.agendas.assets.sessions import sessions_processed
from pa_assets.agendas.core.mappings import read_mapping
from pa_assets.agendas.core.seats import read_seats
from pa_assets.agendas.core.tables import ALL_TABLES
from pa_assets.kit.files import ROOT_VARIABLE, write_parquet
from pa_assets_tests.fuzz.delivery import Delivery
from pa_assets_tests.project import make_project

STAGES: Mapping[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "registrations_processed": (registrations_processed, (), ("registrations",)),
    "survey_answers": (survey_answers, ("registrations_processed",), ("demographics",)),
    "visitors": (visitors, ("registrations_processed", "survey_answers"), ("practices",)),
    "scans_processed": (scans_processed, (), ("scans", "scan_reference", "entry_scans")),
    "sessions_processed": (sessions_processed, (), ("programme",)),
    "attendance": (attendance, ("scans_processed", "sessions_processed", "visitors"), ()),
}
"""Asset by name, the tables that it takes, the roles that it reads."""

_TABLES = {table.name: table for table in ALL_TABLES}


@dataclass
class Prepared:
    """What came of a landing folder."""

    output: Path
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    accounts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Stage -> metadata that it shows to people."""
    errors: dict[str, Exception] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def project_of(root: Path, events: tuple[str, ...]) -> Iterator[Path]:
    """A project below `root` with the shipped configuration, named in the environment while the block lasts."""
    project = make_project(root / "project", list(events))
    before = os.environ.get(ROOT_VARIABLE)
    os.environ[ROOT_VARIABLE] = str(project.root)
    try:
        yield project.root
    finally:
        if before is None:
            del os.environ[ROOT_VARIABLE]
        else:
            os.environ[ROOT_VARIABLE] = before


def land(landing: Path, deliveries: tuple[Delivery, ...]) -> None:
    """Write landing files, and nothing else, into a folder."""
    shutil.rmtree(landing, ignore_errors=True)
    landing.mkdir(parents=True)
    for delivery in deliveries:
        for name, content in {delivery.name: delivery.content, **delivery.beside}.items():
            (landing / name).write_bytes(content)


def prepare(project: Path, event: str, deliveries: tuple[Delivery, ...]) -> Prepared:
    """Let files land and run every stage whose tables could be made."""
    root = project / "data" / event
    shutil.rmtree(root, ignore_errors=True)
    land(root / "landing", deliveries)
    result = Prepared(root / "output")
    context = SimpleNamespace(partition_key=event, log=SimpleNamespace(warning=result.warnings.append))
    started = time.perf_counter()
    for name, (asset, inputs, _) in STAGES.items():
        if all(table in result.tables for table in inputs):
            function = asset.op.compute_fn.decorated_fn.__wrapped__
            given = {table: result.tables[table] for table in inputs}
            _stage(result, name, partial(function, context, **given))
    event_scope: EventScope = scope(context)  # type: ignore[arg-type]
    landing = event_scope.config.landing
    others = {
        "job_to_stream": lambda: read_mapping(event_scope.landed("mappings", landing.mappings.job_to_stream)),
        "specialization_to_stream": lambda: read_mapping(
            event_scope.landed("mappings", landing.mappings.specialization_to_stream)
        ),
        "capacity": lambda: read_seats(event_scope.landed("capacity", landing.capacity)),
    }
    for name, make in others.items():
        _attempt(result, name, make)
    result.seconds = time.perf_counter() - started
    return result


def _stage(result: Prepared, name: str, make: Callable[[], dg.MaterializeResult[Any]]) -> None:
    made = _attempt(result, name, make)
    if made is None:
        return
    table = made.value
    _TABLES[name].check(table)
    write_parquet(result.output / f"{name}.parquet", table)
    result.tables[name] = table
    result.accounts[name] = {
        key: value.value if isinstance(value, dg.MetadataValue) else value for key, value in made.metadata.items()
    }


def _attempt(result: Prepared, name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives; any exception is what the fuzzer is after, and is kept for the judge."""
    try:
        return make()
    except Exception as error:
        result.errors[name] = error
        return None
