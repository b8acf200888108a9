"""What is out of date, and why: one notion for the command line, the sensors and the automation.

It is read from Dagster's own event log, by the rules that Dagster's UI uses for a partition: an asset is stale
when it was never made, when its code version changed, or when the data version of something it was made from changed.
Three rules are ours: an asset is stale whose recorded file is gone, whose last run ended without a record, or whose
last run wrote elsewhere than the settings say. External assets are observed, not materialized: only observations of
them count for Dagster's own resolver.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import dagster as dg

from pa_assets.kit.attempts import last_attempt
from pa_assets.kit.files import project_root

DATA_VERSION_TAG = "dagster/data_version"
CODE_VERSION_TAG = "dagster/code_version"
INPUT_VERSION_TAG = "dagster/input_data_version/"
INPUT_POINTER_TAG = "dagster/input_event_pointer/"
PATH_METADATA = "path"
"""Metadata entry that holds an asset's main file, relative to the project root."""
BESIDE_METADATA = "beside"
"""Metadata entry that lists further files whose loss makes an asset stale, relative to the project root."""
ELSEWHERE_METADATA = "written_elsewhere"
"""Metadata entry of a run that wrote to another place than the settings say; it names that place."""
_SCANNED_EVENTS = 12
_NOT_YET = -1
"""Place in the log of an event that is not recorded yet."""


@dataclass(frozen=True)
class Node:
    """What staleness must know of one asset."""

    key: dg.AssetKey
    code_version: str | None
    parents: tuple[dg.AssetKey, ...]
    external: bool = False
    external_parents: frozenset[dg.AssetKey] = frozenset()


Nodes = Mapping[dg.AssetKey, Node]


def nodes_of(assets: Iterable[dg.AssetsDefinition | dg.AssetSpec]) -> dict[dg.AssetKey, Node]:
    """Nodes of definitions and external specs, parents before children."""
    found: dict[dg.AssetKey, Node] = {}
    for item in assets:
        specs, external = ([item], True) if isinstance(item, dg.AssetSpec) else (list(item.specs), False)
        for spec in specs:
            parents = tuple(sorted({dep.asset_key for dep in spec.deps}, key=lambda key: key.to_user_string()))
            found[spec.key] = Node(spec.key, spec.code_version, parents, external)
    outside = {key for key, node in found.items() if node.external}
    found = {key: replace(node, external_parents=frozenset(outside & set(node.parents))) for key, node in found.items()}
    ordered: dict[dg.AssetKey, Node] = {}

    def visit(node: Node) -> None:
        for parent in node.parents:
            if parent in found and parent not in ordered:
                visit(found[parent])
        ordered.setdefault(node.key, node)

    for node in found.values():
        visit(node)
    return ordered


def with_ancestors(nodes: Nodes, keys: Collection[dg.AssetKey]) -> list[dg.AssetKey]:
    """The materializable assets among `keys` and all that they need, parents first."""
    wanted: set[dg.AssetKey] = set()
    stack = list(keys)
    while stack:
        key = stack.pop()
        if key in nodes and key not in wanted:
            wanted.add(key)
            stack.extend(nodes[key].parents)
    return [key for key, node in nodes.items() if key in wanted and not node.external]


@dataclass(frozen=True)
class Reason:
    """Why an asset's partition is out of date."""

    kind: Literal["missing", "gone", "cut off", "elsewhere", "code", "input"]
    text: str
    cause: dg.AssetKey | None = None


@dataclass(frozen=True)
class Record:
    """What the event log holds of one partition: its tags, its metadata and where it stands in the log."""

    storage_id: int
    run_id: str
    tags: Mapping[str, str]
    metadata: Mapping[str, dg.MetadataValue]

    @property
    def data_version(self) -> str | None:
        """Version of the content."""
        return self.tags.get(DATA_VERSION_TAG)


@dataclass
class Records:
    """Latest events by asset and partition: materializations, and observations of external assets.

    Read from the event log once each: the newest events of an asset in one query, which serves most partitions.
    """

    instance: dg.DagsterInstance
    _latest: dict[tuple[dg.AssetKey, str, bool], Record | None] = field(default_factory=dict)
    _scanned: set[tuple[dg.AssetKey, bool]] = field(default_factory=set)

    def latest(self, key: dg.AssetKey, partition: str, *, external: bool = False) -> Record | None:
        """The latest record of a partition, if any."""
        if (key, partition, external) not in self._latest and (key, external) not in self._scanned:
            self._scan(key, external)
        if (key, partition, external) not in self._latest:
            self._latest[key, partition, external] = self._fetch(key, partition, external, None)
        return self._latest[key, partition, external]

    def forget(self, partition: str) -> None:
        """Read a partition again at the next question: something was recorded."""
        self._latest = {place: record for place, record in self._latest.items() if place[1] != partition}

    def assuming(self, observations: Iterable[dg.AssetObservation]) -> Records:
        """These records as they will be once `observations` are recorded."""
        planned = {
            (event.asset_key, event.partition or "", True): Record(_NOT_YET, "", event.tags or {}, event.metadata)
            for event in observations
        }
        return Records(self.instance, {**self._latest, **planned}, self._scanned)

    def data_version(self, key: dg.AssetKey, partition: str, *, external: bool = False) -> str | None:
        """The data version of the latest record, if any."""
        record = self.latest(key, partition, external=external)
        return record.data_version if record else None

    def changed_since(self, key: dg.AssetKey, partition: str, pointer: str | None) -> bool:
        """Whether an external asset has another version than at the event that `pointer` names."""
        latest = self.latest(key, partition, external=True)
        if latest is None or str(latest.storage_id) == pointer:
            return False
        used = self._fetch(key, partition, True, int(pointer) + 1) if pointer and pointer.isdigit() else None
        return used is None or used.data_version != latest.data_version

    def place_before(self, key: dg.AssetKey, partition: str, version: str) -> int:
        """Where in the log the version stands that an external asset had before `version`; 0 for none.

        It is the same before and after `version` is recorded, and another one each time that `version` comes back.
        """
        latest = self.latest(key, partition, external=True)
        if latest is not None and latest.data_version == version:
            latest = self._fetch(key, partition, True, latest.storage_id)
        return latest.storage_id if latest else 0

    def _scan(self, key: dg.AssetKey, external: bool) -> None:
        """Keep the newest event of each partition among the newest events of an asset."""
        self._scanned.add((key, external))
        for partition, record in self._events(dg.AssetRecordsFilter(asset_key=key), external, _SCANNED_EVENTS):
            self._latest.setdefault((key, partition, external), record)

    def _fetch(self, key: dg.AssetKey, partition: str, external: bool, before: int | None) -> Record | None:
        wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition], before_storage_id=before)
        return next((record for _, record in self._events(wanted, external, 1)), None)

    def _events(self, wanted: dg.AssetRecordsFilter, external: bool, limit: int) -> Iterator[tuple[str, Record]]:
        fetch = self.instance.fetch_observations if external else self.instance.fetch_materializations
        for found in fetch(wanted, limit=limit).records:
            entry = found.event_log_entry
            event = entry.asset_observation if external else entry.asset_materialization
            if event is not None:
                yield event.partition or "", Record(found.storage_id, entry.run_id, event.tags or {}, event.metadata)


def reasons(records: Records, node: Node, partition: str) -> list[Reason]:
    """Every reason why a partition of `node` is out of date; empty when it is fresh."""
    record = records.latest(node.key, partition)
    if record is None:
        return [Reason("missing", "never made")]
    if any(not (project_root() / path).exists() for path in _files(record)):
        return [Reason("gone", "its file is gone")]
    if elsewhere := record.metadata.get(ELSEWHERE_METADATA):
        return [Reason("elsewhere", f"last written to {elsewhere.value}")]
    if last_attempt(node.key.path, partition) not in (None, record.run_id):
        return [Reason("cut off", "its last run was cut off or failed")]
    found = []
    if node.code_version is not None and record.tags.get(CODE_VERSION_TAG) != node.code_version:
        found.append(Reason("code", "code changed"))
    for parent in node.parents:
        if _moved(records, record, parent, partition, external=parent in node.external_parents):
            found.append(Reason("input", f"{parent.to_user_string()} changed", parent))
    names = {parent.to_user_string() for parent in node.parents}
    used = {tag.removeprefix(INPUT_VERSION_TAG) for tag in record.tags if tag.startswith(INPUT_VERSION_TAG)}
    found += [Reason("code", f"no longer made from {name}") for name in sorted(used - names)]
    return found


def _files(record: Record) -> list[str]:
    """Files that the asset said it wrote."""
    path, beside = record.metadata.get(PATH_METADATA), record.metadata.get(BESIDE_METADATA)
    further = beside.value if isinstance(beside, dg.JsonMetadataValue) and isinstance(beside.value, list) else []
    return [*([str(path.value)] if path else []), *map(str, further)]


def _moved(records: Records, made: Record, parent: dg.AssetKey, partition: str, *, external: bool) -> bool:
    """Whether `parent` has another version than the one that `made` was made from."""
    name = parent.to_user_string()
    if external:
        return records.changed_since(parent, partition, made.tags.get(INPUT_POINTER_TAG + name))
    current = records.data_version(parent, partition)
    return current is not None and made.tags.get(INPUT_VERSION_TAG + name) != _as_input(current)


def _as_input(data_version: str) -> str:
    """How Dagster records the version of a partitioned input: hashed, even for one partition."""
    return hashlib.sha256(data_version.encode()).hexdigest()


def next_wave(
    records: Records, nodes: Nodes, keys: Collection[dg.AssetKey], partition: str
) -> dict[dg.AssetKey, Reason]:
    """The stale assets among `keys` that one run can make at once, with a reason each.

    An asset waits when something between it and a stale asset is still fresh: whether it must be
    made again is only known once that one was, and equal content stops the wave.
    """
    stale: dict[dg.AssetKey, Reason] = {}
    tainted: set[dg.AssetKey] = set()  # fresh, but below something stale
    for key, node in nodes.items():
        if key not in keys:
            continue
        waits = any(parent in tainted for parent in node.parents)
        why = reasons(records, node, partition)
        if why and not waits:
            stale[key] = why[0]
        elif waits or any(parent in stale for parent in node.parents):
            tainted.add(key)
    return stale
