"""Roll-ups: unpartitioned assets under a bare name that bring a partitioned artifact up to date everywhere.

`dagster asset materialize --select NAME` has no partition; a roll-up is what it finds. It is a graph of two ops,
because Dagster records the versions of an op's inputs before it runs: the second op sees what the first one made.
See docs/adr/0003-roll-ups.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pa_assets.kit.refresh import FAILED, Outcome, Refresher
from pa_assets.kit.staleness import Records

COLUMNS = ("event", "status", "why", "rows", "path")


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a text table for a terminal."""
    from tabulate import tabulate

    rows = [[row[name] for name in COLUMNS] for row in (outcome.as_row() for outcome in outcomes)]
    return tabulate(rows, headers=list(COLUMNS), tablefmt="simple", maxcolwidths=[None, None, 60, None, None])


def rollup(
    name: str,
    parts: Sequence[dg.AssetKey],
    refresher: Refresher,
    *,
    description: str,
    owner: str,
    group: str,
    broken: Mapping[str, str],
) -> dg.AssetsDefinition:
    """The roll-up asset `name` over the partitioned assets `parts`.

    Args:
        name: bare key of the roll-up.
        parts: the partitioned assets that make the artifact.
        refresher: runs what is stale.
        description: sentence for the UI.
        owner: owner for the UI.
        group: group for the UI.
        broken: partitions that could not be loaded, with the reason; they are listed as failed.
    """
    inputs = {f"part_{index}": key for index, key in enumerate(parts)}

    @dg.op(
        name=f"{name}__refresh",
        ins={part: dg.In(dg.Nothing) for part in inputs},
        out=dg.Out(list),
        description="Recompute the stale partitions.",
    )
    def refresh(context: dg.OpExecutionContext) -> Any:
        outcomes = [Outcome(partition, FAILED, reason) for partition, reason in broken.items()]
        records = Records(context.instance)
        tags = {"pa/roll_up": name, "pa/parent_run": context.run_id}
        for partition in refresher.partitions():
            outcomes.append(refresher.refresh(records, parts, partition, tags))
        return [outcome.as_row() for outcome in outcomes]

    @dg.op(
        name=f"{name}__publish",
        ins={"rows": dg.In(list), **{part: dg.In(dg.Nothing) for part in inputs}},
        out=dg.Out(dg.Nothing),
        code_version="1",
        description="Publish what became of each event.",
    )
    def publish(context: dg.OpExecutionContext, rows: list[dict[str, Any]]) -> dg.Output[None]:
        outcomes = [
            Outcome(row["event"], row["status"], row["why"], None if row["rows"] == "" else row["rows"], row["path"])
            for row in rows
        ]
        context.log.info(f"{name}\n{table(outcomes)}")
        if failed := [outcome for outcome in outcomes if outcome.status == FAILED]:
            raise dg.Failure(
                description="; ".join(f"{outcome.partition}: {outcome.why}" for outcome in failed),
                metadata={"events": _records(outcomes)},
                allow_retries=False,
            )
        return dg.Output(
            None,
            metadata={
                "events": _records(outcomes),
                **{
                    status: sum(outcome.status == status for outcome in outcomes)
                    for status in {o.status for o in outcomes}
                },
            },
        )

    @dg.graph_asset(
        key=name,
        ins={
            part: dg.AssetIn(key, dagster_type=dg.Nothing, partition_mapping=dg.AllPartitionMapping())
            for part, key in inputs.items()
        },
        group_name=group,
        description=description,
        owners=[owner],
        kinds={"table"},
    )
    def roll_up(**starts: Any) -> Any:
        return publish(rows=refresh(**starts), **starts)

    return roll_up


def _records(outcomes: Sequence[Outcome]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        [dg.TableRecord(outcome.as_row()) for outcome in outcomes] or [dg.TableRecord(dict.fromkeys(COLUMNS, ""))],
        schema=dg.TableSchema([dg.TableColumn(name, "string") for name in COLUMNS]),
    )
