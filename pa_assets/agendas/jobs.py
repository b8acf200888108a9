"""Jobs: the four steps of the managed pipeline, and the refresh that recomputes only what is stale."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pa_assets.kit.refresh import FAILED, Refresher
from pa_assets.kit.rollup import table
from pa_assets.kit.staleness import Records


def step_jobs(partitions: dg.PartitionsDefinition, steps: Mapping[str, Sequence[str]]) -> list[Any]:
    """One job per step; each makes its assets again, stale or not, and leaves its metadata folder.

    Args:
        partitions: the events.
        steps: step -> the event assets that it makes, in order of the steps.
    """
    return [
        dg.define_asset_job(
            f"{step}_job",
            selection=dg.AssetSelection.assets(*(["event", name] for name in (*names, f"{step}_complete"))),
            partitions_def=partitions,
            description=f"Step {number} of {len(steps)}: {step.replace('_', ' ')}.",
            tags={"pa/step": step},
        )
        for number, (step, names) in enumerate(steps.items(), start=1)
    ]


def refresh_job(
    refresher: Refresher, partitions: dg.PartitionsDefinition, goals: list[dg.AssetKey]
) -> dg.JobDefinition:
    """The job that brings everything of one event up to date and recomputes only what is stale."""

    @dg.op(out=dg.Out(dg.Nothing), description="Recompute what is stale of this event.")
    def refresh_event(context: dg.OpExecutionContext) -> None:
        tags = {"pa/parent_run": context.run_id}
        outcome = refresher.refresh(Records(context.instance), goals, context.partition_key, tags)
        context.log.info(table([outcome]))
        if outcome.status == FAILED:
            raise dg.Failure(description=f"{outcome.partition}: {outcome.why}", allow_retries=False)

    @dg.job(partitions_def=partitions, description="Bring one event up to date: what is stale, and nothing else.")
    def refresh() -> None:
        refresh_event()

    return refresh
