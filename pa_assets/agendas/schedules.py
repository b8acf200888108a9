"""Schedules: one nightly refresh per event, in the event's time zone."""

import dagster as dg

from pa_assets.agendas.project import Project


def nightly_schedules(project: Project, job: dg.JobDefinition) -> list[dg.ScheduleDefinition]:
    """A schedule per event; switched on in the UI, or by `schedule.enabled` in pipeline_config.yaml."""
    settings = project.pipeline.schedule
    status = dg.DefaultScheduleStatus.RUNNING if settings.enabled else dg.DefaultScheduleStatus.STOPPED
    return [
        _nightly(event, config.event.time_zone, settings.cron, status, job) for event, config in project.events.items()
    ]


def _nightly(
    event: str, time_zone: str, cron: str, status: dg.DefaultScheduleStatus, job: dg.JobDefinition
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"nightly_{event}",
        cron_schedule=cron,
        execution_timezone=time_zone,
        job=job,
        default_status=status,
        description=f"Bring {event} up to date every night.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(
            run_key=f"{event}:{context.scheduled_execution_time:%Y-%m-%dT%H:%M}",
            partition_key=event,
            tags={"pa/trigger": "schedule"},
        )

    return nightly
