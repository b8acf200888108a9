"""Who registered, and what is known of them."""

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import (
    event_asset,
    prepared_metadata,
    scope,
    table_result,
    write_table_csv,
)
from pa_assets.agendas.core.people import join_visitors, process_registrations
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, REGISTRATIONS, THIS_YEAR, VISITORS

VISITOR_FILES = {
    THIS_YEAR: "df_reg_demo_this.csv",
    LAST_YEAR_MAIN: "df_reg_demo_last_bva.csv",
    LAST_YEAR_SECONDARY: "df_reg_demo_last_lva.csv",
}


@event_asset(
    group="people",
    kinds={"pandas", "parquet", "csv"},
    code_version="1",
    landing=["registrations"],
    settings=["people"],
    table=REGISTRATIONS,
)
def registrations_processed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Registrations of this and the last shows, cleaned: one row per badge, sorted into cohorts by show code."""
    event = scope(context)
    rows = event.required("registrations", event.config.landing.registrations)
    prepared = process_registrations(rows, event.config.event, event.config.people)
    write_table_csv(event.folder.output / "registrations_processed.csv", prepared.table)
    return table_result(event, REGISTRATIONS, prepared.table, prepared_metadata(event, "registrations", prepared))


@event_asset(
    group="people",
    kinds={"pandas", "parquet", "csv"},
    code_version="1",
    landing=["demographics", "mappings"],
    settings=["people"],
    table=VISITORS,
)
def visitors(context: dg.AssetExecutionContext, registrations_processed: pd.DataFrame) -> dg.MaterializeResult:
    """Visitors of this and the last shows with their survey answers; people who return are linked across years."""
    event = scope(context)
    prepared = join_visitors(
        registrations_processed,
        event.landed("demographics", event.config.landing.demographics),
        event.landed("mappings", event.config.landing.mappings.practices),
        event.config.event,
        event.config.people,
    )
    table = prepared.table
    for cohort, name in VISITOR_FILES.items():
        write_table_csv(event.folder.output / name, table[table["cohort"] == cohort])
    this_year = table[table["cohort"] == THIS_YEAR]
    return table_result(
        event,
        VISITORS,
        table,
        {
            **prepared_metadata(event, "answers", prepared.answers),
            "visitors_this_year": len(this_year),
            "returning": int(this_year["assist_year_before"].sum()),
            "with_answers": int(this_year["has_answers"].sum()),
        },
    )
