"""How an asset brings its part of the graph up to date: tables on disk and in the server, and what it tells of that."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import EventScope
from pa_assets.agendas.core.graph import sync, twins
from pa_assets.agendas.core.graph.parts import LoadReport, Part, version_of
from pa_assets.agendas.externals import graph_version, settings_key
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_csv
from pa_assets.kit.resources.graph_targets import NO_SERVER
from pa_assets.kit.resources.providers import GraphProvider
from pa_assets.kit.staleness import BESIDE_METADATA, ELSEWHERE_METADATA, Records
from pa_assets.kit.tables import for_spreadsheet


def write_graph(
    context: dg.AssetExecutionContext, event: EventScope, provider: GraphProvider, loader: str, parts: Sequence[Part]
) -> dict[str, Any]:
    """Let the event's graph hold `parts`, and return what to tell of it as metadata.

    The twins on disk are written last, so that they say what the server was brought to. Without a server they are
    all there is.

    Args:
        context: of the asset.
        event: its event.
        provider: which server.
        loader: name under which the load is recorded.
        parts: everything that the asset owns in the graph.
    """
    folder, show = event.folder.graph, event.config.event.show
    environment = provider.chosen(event.graph_environment)
    metadata: dict[str, Any] = {"server": "none: tables alone"}
    if environment != NO_SERVER:
        with provider.open(environment, show) as server:
            report = sync.load(
                server,
                show,
                loader,
                parts,
                load_id=f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}-{context.run.run_id[:8]}-{loader}",
                known=twins.known(folder, [part.element for part in parts]),
                everything=provider.recreate_all,
            )
            metadata = {"server": server.description, "environment": environment, **_told(report)}
    twins.write(folder, parts)
    refused = pd.concat([part.refused.assign(part=part.element.name) for part in parts], ignore_index=True)
    write_csv(folder / f"{loader}_refused.csv", for_spreadsheet(refused[["part", "reason", "value", "rows"]]))
    files = [event.relative(folder / f"{part.element.name}.parquet") for part in parts]
    metadata[BESIDE_METADATA] = dg.MetadataValue.json(files)
    if not _as_recorded(context, event, environment):
        metadata[ELSEWHERE_METADATA] = metadata["server"]
    return metadata


def graph_result(
    context: dg.AssetExecutionContext, event: EventScope, provider: GraphProvider, loader: str, parts: Sequence[Part]
) -> dg.MaterializeResult:
    """Write the graph; the result of an asset that makes nothing else. Another server is another result."""
    metadata = write_graph(context, event, provider, loader, parts)
    where = graph_version(event.project, event.name, provider.chosen(event.graph_environment))
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint.of_text(version_of(parts), where)),
        metadata={"dagster/row_count": sum(len(part.frame) for part in parts), **metadata},
    )


def _told(report: LoadReport) -> dict[str, Any]:
    return {
        "given": report.given,
        "written": report.written,
        "removed": report.removed,
        "statements": report.statements,
        "written_as": "one transaction" if report.whole else f"batches under the mark {report.load_id}",
        "refused": dg.MetadataValue.json(report.refused),
        "reconciliation": dg.MetadataValue.md(report.table().to_markdown(index=False)),
    }


def _as_recorded(context: dg.AssetExecutionContext, event: EventScope, environment: str) -> bool:
    """Whether the server that was written is the one that the recorded settings speak of."""
    recorded = Records(context.instance).data_version(settings_key("graph"), event.name, external=True)
    return recorded is None or recorded == graph_version(event.project, event.name, environment)
