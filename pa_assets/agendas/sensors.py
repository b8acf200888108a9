"""Sensors: one watches what lands, one carries the wave on. What to do is decided by a plain function."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

from pa_assets.agendas.externals import Delivery, changes, delivery
from pa_assets.agendas.project import Project, current_project
from pa_assets.kit import fingerprint, staleness
from pa_assets.kit.automation import partitions_under_way


@dataclass(frozen=True)
class Decision:
    """What the landing sensor does for one event."""

    events: list[dg.AssetObservation]
    request: dg.RunRequest | None
    note: str


def decide(
    records: staleness.Records, nodes: staleness.Nodes, event: str, found: Delivery, *, busy: bool = False
) -> Decision:
    """Decide for one event: record what changed, and request the assets that it makes stale.

    The run key names everything that landed, the settings, what each of them was before, and the assets to make. So
    one change asks for one run, however often the sensor looks, a run that failed is not asked for again until
    something changes, files that are put back as they once were are a change like any other, and what had to wait for
    the first run of a change gets its own. While a run works on the event (`busy`)
    changes are recorded, and asked for at a later look.
    """
    if found.unsettled:
        return Decision([], None, f"{event}: waiting for {', '.join(sorted(path.name for path in found.unsettled))}")
    if found.waits:
        return Decision([], None, f"{event}: {found.waits}")
    changed = changes(records, found, event)
    names = ", ".join(sorted(change.asset_key.to_user_string() for change in changed)) or "nothing new"
    if busy:
        return Decision(changed, None, f"{event}: {names}; a run is working on it")
    goals = {key for key, node in nodes.items() if not node.external}
    wave = staleness.next_wave(records.assuming(changed), nodes, goals, event)
    if not any(_is_ours(reason, nodes) for reason in wave.values()):
        return Decision(changed, None, f"{event}: {names}")
    request = dg.RunRequest(
        run_key=f"{event}:{_change(records, found, event)}:{_names(wave)}",
        partition_key=event,
        asset_selection=list(wave),
        tags={"pa/trigger": "landing", "pa/changed": names[:250]},
    )
    return Decision(changed, request, f"{event}: {names}")


def _change(records: staleness.Records, found: Delivery, event: str) -> str:
    """Fingerprint of the versions that are there, and of where in the log the versions before them stand."""
    versions = {
        item.key.to_user_string(): f"{item.version} after {records.place_before(item.key, event, item.version)}"
        for item in found.externals
    }
    return fingerprint.of_named(versions)


def _names(wave: Iterable[dg.AssetKey]) -> str:
    """Fingerprint of the assets of a wave."""
    return fingerprint.of_text(*sorted(key.to_user_string() for key in wave))


def _is_ours(reason: staleness.Reason, nodes: staleness.Nodes) -> bool:
    """The landing sensor answers first builds and changes from outside; `when_stale()` answers the rest."""
    return reason.kind in ("missing", "cut off") or (reason.cause is not None and nodes[reason.cause].external)


def landing_sensor(project: Project, nodes: staleness.Nodes, targets: dg.AssetSelection) -> dg.SensorDefinition:
    """The sensor on new and changed landing files and settings."""

    @dg.sensor(
        name="landing_files",
        target=targets,
        minimum_interval_seconds=project.pipeline.landing_sensor.interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Requests one run per event whose landing files or settings changed, once the files are settled.",
    )
    def landing_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now_project = current_project()
        busy = partitions_under_way(context.instance)
        decisions = [
            decide(
                staleness.Records(context.instance),
                nodes,
                event,
                delivery(now_project, event, now=time.time()),
                busy=event in busy,
            )
            for event in project.events
            if event in now_project.events
        ]
        requests = [decision.request for decision in decisions if decision.request]
        notes = "; ".join(decision.note for decision in decisions)
        return dg.SensorResult(
            run_requests=requests,
            asset_events=[event for decision in decisions for event in decision.events],
            skip_reason=None if requests else dg.SkipReason(notes or "No event is configured."),
        )

    return landing_files


def wave_sensor(targets: dg.AssetSelection) -> dg.AutomationConditionSensorDefinition:
    """The sensor that evaluates `when_stale()`; in the code server, where the condition lives."""
    return dg.AutomationConditionSensorDefinition(
        "when_stale",
        target=targets,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=15,
        use_user_code_server=True,
        run_tags={"pa/trigger": "when_stale"},
        description="Makes what is stale downstream of what changed; equal content stops the wave.",
    )
