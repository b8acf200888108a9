"""Puts the code location together. Tests and special deployments build their own with other resources."""

import logging
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any

import dagster as dg

from pa_assets.agendas.assets import attendance, embeddings, graph, people, recommendations, reports, sessions, steps
from pa_assets.agendas.assets.common import TABLES
from pa_assets.agendas.assets.steps import STEP_ASSETS
from pa_assets.agendas.checks import event_checks
from pa_assets.agendas.externals import external_specs, report
from pa_assets.agendas.jobs import refresh_job, step_jobs
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.project import Project, current_project
from pa_assets.agendas.schedules import nightly_schedules
from pa_assets.agendas.sensors import landing_sensor, wave_sensor
from pa_assets.kit.refresh import Refresher
from pa_assets.kit.resources.providers import EncoderProvider, GraphProvider, LanguageModelProvider, TrackerProvider
from pa_assets.kit.rollup import rollup
from pa_assets.kit.staleness import nodes_of
from pa_assets.kit.table_types import TableStore

logger = logging.getLogger(__name__)

ASSET_MODULES = (people, attendance, sessions, graph, embeddings, recommendations, reports, steps)

ROLL_UPS = {
    "registrations_processed": ["registrations_processed"],
    "visitors": ["visitors"],
    "scans_processed": ["scans_processed"],
    "sessions_processed": ["sessions_processed"],
    "streams_catalog": ["streams_catalog"],
    "sessions_backfilled": ["sessions_backfilled"],
    "graph": [
        "graph_visitors",
        "graph_sessions",
        "graph_job_streams",
        "graph_specialisation_streams",
        "graph_visitor_relationships",
    ],
    "session_embeddings": ["session_embeddings"],
    "recommendations": ["recommendations"],
    "recommendation_exports": ["recommendation_exports"],
    "processing_summary": ["processing_summary"],
}
"""Bare name -> the event assets that make it."""


def default_resources() -> dict[str, Any]:
    """The resources of a normal deployment."""
    return {
        "tables": TableStore(TABLES, lambda partition, name: current_project().folder(partition).table(name)),
        "graph": GraphProvider(),
        "encoder": EncoderProvider(),
        "language_model": LanguageModelProvider(),
        "tracker": TrackerProvider(),
    }


def build_definitions(*, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Everything the code location holds.

    Args:
        resources: resources to use instead of the default ones, by key.
    """
    project = current_project()
    for event, error in project.broken.items():
        logger.error("%s is left out until its settings are mended. %s", event, error)
    partitions, owner = event_partitions(project), project.pipeline.owner
    externals = external_specs(partitions, owner)
    assets = dg.load_assets_from_modules(ASSET_MODULES)
    nodes = nodes_of([*externals, *(item for item in assets if isinstance(item, dg.AssetsDefinition))])
    refresher = Refresher(
        nodes=nodes,
        partitions=lambda: sorted(project.events),
        report_external=report,
        job=lambda: definitions.resolve_implicit_global_asset_job_def(),
        lock_path=lambda partition: current_project().folder(partition).locks / "refresh.lock",
    )
    goals = [key for key, node in nodes.items() if not node.external]
    refresh = refresh_job(refresher, partitions, goals)
    targets = dg.AssetSelection.assets(*goals)
    with warnings.catch_warnings():
        # Checks by partition and conditions in the code server are marked beta; contract tests hold them.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        checks, sensors = event_checks(), [landing_sensor(project, nodes, targets), wave_sensor(targets)]
    definitions = dg.Definitions(
        assets=[*externals, *assets, *_roll_ups(project, refresher, owner)],
        asset_checks=checks,
        jobs=[*step_jobs(partitions, STEP_ASSETS), refresh],
        schedules=nightly_schedules(project, refresh),
        sensors=sensors,
        resources={**default_resources(), **(resources or {})},
        executor=_executor(project),
    )
    return definitions


def _roll_ups(project: Project, refresher: Refresher, owner: str) -> list[dg.AssetsDefinition]:
    broken = {event: " ".join(str(error).split()) for event, error in project.broken.items()}
    make = partial(rollup, refresher=refresher, owner=owner, group="all_events", broken=broken)
    return [
        make(
            name,
            [dg.AssetKey(["event", part]) for part in parts],
            description=f"Brings {name} up to date for every event; makes only what is stale, and lists the outcome.",
        )
        for name, parts in ROLL_UPS.items()
    ]


def _executor(project: Project) -> dg.ExecutorDefinition:
    return dg.multiprocess_executor if project.pipeline.executor == "multiprocess" else dg.in_process_executor
