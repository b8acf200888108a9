"""The one automation condition of the product: make what is stale, once, when its inputs are there."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import dagster as dg

from pa_assets.kit import fingerprint
from pa_assets.kit.refresh import is_alive
from pa_assets.kit.staleness import Node, Reason, Records, reasons

PARTITION_TAG = "dagster/partition"
_LONGEST_RUN = timedelta(hours=6)
_UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def when_stale() -> dg.AutomationCondition[dg.AssetKey]:
    """Make a partition when it is stale; see `WhenStale`."""
    return WhenStale()


class WhenStale(dg.AutomationCondition[dg.AssetKey]):
    """True for each partition that is out of date for a reason inside the graph and can be made now.

    - What is out of date is for `kit.staleness` to say: an input that was made again with equal content asks for
      nothing, and what a person made by hand in the meantime is not made again.
    - What an external asset brings (files that landed, settings) is the landing sensor's to answer, the first build
      included: it requests one run per changed event, and two askers would make the same thing twice.
    - A partition waits while a run works on it, and an asset waits for inputs that are missing or stale themselves:
      the wave goes layer by layer.
    - It asks once for one state of inputs and code. A step that fails for good therefore fails once per change, and
      not at every tick.
    """

    @property
    def name(self) -> str:
        """Name shown in the UI."""
        return "when_stale"

    @property
    def description(self) -> str:
        """Sentence shown in the UI."""
        return "missing, made by older code, or made from an older version of another asset"

    def evaluate(self, context: dg.AutomationContext[dg.AssetKey]) -> dg.AutomationResult[dg.AssetKey]:
        """Called by the daemon at each tick; the cursor holds the state last asked for, by partition."""
        view, graph = context.asset_graph_view, context.asset_graph

        def node_of(key: dg.AssetKey) -> Node:
            asset = graph.get(key)
            outside = frozenset(parent for parent in asset.parent_keys if graph.get(parent).is_external)
            return Node(key, asset.code_version, tuple(asset.parent_keys), asset.is_external, outside)

        records, busy = Records(view.instance), partitions_under_way(view.instance)
        asked: dict[str, str] = json.loads(context.cursor or "{}")
        wanted = {
            partition: state
            for partition in context.candidate_subset.expensively_compute_partition_keys()
            if partition not in busy
            and (state := state_to_make(records, node_of, context.key, partition)) is not None
            and asked.get(partition) != state
        }
        subset = context.get_empty_subset()
        if wanted and context.partitions_def is not None:
            subset = view.get_subset_from_partition_keys(context.key, context.partitions_def, set(wanted))
        return dg.AutomationResult(context, subset, cursor=json.dumps({**asked, **wanted}, sort_keys=True))


def state_to_make(
    records: Records, node_of: Callable[[dg.AssetKey], Node], key: dg.AssetKey, partition: str
) -> str | None:
    """Fingerprint of inputs and code if the asset should be made from them now, else None."""
    node = node_of(key)
    if not any(_from_inside(reason, node) for reason in reasons(records, node, partition)):
        return None
    versions = {}
    for parent in node.parents:
        external = parent in node.external_parents
        version = records.data_version(parent, partition, external=external)
        if version is None or (not external and reasons(records, node_of(parent), partition)):
            return None
        versions[parent.to_user_string()] = version
    return fingerprint.of_json([node.code_version, versions])


def _from_inside(reason: Reason, node: Node) -> bool:
    if reason.kind in ("missing", "cut off"):
        return not node.external_parents
    return reason.cause not in node.external_parents


def partitions_under_way(instance: dg.DagsterInstance) -> set[str]:
    """Partitions that a queued or started run is working on.

    Asked of the runs: what the event log calls in progress can miss a run that was created a moment ago. A nested run
    whose process is gone does not count, nor does any run of which nothing was heard for hours: a command that was
    killed stays unfinished in the history, because nobody was left to end it.
    """
    since = datetime.now(UTC) - _LONGEST_RUN
    unfinished = instance.get_runs(filters=dg.RunsFilter(statuses=list(_UNFINISHED), updated_after=since))
    return {run.tags[PARTITION_TAG] for run in unfinished if PARTITION_TAG in run.tags and is_alive(run.tags)}
