"""The one automation condition of the product: make what is stale, once, when its inputs are there."""

from typing import Any

import dagster as dg

from pa_assets.kit.staleness import Node, Records, reasons


class Stale(dg.AutomationCondition[dg.AssetKey]):
    """True for each partition that has its inputs and is out of date for a reason inside the graph.

    What is out of date is for `kit.staleness` to say. A change of an external asset (files that landed, settings)
    is the landing sensor's to answer: it requests one run per changed event, and two askers would make the same
    thing twice.
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
        records = Records(view.instance)
        stale = {
            partition
            for partition in context.candidate_subset.expensively_compute_partition_keys()
            if _has_inputs(records, node, partition)
            and any(reason.cause not in outside for reason in reasons(records, node, partition))
        }
        subset = context.get_empty_subset()
        if stale and context.partitions_def is not None:
            subset = view.get_subset_from_partition_keys(context.key, context.partitions_def, stale)
        return dg.AutomationResult(context, subset)


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
