"""What every asset shares: how one is declared, what it may use of its event, and how it tells its result."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.checks_tables import PROFILE_METADATA
from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.core.drift import profile
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.mappings import read_mapping
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.tables import ALL_TABLES
from pa_assets.agendas.externals import environment_of, landing_folder, landing_key, settings_key
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.privacy.reading import without_forgotten
from pa_assets.agendas.project import Project, current_project
from pa_assets.kit import fingerprint
from pa_assets.kit.attempts import note_attempt
from pa_assets.kit.automation import when_stale
from pa_assets.kit.files import lock, write_csv
from pa_assets.kit.memory import collected_seldom
from pa_assets.kit.ports import LandingStore
from pa_assets.kit.staleness import PATH_METADATA
from pa_assets.kit.table_types import dagster_type, table_metadata
from pa_assets.kit.tables import Table, for_spreadsheet

TABLES = {table.name: table for table in ALL_TABLES}
TYPES = {name: dagster_type(table) for name, table in TABLES.items()}


@dataclass(frozen=True)
class EventScope:
    """One event in one mode, as an asset sees it."""

    name: str
    """The partition."""
    project: Project
    config: EventConfig
    folder: EventFolder
    landing: LandingStore
    warn: Callable[[str], None]
    forgotten: Counter[str] = field(default_factory=Counter)
    """Landing role -> rows left out because they are of people who were forgotten."""

    @property
    def graph_environment(self) -> str:
        """The graph environment that the settings choose."""
        return environment_of(self.config)

    def mapping(self, patterns: Sequence[str]) -> pd.DataFrame:
        """Streams by answer, of a mapping table that landed; no rows where none did."""
        return read_mapping(self.landed("mappings", patterns))

    def landed(self, role: str, patterns: Sequence[str], absent: Collection[str] = ()) -> pd.DataFrame | None:
        """Rows of the files of an optional role (a cohort may follow a `/`), or None where there are none."""
        files = self.landing.find(patterns)
        return self._allowed(read_rows(files, role, absent=absent, note=self.warn), role) if files else None

    def required(self, role: str, patterns: Sequence[str], absent: Collection[str] = ()) -> pd.DataFrame:
        """Rows of the files of a role that nothing can be made without.

        Raises:
            dagster.Failure: no file of the role has landed.
        """
        files = self.landing.find(patterns)
        if not files:
            raise dg.Failure(
                description=f"{self.name}: no file for the role {role!r}. Expected {' or '.join(patterns)} in "
                f"{self.relative(self.folder.landing)}. Put the file there, or correct the pattern in "
                f"config/{event_of(self.name)}.yaml.",
                allow_retries=False,
            )
        return self._allowed(read_rows(files, role, required_rows=True, absent=absent, note=self.warn), role)

    def _allowed(self, rows: pd.DataFrame, role: str) -> pd.DataFrame:
        """The rows without those of people who were forgotten."""
        registrations = self.landing.find(self.config.landing.registrations)
        rows, dropped = without_forgotten(rows, role, self.config, registrations, self.project.root)
        self.forgotten[role.partition("/")[0]] += dropped
        return rows

    def relative(self, path: Path) -> str:
        """A path as people read it: below the project root."""
        return path.relative_to(self.project.root).as_posix()


def scope(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> EventScope:
    """The event of the partition of an asset or a check."""
    project = current_project()
    name = context.partition_key
    folder = project.folder(name)
    landing = landing_folder(folder, project.pipeline.landing_sensor.ignore)
    return EventScope(name, project, project.event(name), folder, landing, context.log.warning)


def event_asset(
    *,
    group: str,
    kinds: set[str],
    code_version: str,
    landing: Iterable[str] = (),
    settings: Iterable[str] = (),
    after: Iterable[str] = (),
    table: Table | None = None,
    required_resources: set[str] | None = None,
) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """Declare an asset of every event, keyed `event/<function name>`.

    Args:
        group: group in the UI.
        kinds: at most three kinds.
        code_version: raised when the meaning of the output changes.
        landing: landing roles that it reads.
        settings: sections of settings that it reads.
        after: other event assets that it reads by itself, or that must come first.
        table: the declared table that it returns as value; its parameters name the tables that it takes.
        required_resources: keys of resources it uses through its context.
    """
    project = current_project()
    deps = [
        *(dg.AssetDep(landing_key(role)) for role in landing),
        *(dg.AssetDep(settings_key(section)) for section in settings),
        *(dg.AssetDep(dg.AssetKey(["event", name])) for name in after),
    ]

    def declare(function: Callable[..., dg.MaterializeResult]) -> dg.AssetsDefinition:
        ins = {
            name: dg.AssetIn(dg.AssetKey(["event", name]), dagster_type=TYPES[name], input_manager_key="tables")
            for name in _table_parameters(function)
        }
        return dg.asset(
            key_prefix="event",
            ins=ins,
            deps=deps,
            partitions_def=event_partitions(project),
            group_name=group,
            kinds=kinds,
            code_version=code_version,
            owners=[project.pipeline.owner],
            automation_condition=when_stale(),
            io_manager_key="tables",
            dagster_type=TYPES[table.name] if table else None,
            required_resource_keys=required_resources,
            retry_policy=None,
        )(_one_at_a_time(function))

    return declare


def _table_parameters(function: Callable[..., Any]) -> list[str]:
    code = function.__code__
    return [name for name in code.co_varnames[: code.co_argcount] if name in TABLES]


def _one_at_a_time(function: Callable[..., dg.MaterializeResult]) -> Callable[..., dg.MaterializeResult]:
    """Hold the lock of the asset's partition while it works, and add how long that took."""

    @wraps(function)
    def locked(context: dg.AssetExecutionContext, *arguments: Any, **inputs: Any) -> dg.MaterializeResult:
        folder = current_project().folder(context.partition_key)
        with lock(folder.locks / f"{context.asset_key.path[-1]}.lock"), collected_seldom():
            started = time.perf_counter()
            note_attempt(context.asset_key.path, context.partition_key, context.run.run_id)
            result = function(context, *arguments, **inputs)
            return result._replace(
                metadata={**(result.metadata or {}), "seconds": round(time.perf_counter() - started, 3)}
            )

    return locked


def table_result(
    event: EventScope, table: Table, frame: pd.DataFrame, metadata: dict[str, Any] | None = None, *, beside: str = ""
) -> dg.MaterializeResult:
    """Result of a table asset: value, content version, rows, schema, preview and path.

    `beside` is the fingerprint of what the asset wrote beside its table, for assets that read that too.
    """
    return dg.MaterializeResult(
        value=frame,
        data_version=dg.DataVersion(fingerprint.of_text(fingerprint.of_frame(frame), beside)),
        metadata={
            PATH_METADATA: event.relative(event.folder.table(table.name)),
            **table_metadata(table, frame),
            PROFILE_METADATA: dg.MetadataValue.json(profile(table, frame)),
            **(metadata or {}),
        },
    )


def prepared_metadata(event: EventScope, name: str, prepared: Prepared) -> dict[str, Any]:
    """Write the quarantine of a preparation and account for its rows.

    Raises:
        ValueError: the rows do not add up, which is a defect of the product.
    """
    prepared.check()
    path = event.folder.quarantine / f"{name}.csv"
    write_csv(path, for_spreadsheet(prepared.quarantine))
    reasons = prepared.quarantine["reason"].value_counts().sort_index()
    return {
        "rows_in": prepared.rows_in,
        "rows_quarantined": len(prepared.quarantine),
        "rows_folded": sum(prepared.folded.values()),
        "rows_copied": sum(prepared.copied.values()),
        "quarantined": dg.MetadataValue.json({str(reason): int(count) for reason, count in reasons.items()}),
        "folded": dg.MetadataValue.json(prepared.folded),
        "notes": dg.MetadataValue.json(prepared.notes),
        **({"rows_of_forgotten_people": event.forgotten.total()} if event.forgotten.total() else {}),
        "quarantine": event.relative(path),
    }


def write_table_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table for people: CSV that opens safely in a spreadsheet."""
    write_csv(path, for_spreadsheet(frame))


def write_known_files(event: EventScope, files: Mapping[str, pd.DataFrame]) -> None:
    """Write files under the names that users know, for people."""
    for name, frame in files.items():
        write_table_csv(event.folder.output / name, frame)
