"""The one automation condition of the product: make what is stale, once, when its inputs are there."""

from typing import Any

import dagster as dg

from pa_assets.kit.staleness import Node, Reason, Records, reasons

PARTITION_TAG = "dagster/partition"
_UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class Stale(dg.AutomationCondition[dg.AssetKey]):
    """True for each partition that has its inputs and is out of date for a reason inside the graph.

    What is out of date is for `kit.staleness` to say. What an external asset brings (files that landed, settings) is
    the landing sensor's to answer, the first build included: it requests one run per changed event, and two askers
    would make the same thing twice. For the same reason a partition that a run is working on waits.
    """

    @property
    def name(self) -> str:
        """Name shown in the UI."""
        return "stale"

    @property
    def description(self) -> str:
        """Sentence shown in the UI."""
        return "missing, or made by older code, or made from an older version of another asset"

    def evaluate(self, context: dg.AutomationContext[dg.AssetKey]) -> dg.AutomationResult[dg.AssetKey]:
        """Called by the daemon at each tick."""
        graph, view = context.asset_graph, context.asset_graph_view
        asset = graph.get(context.key)
        outside = frozenset(key for key in asset.parent_keys if graph.get(key).is_external)
        node = Node(context.key, asset.code_version, tuple(asset.parent_keys), external_parents=outside)
        records, busy = Records(view.instance), partitions_under_way(view.instance)
        stale = {
            partition
            for partition in context.candidate_subset.expensively_compute_partition_keys()
            if partition not in busy
            and _has_inputs(records, node, partition)
            and any(_from_inside(reason, node) for reason in reasons(records, node, partition))
        }
        subset = context.get_empty_subset()
        if stale and context.partitions_def is not None:
            subset = view.get_subset_from_partition_keys(context.key, context.partitions_def, stale)
        return dg.AutomationResult(context, subset)


def partitions_under_way(instance: dg.DagsterInstance) -> set[str]:
    """Partitions that a queued or started run is working on.

    Asked of the runs: what the event log calls in progress can miss a run that was created a moment ago.
    """
    unfinished = instance.get_runs(filters=dg.RunsFilter(statuses=list(_UNFINISHED)))
    return {run.tags[PARTITION_TAG] for run in unfinished if PARTITION_TAG in run.tags}


def _from_inside(reason: Reason, node: Node) -> bool:
    if reason.kind == "missing":
        return not node.external_parents
    return reason.cause not in node.external_parents


def _has_inputs(records: Records, node: Node, partition: str) -> bool:
    """Whether everything that the asset is made from was made, or seen, at least once."""
    return all(
        records.latest(parent, partition, external=parent in node.external_parents) is not None
        for parent in node.parents
    )


def when_stale() -> dg.AutomationCondition[Any]:
    """Make a partition when it is stale and can be made.

    - `Stale()`: by content, so an input that was made again with equal content asks for nothing.
    - not while it, or anything it is made from, is under way: the wave goes layer by layer.
    - after a failure, once more only when something moved since: an input, or the code. A step that
      fails for good therefore fails once per change, and not at every tick.
    """
    condition = dg.AutomationCondition
    failed = condition.execution_failed()
    moved = condition.any_deps_match(condition.newly_updated()) | condition.code_version_changed()
    return (
        Stale()
        & ~condition.in_progress()
        & ~condition.any_deps_in_progress()
        & ~condition.any_deps_match(condition.will_be_requested())
        & (~failed | moved.since(failed.newly_true()))
    ).with_label("when_stale")
