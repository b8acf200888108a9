"""Checks that follow from the declarations: every table asset has them, as one step that reads its table once.

What is claimed of one asset alone stands in `checks`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.core.drift import Change, Profile, changes
from pa_assets.agendas.core.references import broken_references, columns_needed
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.project import current_project
from pa_assets.kit.attempts import note_attempt
from pa_assets.kit.staleness import DATA_VERSION_TAG, Records
from pa_assets.kit.table_values import UnfitValuesError, converted
from pa_assets.kit.tables import Fault, Table

PROFILE_METADATA = "profile"
"""Metadata entry of a table asset: `core.drift.profile` of the table."""
_COUNTED = ("rows_in", "rows_copied", "rows_folded")
_LOOKED_AT = 50
"""Materializations among which the last different one is looked for."""
_NOTHING_TO_COMPARE = "Nothing to compare with: this is the first content of which a profile is known."

CheckContext = dg.AssetCheckExecutionContext
Accounts = Mapping[str, Table]
"""By prefix of the recorded entries `rows_in`, `rows_folded`, `rows_copied` and `quarantine`, the table that a
delivery became."""


def asset_key(table: Table) -> dg.AssetKey:
    """Key of the asset that makes a table."""
    return dg.AssetKey(["event", table.name])


def recorded(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> dict[str, Any]:
    """Metadata of the latest materialization."""
    record = Records(instance).latest(key, partition)
    return {name: entry.value for name, entry in record.metadata.items()} if record else {}


def profile_before(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> tuple[str, Profile] | None:
    """Run and profile of the last materialization that had another content than the latest; None if not known."""
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
    found = instance.fetch_materializations(wanted, limit=_LOOKED_AT).records
    events = [(record.run_id, event) for record in found if (event := record.asset_materialization)]
    versions = [(event.tags or {}).get(DATA_VERSION_TAG) for _, event in events]
    for (run, event), version in zip(events, versions, strict=True):
        if version != versions[0]:
            profile: Any = event.metadata[PROFILE_METADATA].value if PROFILE_METADATA in event.metadata else None
            return (run, profile) if profile else None
    return None


def hold_back(context: CheckContext, key: dg.AssetKey, results: Sequence[dg.AssetCheckResult]) -> None:
    """Let the asset count as failed if a check failed that blocks: no later run builds on it before it was made again.

    Dagster itself holds back only what is downstream in the same run.
    """
    if any(not result.passed and result.severity == dg.AssetCheckSeverity.ERROR for result in results):
        note_attempt(key.path, context.partition_key, f"{context.run.run_id}: a check failed")


@dataclass(frozen=True)
class View:
    """One partition of a table asset, as its checks see it."""

    table: Table
    partition: str
    instance: dg.DagsterInstance
    accounts: Accounts

    @cached_property
    def folder(self) -> EventFolder:
        """Where the partition's files are."""
        return current_project().folder(self.partition)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table as it lies on disk."""
        return pd.read_parquet(self.folder.table(self.table.name))

    @cached_property
    def shape_faults(self) -> list[Fault]:
        """Columns missing or surplus: nothing else can be told then."""
        return self.table.shape_faults(self.frame)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the asset recorded."""
        return recorded(self.instance, asset_key(self.table), self.partition)


def table_checks(table: Table, accounts: Accounts = MappingProxyType({})) -> dg.AssetChecksDefinition:
    """The checks of one table asset.

    Args:
        table: its declaration.
        accounts: one for each delivery that the asset cleans; none where it only joins tables.
    """
    key, partitions = asset_key(table), event_partitions(current_project())
    claims = [claim for claim in _CLAIMS if claim.applies(table, accounts)]
    specs = [
        dg.AssetCheckSpec(
            claim.name, asset=key, description=claim.description, blocking=claim.blocking, partitions_def=partitions
        )
        for claim in claims
    ]

    @dg.multi_asset_check(name=f"check_{table.name}", specs=specs)
    def check_table(context: CheckContext) -> Iterator[dg.AssetCheckResult]:
        view = View(table, context.partition_key, context.instance, accounts)
        results = [_result(claim, key, *claim.look(view)) for claim in claims]
        hold_back(context, key, results)
        yield from results

    return check_table


@dataclass(frozen=True)
class _Claim:
    """Something that should hold of tables."""

    name: str
    description: str
    look: Callable[[View], tuple[list[str], dict[str, Any]]]
    """What is wrong, in words, and what to show beside."""
    blocking: bool = True
    applies: Callable[[Table, Accounts], bool] = lambda _table, _accounts: True


def _result(claim: _Claim, key: dg.AssetKey, wrong: list[str], metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not wrong,
        asset_key=key,
        check_name=claim.name,
        severity=dg.AssetCheckSeverity.ERROR if claim.blocking else dg.AssetCheckSeverity.WARN,
        description=" ".join(wrong) or None,
        metadata=metadata,
    )


def _keys(view: View) -> tuple[list[str], dict[str, Any]]:
    faults = view.shape_faults or view.table.key_faults(view.frame)
    return _texts(faults), {"rows": len(view.frame), "repeated": sum(fault.rows for fault in faults)}


def _values(view: View) -> tuple[list[str], dict[str, Any]]:
    faults = list(view.shape_faults)
    for column in [] if faults else view.table.all_columns(view.frame):
        values = view.frame[column.name]
        try:  # Parquet hands lists over as arrays
            values = converted(values, column.kind) if column.kind in ("texts", "vector") else values
        except UnfitValuesError as error:
            text = f"Table {view.table.name}, column {column.name}: {error}."
            faults.append(Fault(column.name, len(values), text))
        else:
            faults += view.table.value_faults(values, column)
    return _texts(faults), {"rows": len(view.frame), "columns_at_fault": len({fault.column for fault in faults})}


def _references(view: View) -> tuple[list[str], dict[str, Any]]:
    if view.shape_faults:
        return _texts(view.shape_faults), {}
    needed = columns_needed(view.table)
    missing = [name for name in needed if not view.folder.table(name).is_file()]
    if missing:
        return [f"Table {view.table.name} refers to {', '.join(missing)}, not made yet. Make it first."], {}
    others = {name: pd.read_parquet(view.folder.table(name), columns=columns) for name, columns in needed.items()}
    broken = broken_references(view.table, view.frame, others)
    return [found.text(view.table) for found in broken], {
        "strangers": sum(found.strangers for found in broken),
        "unnamed": sum(found.unnamed for found in broken),
    }


def _rows(view: View) -> tuple[list[str], dict[str, Any]]:
    wrong: list[str] = []
    metadata: dict[str, int] = {}
    for prefix, table in view.accounts.items():
        if not (quarantine := _quarantine(view, prefix)).is_file():
            return [f"Table {table.name}: nothing tells which rows were set aside. Make it again."], {}
        known = view.metadata
        rows_in, copied, folded = (int(known.get(f"{prefix}{name}", 0)) for name in _COUNTED)
        aside = len(pd.read_csv(quarantine, usecols=["reason"]))
        out = len(pd.read_parquet(view.folder.table(table.name), columns=[table.key[0]]))
        if rows_in + copied != out + aside + folded:
            wrong.append(
                f"Table {table.name}: {rows_in} row(s) in + {copied} copied are not {out} out + {aside} quarantined + "
                f"{folded} folded. Make it again; if it stays, report it as a fault."
            )
        counts = {"rows_in": rows_in, "copied": copied, "rows_out": out, "quarantined": aside, "folded": folded}
        metadata |= {f"{prefix}{name}": count for name, count in counts.items()}
    return wrong, metadata


def _quarantine(view: View, prefix: str) -> Path:
    return current_project().root / str(view.metadata.get(f"{prefix}quarantine", "none recorded"))


def _drift(view: View) -> tuple[list[str], dict[str, Any]]:
    now = view.metadata.get(PROFILE_METADATA)
    known = profile_before(view.instance, asset_key(view.table), view.partition)
    if known is None or now is None:
        return [], {"changes": 0, "note": _NOTHING_TO_COMPARE}
    run, before = known
    found = changes(before, now)
    return [change.text for change in found], {
        "changes": len(found),
        "compared_with_run": run,
        "table": dg.MetadataValue.md(_as_markdown(found)),
    }


def _as_markdown(found: Sequence[Change]) -> str:
    if not found:
        return "No change worth a look."
    rows = [(change.group, change.column or "(rows)", change.before, change.now) for change in found]
    return pd.DataFrame(rows, columns=["cohort", "column", "before", "now"]).to_markdown(index=False)


def _texts(faults: Sequence[Fault]) -> list[str]:
    return [fault.text for fault in faults]


_CLAIMS = (
    _Claim("keys_are_unique", "No row repeats the key of another.", _keys),
    _Claim("values_are_allowed", "Columns, kinds and values are those that the table's declaration allows.", _values),
    _Claim(
        "references_hold",
        "What rows name in other tables is there, and nothing is missing where all must be named.",
        _references,
        applies=lambda table, _accounts: bool(table.references),
    ),
    _Claim(
        "rows_add_up",
        "Every delivered row is in the table, in the quarantine, or folded into another row.",
        _rows,
        applies=lambda _table, accounts: bool(accounts),
    ),
    _Claim(
        "no_drift",
        "Rows of each cohort and blank values of each column are about as many as at the last other content.",
        _drift,
        blocking=False,
    ),
)
