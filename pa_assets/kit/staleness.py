"""What is out of date, and why: one notion for the command line, the sensors and the automation.

It is read from Dagster's own event log, by the rules that Dagster's UI uses for a partition: an asset is stale
when it was never made, when its code version changed, or when the data version of something it was made from changed.
One rule is ours: an asset whose recorded file is gone counts as never made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import dagster as dg

from pa_assets.kit.files import project_root

DATA_VERSION_TAG = "dagster/data_version"
CODE_VERSION_TAG = "dagster/code_version"
INPUT_VERSION_TAG = "dagster/input_data_version/"
PATH_METADATA = "path"
"""Metadata entry that holds an asset's main file, relative to the project root."""


@dataclass(frozen=True)
class Node:
    """What staleness must know of one asset."""

    key: dg.AssetKey
    code_version: str | None
    parents: tuple[dg.AssetKey, ...]
    external: bool


Nodes = Mapping[dg.AssetKey, Node]


def nodes_of(assets: Iterable[dg.AssetsDefinition | dg.AssetSpec]) -> dict[dg.AssetKey, Node]:
    """Nodes of definitions and external specs, parents before children."""
    found: dict[dg.AssetKey, Node] = {}
    for item in assets:
        specs, external = ([item], True) if isinstance(item, dg.AssetSpec) else (list(item.specs), False)
        for spec in specs:
            parents = tuple(sorted({dep.asset_key for dep in spec.deps}, key=lambda key: key.path))
            found[spec.key] = Node(spec.key, spec.code_version, parents, external)
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

    kind: Literal["missing", "code", "input"]
    text: str
    cause: dg.AssetKey | None = None


@dataclass
class Records:
    """Latest materializations by asset and partition, read once each from the event log."""

    instance: dg.DagsterInstance
    _known: dict[tuple[dg.AssetKey, str], dg.AssetMaterialization | None] = field(default_factory=dict)

    def latest(self, key: dg.AssetKey, partition: str) -> dg.AssetMaterialization | None:
        """The latest materialization of a partition, if any."""
        if (key, partition) not in self._known:
            found = self.instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition]), limit=1
            ).records
            self._known[key, partition] = found[0].asset_materialization if found else None
        return self._known[key, partition]

    def data_version(self, key: dg.AssetKey, partition: str) -> str | None:
        """The data version of the latest materialization, if any."""
        record = self.latest(key, partition)
        return (record.tags or {}).get(DATA_VERSION_TAG) if record else None


def reasons(records: Records, node: Node, partition: str) -> list[Reason]:
    """Every reason why a partition of `node` is out of date; empty when it is fresh."""
    record = records.latest(node.key, partition)
    if record is None:
        return [Reason("missing", "never made")]
    path = record.metadata.get(PATH_METADATA)
    if path is not None and not (project_root() / str(path.value)).exists():
        return [Reason("missing", "its file is gone")]
    tags = record.tags or {}
    found = []
    if node.code_version is not None and tags.get(CODE_VERSION_TAG) != node.code_version:
        found.append(Reason("code", "code changed"))
    for parent in node.parents:
        current = records.data_version(parent, partition)
        if current is not None and tags.get(INPUT_VERSION_TAG + parent.to_user_string()) != _as_input(current):
            found.append(Reason("input", f"{parent.to_user_string()} changed", parent))
    return found


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
