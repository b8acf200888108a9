"""Who registered, and what is known of them."""

import dagster as dg
import pandas as pd

from pa_assets.agendas.assets.common import (
    EventScope,
    event_asset,
    prepared_metadata,
    scope,
    table_result,
    write_known_files,
    write_table_csv,
)
from pa_assets.agendas.config import Engagement
from pa_assets.agendas.core.people import (
    MISSING_COMPANIES,
    inventories,
    join_visitors,
    known_answer_files,
    known_people_files,
    process_answers,
    process_registrations,
    professions,
)
from pa_assets.agendas.core.people.audience import flagged
from pa_assets.agendas.core.people.inventories import PROFESSIONS
from pa_assets.agendas.core.people.linkage import link_people
from pa_assets.agendas.core.tables import REGISTRATIONS, SURVEY_ANSWERS, THIS_YEAR, VISITORS
from pa_assets.kit.files import write_json

IDENTITY_REVIEW = "identity_review.csv"


def _audience(event: EventScope) -> Engagement | None:
    """Who is invited, in the mode that invites people."""
    return event.config.engagement if event.config.mode == "engagement" else None


@event_asset(
    group="people",
    kinds={"pandas", "parquet", "csv"},
    code_version="2",
    landing=["registrations"],
    settings=["people"],
    table=REGISTRATIONS,
)
def registrations_processed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Registrations of this and the last shows, cleaned: one row per badge, sorted into cohorts by show code."""
    event = scope(context)
    rows = event.required("registrations", event.config.landing.registrations)
    prepared = process_registrations(rows, event.config.event, event.config.people, _audience(event))
    write_table_csv(event.folder.output / "registrations_processed.csv", prepared.table)
    return table_result(event, REGISTRATIONS, prepared.table, prepared_metadata(event, "registrations", prepared))


@event_asset(
    group="people",
    kinds={"pandas", "parquet"},
    code_version="1",
    landing=["demographics"],
    settings=["people"],
    table=SURVEY_ANSWERS,
)
def survey_answers(context: dg.AssetExecutionContext, registrations_processed: pd.DataFrame) -> dg.MaterializeResult:
    """Every answer of every visitor, each choice a row of its own."""
    event = scope(context)
    rows = event.landed("demographics", event.config.landing.demographics)
    prepared = process_answers(rows, registrations_processed, event.config.event, event.config.people, _audience(event))
    return table_result(event, SURVEY_ANSWERS, prepared.table, prepared_metadata(event, "answers", prepared))


@event_asset(
    group="people",
    kinds={"pandas", "parquet", "csv"},
    code_version="2",
    landing=["mappings"],
    settings=["people"],
    table=VISITORS,
)
def visitors(
    context: dg.AssetExecutionContext, registrations_processed: pd.DataFrame, survey_answers: pd.DataFrame
) -> dg.MaterializeResult:
    """Visitors of this and the last shows with their survey answers; people who return are linked across years."""
    event = scope(context)
    config, output = event.config, event.folder.output
    mappings = config.landing.mappings
    links = link_people(
        registrations_processed, config.people.linkage, event.landed("mappings", mappings.identity_decisions)
    )
    joined = join_visitors(
        registrations_processed,
        survey_answers,
        event.landed("mappings", mappings.practices),
        config.event,
        config.people,
        links,
    )
    table = flagged(joined.table, _audience(event))
    write_known_files(event, known_people_files(table, config.people))
    for name, documents in known_answer_files(survey_answers).items():
        write_json(output / name, documents)
    for name, content in inventories(table, survey_answers, config.people).items():
        write_json(output / name, content, indent=4)
    write_table_csv(output / PROFESSIONS.name, professions(table))
    write_table_csv(output / MISSING_COMPANIES.name, joined.unmatched_companies)
    write_table_csv(output / IDENTITY_REVIEW, links.review)
    this_year = table[table["cohort"] == THIS_YEAR]
    return table_result(
        event,
        VISITORS,
        table,
        {
            "visitors_this_year": len(this_year),
            "returning": int(this_year["assist_year_before"].sum()),
            "with_answers": int(this_year["has_answers"].sum()),
            "unmatched_companies": len(joined.unmatched_companies),
            "identity_pairs_to_review": len(links.review),
            "notes": dg.MetadataValue.json({**joined.notes, **links.notes}),
        },
    )
