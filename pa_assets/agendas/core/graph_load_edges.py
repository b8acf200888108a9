"""Tables -> relationships of people: streams of their job and specialisation, their badges of other years, attendance.

Both ends must be in the graph already; a row without them is refused and counted, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from pa_assets.agendas.core.graph_load import create_constraints
from pa_assets.agendas.core.graph_schema import RelationshipType, Schema, build_schema
from pa_assets.agendas.core.graph_sync import END, START, LoadReport, combined, known_nodes, sync_edges, sync_nodes
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, PAST_COHORTS, THIS_YEAR
from pa_assets.agendas.core.text import fold, fold_values, slug
from pa_assets.kit.ports import Graph

if TYPE_CHECKING:
    from pa_assets.agendas import config

_NO_MAPPING = "answer without a stream in the mapping"
_NO_STREAM = "stream of the mapping is not in the catalogue"


def load_job_streams(
    graph: Graph,
    event: config.Event,
    settings: config.Graph,
    visitors: pd.DataFrame,
    mapping: pd.DataFrame,
    synonyms: Mapping[str, str] | None = None,
) -> LoadReport:
    """Relationships from visitors of this year to the streams of their job role.

    Args:
        graph: the server; visitors and sessions are loaded.
        event: which show.
        settings: labels, types, and `job_stream_mapping`; disabled, the relationships go.
        visitors: table `VISITORS`.
        mapping: pairs of job role and stream, from `mappings.read_mapping`; case and spaces do not count.
        synonyms: other name of a stream -> its name in the catalogue.
    """
    create_constraints(graph, event, settings)
    schema = build_schema(event, settings)
    (edge,) = schema.between(settings.relationships.job_stream)
    rows = visitors[visitors["cohort"].eq(THIS_YEAR) & visitors["job_role"].ne("")]
    answers = rows[["badge_id"]].assign(answer=rows["job_role"])
    return _load_mapped(graph, event, schema, edge, answers, settings.job_stream_mapping, mapping, synonyms or {})


def load_specialisation_streams(
    graph: Graph,
    event: config.Event,
    settings: config.Graph,
    visitors: pd.DataFrame,
    mapping: pd.DataFrame,
    question: str,
    synonyms: Mapping[str, str] | None = None,
) -> LoadReport:
    """Relationships from visitors of every cohort to the streams of their specialisations.

    Args:
        graph: the server; visitors and sessions are loaded.
        event: which show.
        settings: labels, types, and `specialization_stream_mapping`; disabled, the relationships go.
        visitors: table `VISITORS`.
        mapping: pairs of answer and stream, from `mappings.read_mapping`; case and spaces do not count.
        question: column of `visitors` with the answers; `""` for none.
        synonyms: other name of a stream -> its name in the catalogue.

    Raises:
        ValueError: `visitors` has no such column.
    """
    if question and question not in visitors.columns:
        raise ValueError(
            f"The table visitors has no column {question!r} for the mapping of specialisations to streams."
        )
    create_constraints(graph, event, settings)
    schema = build_schema(event, settings)
    rows = visitors[["badge_id", "cohort"]].assign(answer=visitors[question] if question else "")
    rows = rows.explode("answer").dropna(subset="answer")
    rows = rows[rows["answer"].ne("")]
    reports = {}
    for edge in schema.between(settings.relationships.specialization_stream):
        cohort = next(name for name, node in schema.visitors.items() if node is edge.start)
        reports[edge.start.label] = _load_mapped(
            graph,
            event,
            schema,
            edge,
            rows.loc[rows["cohort"].eq(cohort), ["badge_id", "answer"]],
            settings.specialization_stream_mapping,
            mapping,
            synonyms or {},
        )
    return combined(reports)


def _load_mapped(
    graph: Graph,
    event: config.Event,
    schema: Schema,
    edge: RelationshipType,
    answers: pd.DataFrame,
    settings: config.StreamMapping,
    mapping: pd.DataFrame,
    synonyms: Mapping[str, str],
) -> LoadReport:
    """Relationships from badges to the streams of their answers. One answer without a stream is one row refused."""
    if not settings.enabled or mapping.empty:
        answers = answers.iloc[:0]
    names = known_nodes(graph, schema.stream, event.show)["stream"]
    catalogue = dict(zip(fold_values(names), names, strict=True))
    catalogue = {fold(other): catalogue.get(fold(name)) for other, name in synonyms.items()} | catalogue
    streams = fold_values(mapping["stream"])
    table = pd.DataFrame(
        {"key": fold_values(mapping.iloc[:, 0]), "folded": streams, "stream": streams.map(catalogue).astype(object)}
    )
    renamed = {fold(given): fold(name) for given, name in settings.rename.items()}
    given = fold_values(answers["answer"])
    pairs = answers.assign(key=given.map(lambda answer: renamed.get(answer, answer)))[
        ["badge_id", "key"]
    ].drop_duplicates()
    pairs = pairs.merge(table.drop_duplicates(), on="key", how="left")
    unmapped = pairs["folded"].isna()
    unknown = ~unmapped & pairs["stream"].isna()
    good = pairs.loc[pairs["stream"].notna(), ["badge_id", "stream"]].drop_duplicates()
    report = sync_edges(graph, edge, event.show, good.set_axis([f"{START}BadgeId", f"{END}stream"], axis=1))
    refused = {_NO_MAPPING: int(unmapped.sum()), _NO_STREAM: int(unknown.sum())}
    return _with_refused(report, refused)


def _with_refused(report: LoadReport, refused: Mapping[str, int]) -> LoadReport:
    """The report with rows that were refused before they reached the graph."""
    counted = {reason: count for reason, count in refused.items() if count}
    return replace(report, given=report.given + sum(counted.values()), refused={**report.refused, **counted})


def load_relationships(
    graph: Graph,
    event: config.Event,
    settings: config.Graph,
    visitors: pd.DataFrame,
    attendance: pd.DataFrame,
    entry_scans: pd.DataFrame,
) -> LoadReport:
    """One person's badges of several years, sessions attended last year and this year, shows entered.

    Args:
        graph: the server; visitors and sessions are loaded.
        event: which show.
        settings: labels and types.
        visitors: table `VISITORS`.
        attendance: table `ATTENDANCE`.
        entry_scans: table `ENTRY_SCANS`; empty before the show.
    """
    create_constraints(graph, event, settings)
    schema, types = build_schema(event, settings), settings.relationships
    reports = {}
    for edge in schema.between(types.same_visitor):
        cohort = next(name for name, node in schema.visitors.items() if node is edge.end)
        name = event.main_event_name if cohort == LAST_YEAR_MAIN else event.secondary_event_name
        frame = _same_people(visitors, cohort).assign(type=name)
        reports[f"{edge.type} {name}"] = sync_edges(graph, edge, event.show, frame)
    for cohort, edge in zip(PAST_COHORTS, schema.between(types.attended_session), strict=True):
        rows = attendance[attendance["cohort"].eq(cohort)]
        reports[f"{edge.type} {cohort}"] = sync_edges(graph, edge, event.show, _attended(rows, edge))
    (now,) = schema.between(types.assisted_session_this_year)
    rows = attendance[attendance["cohort"].eq(THIS_YEAR)]
    reports[now.type] = sync_edges(graph, now, event.show, _attended(rows, now))
    shows, entries = _entries(entry_scans, event.show)
    reports[schema.show.label] = sync_nodes(graph, schema.show, event.show, shows)
    (entered,) = schema.between(types.registered_to_show)
    reports[entered.type] = sync_edges(graph, entered, event.show, entries)
    return combined(reports)


def _same_people(visitors: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Pairs of badges of one person: this year, and in a past cohort."""
    badges = visitors[["person_id", "badge_id"]]
    now = badges[visitors["cohort"].eq(THIS_YEAR)].rename(columns={"badge_id": f"{START}BadgeId"})
    past = badges[visitors["cohort"].eq(cohort)].rename(columns={"badge_id": f"{END}BadgeId"})
    return now.merge(past, on="person_id").drop(columns="person_id")


def _attended(attendance: pd.DataFrame, edge: RelationshipType) -> pd.DataFrame:
    columns = {item.column: item.name for item in edge.properties}
    ends = {"badge_id": f"{START}BadgeId", **{name: END + name for name in edge.end.key}}
    return attendance[[*ends, *columns]].rename(columns={**ends, **columns})


def _entries(entry_scans: pd.DataFrame, show: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shows entered, and one row per badge and show with the first entry of each day."""
    scans = entry_scans.assign(show_ref=entry_scans["show_ref"].where(entry_scans["show_ref"].ne(""), show))
    scans = scans.sort_values(["show_ref", "badge_id", "day", "source_file"], kind="stable")
    shows = scans.drop_duplicates("show_ref")[["show_ref", "source_file"]].reset_index(drop=True)
    key = ["badge_id", "show_ref"]
    people = scans.drop_duplicates(key)[[*key, "badge_type", "source_file"]].set_index(key)
    days = _slugs(scans["day"])
    marks = scans.assign(day=days, present=True).drop_duplicates([*key, "day"]).set_index([*key, "day"])
    came = marks["present"].unstack("day", fill_value=False).astype(bool)  # noqa: PD010
    times = marks["entered_at"].unstack("day").add_suffix("_entry")  # noqa: PD010
    table = people.join(came).join(times).reset_index()
    return shows, table.rename(columns={"badge_id": f"{START}BadgeId", "show_ref": f"{END}show_ref"})


def _slugs(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.map({value: slug(str(value)) for value in values.unique()}).astype(object)
