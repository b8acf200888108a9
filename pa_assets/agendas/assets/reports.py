"""What people read: the summary of the processing, and reports before and after the show."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import EventScope, event_asset, scope
from pa_assets.agendas.assets.steps import STEP_ASSETS, recorded
from pa_assets.agendas.core.reports import post_show, pre_show, quality, render
from pa_assets.agendas.core.seats import read_seats
from pa_assets.agendas.core.summary import processing_summary as summarise
from pa_assets.kit import fingerprint
from pa_assets.kit.files import read_json, write_json, write_text
from pa_assets.kit.staleness import PATH_METADATA


def _report(event: EventScope, name: str, data: Mapping[str, Any]) -> dg.MaterializeResult:
    """Write a report as JSON and as HTML that stands alone."""
    page = event.folder.reports / f"{name}.html"
    write_json(page.with_suffix(".json"), data)
    write_text(page, render(name, data))
    numbers = {key: value for key, value in data.items() if isinstance(value, int | float | str)}
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint.of_json(data)),
        metadata={PATH_METADATA: event.relative(page), **numbers},
    )


@event_asset(group="reports", kinds={"html", "json"}, code_version="1", landing=["capacity"], settings=["exports"])
def pre_show_report(
    context: dg.AssetExecutionContext,
    recommendations: pd.DataFrame,
    visitors: pd.DataFrame,
    sessions_backfilled: pd.DataFrame,
) -> dg.MaterializeResult:
    """Before the show: who has an agenda, which sessions are recommended to whom and how often, and which are not."""
    event = scope(context)
    data = pre_show(
        recommendations,
        pd.read_parquet(event.folder.agendas.without),
        visitors,
        sessions_backfilled,
        read_seats(event.landed("capacity", event.config.landing.capacity)),
        read_json(event.folder.agendas.statistics),
        event.config.event,
    )
    return _report(event, "pre_show", data)


@event_asset(group="reports", kinds={"html", "json"}, code_version="1", settings=["exports"])
def post_show_report(
    context: dg.AssetExecutionContext,
    recommendations: pd.DataFrame,
    attendance: pd.DataFrame,
    sessions_backfilled: pd.DataFrame,
    visitors: pd.DataFrame,
) -> dg.MaterializeResult:
    """After the show: which recommendations were followed, once this year's scans have landed."""
    event = scope(context)
    return _report(
        event, "post_show", post_show(recommendations, attendance, sessions_backfilled, visitors, event.config.event)
    )


@event_asset(group="reports", kinds={"html", "json"}, code_version="1", settings=["exports"])
def recommendation_quality(
    context: dg.AssetExecutionContext,
    recommendations: pd.DataFrame,
    sessions_backfilled: pd.DataFrame,
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
) -> dg.MaterializeResult:
    """How good the agendas are as a whole: clashes, coverage, concentration, variety of streams, scores."""
    event = scope(context)
    return _report(
        event, "quality", quality(recommendations, sessions_backfilled, visitors, attendance, event.config.event)
    )


@event_asset(
    group="reports",
    kinds={"json"},
    code_version="1",
    after=[f"{step}_complete" for step in STEP_ASSETS],
)
def processing_summary(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """What each stage counted in its latest run: logs/processing_summary.json."""
    event = scope(context)
    numbers = recorded(context, tuple(name for names in STEP_ASSETS.values() for name in names))
    data = summarise(event.name, event.config.mode, numbers)
    path = event.folder.logs / "processing_summary.json"
    write_json(path, data)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint.of_json(data)), metadata={PATH_METADATA: event.relative(path)}
    )
