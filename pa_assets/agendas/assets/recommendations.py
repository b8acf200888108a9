"""Agendas, and what the marketing team receives."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import EventScope, event_asset, scope, table_result
from pa_assets.agendas.assets.graph_writing import write_graph
from pa_assets.agendas.config import StreamMapping
from pa_assets.agendas.core.exports import build_exports
from pa_assets.agendas.core.graph.later import recommendation_parts
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.recommend import RecommendationResult, as_sent, clashes, recommend
from pa_assets.agendas.core.seats import read_seats
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets.agendas.export_files import write_exports
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of
from pa_assets.kit import fingerprint
from pa_assets.kit.files import read_json, write_json, write_parquet
from pa_assets.kit.resources.providers import GraphProvider, TrackerProvider
from pa_assets.kit.staleness import PATH_METADATA


def _mapping(event: EventScope, settings: StreamMapping, patterns: Sequence[str]) -> pd.DataFrame:
    """Streams by answer; none where the mapping is switched off."""
    return event.mapping(patterns if settings.enabled else [])


def _previous(event: EventScope) -> pd.DataFrame | None:
    """Recommendations made before, where the event only serves new visitors."""
    path = event.folder.agendas.table
    if not event.config.create_only_new or not path.is_file():
        return None
    return RECOMMENDATIONS.conform(pd.read_parquet(path))


def _made(
    event: EventScope,
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
    sessions: pd.DataFrame,
    embeddings: pd.DataFrame,
) -> RecommendationResult:
    """Agendas made now."""
    config, landing = event.config, event.config.landing
    result = recommend(
        visitors,
        attendance,
        sessions,
        embeddings,
        _mapping(event, config.graph.job_stream_mapping, landing.mappings.job_to_stream),
        _mapping(event, config.graph.specialization_stream_mapping, landing.mappings.specialization_to_stream),
        read_seats(event.landed("capacity", landing.capacity)),
        config.recommendations,
        config.event,
        config.people,
        _previous(event),
        specialisation_question=config.graph.specialization_stream_mapping.question,
        specialisation_rename=config.graph.specialization_stream_mapping.rename,
    )
    overlapping = clashes(result.table, sessions, config.recommendations.travel_minutes)
    if not overlapping.empty:
        raise dg.Failure(
            description=f"{event.name}: {len(overlapping)} pairs of sessions clash in one agenda. Nothing was written; "
            "report this as a fault of the program.",
            allow_retries=False,
        )
    return result


def _as_sent(event: EventScope, visitors: pd.DataFrame, sessions: pd.DataFrame) -> RecommendationResult:
    """Agendas made in the mode personal_agendas."""
    files = EventFolder(event_of(event.name)).agendas
    if missing := [path.name for path in files if not path.is_file()]:
        raise dg.Failure(
            description=f"{event.name}: there are no agendas to analyse; {', '.join(missing)} is not in "
            f"{event.relative(files.table.parent)}. They are made in the mode personal_agendas, before the show.",
            allow_retries=False,
        )
    return as_sent(
        pd.read_parquet(files.table), pd.read_parquet(files.without), read_json(files.statistics), visitors, sessions
    )


@event_asset(
    group="recommendations",
    kinds={"numpy", "parquet", "neo4j"},
    code_version="3",
    landing=["mappings", "capacity"],
    settings=["recommendations", "graph"],
    after=["graph_visitors", "graph_sessions"],
    table=RECOMMENDATIONS,
)
def recommendations(
    context: dg.AssetExecutionContext,
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
    sessions_backfilled: pd.DataFrame,
    session_embeddings: pd.DataFrame,
    graph: GraphProvider,
    tracker: TrackerProvider,
) -> dg.MaterializeResult:
    """An agenda for each visitor: sessions worth their time, without clashes, each with a reason.

    In the analysis after the show: the agendas as they were made before it.
    """
    event = scope(context)
    config = event.config
    if config.mode == "post_analysis":
        result = _as_sent(event, visitors, sessions_backfilled)
    else:
        result = _made(event, visitors, attendance, sessions_backfilled, session_embeddings)
    write_json(event.folder.agendas.statistics, result.statistics)
    write_parquet(event.folder.agendas.without, result.without)
    parts = recommendation_parts(
        build_schema(config.event, config.graph),
        config.event,
        visitors,
        result.table,
        dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )
    written = write_graph(context, event, graph, "recommendations", parts)
    numbers = {name: value for name, value in result.statistics.items() if isinstance(value, int | float)}
    store = tracker.get(event.project.pipeline.tracking, event.project.root / "data")
    with store.run(event.name, f"{event.name}/recommendations", {"event": event.name}) as run:
        run.log_parameters(config.recommendations.model_dump(mode="json"))
        run.log_metrics({f"recommendations_{name}": value for name, value in numbers.items()})
    return table_result(
        event,
        RECOMMENDATIONS,
        result.table,
        {**numbers, **written, "tracking": run.url or ""},
        beside=fingerprint.of_text(fingerprint.of_frame(result.without), fingerprint.of_json(result.statistics)),
    )


@event_asset(
    group="recommendations",
    kinds={"json", "csv"},
    code_version="2",
    settings=["exports", "recommendations"],
)
def recommendation_exports(
    context: dg.AssetExecutionContext,
    recommendations: pd.DataFrame,
    visitors: pd.DataFrame,
    sessions_backfilled: pd.DataFrame,
) -> dg.MaterializeResult:
    """The agendas as JSON, CSV, Parquet and calendars for e-mail and CRM, the control group's apart.

    Equal agendas keep their files.
    """
    event = scope(context)
    made = event.folder.agendas
    exports = build_exports(
        recommendations,
        pd.read_parquet(made.without),
        visitors,
        sessions_backfilled,
        event.config,
        read_json(made.statistics),
        alternatives=_listed(made.alternatives),
        removed=_listed(made.removed),
        changes=_listed(made.changes),
    )
    written = write_exports(event.folder.recommendations, event.config.event, exports)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(written.version),
        metadata={
            PATH_METADATA: event.relative(written.paths["json"]),
            "dagster/row_count": exports.rows,
            "visitors": exports.visitors,
            "files": dg.MetadataValue.json({kind: event.relative(path) for kind, path in written.paths.items()}),
        },
    )


def _listed(path: Path) -> pd.DataFrame | None:
    """A table beside the agendas; None where the agendas were made without it."""
    return pd.read_parquet(path) if path.is_file() else None
