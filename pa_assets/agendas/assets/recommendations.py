"""Agendas, and what the marketing team receives."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.agenda_files import agendas_before, read_agendas, write_agendas
from pa_assets.agendas.assets.common import EventScope, event_asset, prepared_metadata, scope, table_result
from pa_assets.agendas.assets.graph_writing import write_graph
from pa_assets.agendas.config import StreamMapping
from pa_assets.agendas.core.bookings import read_bookings
from pa_assets.agendas.core.exports import build_exports
from pa_assets.agendas.core.graph.later import recommendation_parts
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.recommend import RUN, RecommendationResult, as_sent, recommend
from pa_assets.agendas.core.seats import read_seats
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets.agendas.export_files import write_exports
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of
from pa_assets.agendas.rule_functions import read_functions
from pa_assets.kit.files import read_json
from pa_assets.kit.resources.providers import GraphProvider, TrackerProvider
from pa_assets.kit.staleness import PATH_METADATA


def _mapping(event: EventScope, settings: StreamMapping, patterns: Sequence[str]) -> pd.DataFrame:
    """Streams by answer; none where the mapping is switched off."""
    return event.mapping(patterns if settings.enabled else [])


def _made(
    event: EventScope,
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
    sessions: pd.DataFrame,
    embeddings: pd.DataFrame,
) -> tuple[RecommendationResult, dict[str, Any]]:
    """Agendas made now, and what became of the bookings."""
    config, landing = event.config, event.config.landing
    booked = read_bookings(event.landed("bookings/this_year", landing.bookings), visitors, sessions, config.event)
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
        agendas_before(event.folder),
        sent=config.create_only_new,
        before_the_show=config.mode == "personal_agendas",
        bookings=booked.table,
        functions=read_functions(config.recommendations.rules),
        specialisation_question=config.graph.specialization_stream_mapping.question,
        specialisation_rename=config.graph.specialization_stream_mapping.rename,
    )
    facts = prepared_metadata(event, "bookings", booked)
    return result, {f"bookings_{name}": value for name, value in facts.items()}


def _as_sent(event: EventScope, visitors: pd.DataFrame, sessions: pd.DataFrame) -> RecommendationResult:
    """Agendas made in the mode personal_agendas."""
    files = EventFolder(event_of(event.name)).agendas
    made = read_agendas(files)
    if made is None:
        raise dg.Failure(
            description=f"{event.name}: there are no agendas to analyse; {files.table.name} is not in "
            f"{event.relative(files.table.parent)}. They are made in the mode personal_agendas, before the show.",
            allow_retries=False,
        )
    return as_sent(made, visitors, sessions)


@event_asset(
    group="recommendations",
    kinds={"numpy", "parquet", "neo4j"},
    code_version="4",
    landing=["mappings", "capacity", "bookings"],
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
    facts: dict[str, Any] = {}
    if config.mode == "post_analysis":
        result = _as_sent(event, visitors, sessions_backfilled)
    else:
        result, facts = _made(event, visitors, attendance, sessions_backfilled, session_embeddings)
    beside = write_agendas(event.folder, result)
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
        {
            **numbers,
            **facts,
            **written,
            "this_run": dg.MetadataValue.json(result.statistics.get(RUN, {})),
            "rules": dg.MetadataValue.md(pd.DataFrame(result.statistics.get("rules", [])).to_markdown(index=False)),
            "tracking": run.url or "",
        },
        beside=beside,
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
