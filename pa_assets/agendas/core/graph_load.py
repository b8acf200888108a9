"""Tables -> nodes: visitors, sessions, streams; and what later steps write on nodes and relationships of the agenda.

Which property a column becomes stands in `graph_schema`; relationships of people are `graph_load_edges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pa_assets.agendas.core.graph_schema import CREATED_BY, SHOW, NodeType, Schema, build_schema, constraints, quoted
from pa_assets.agendas.core.graph_sync import (
    END,
    START,
    LoadReport,
    combined,
    known_nodes,
    records,
    row_hashes,
    set_version,
    sync_edges,
    sync_nodes,
)
from pa_assets.agendas.core.tables import COHORTS, THIS_YEAR, VISITORS
from pa_assets.agendas.core.text import fold, fold_values, split_streams
from pa_assets.kit.ports import Graph

if TYPE_CHECKING:
    from pa_assets.agendas import config


def create_constraints(graph: Graph, event: config.Event, settings: config.Graph) -> None:
    """Create what makes keys unique and look-ups fast; those that exist stay."""
    for statement in constraints(build_schema(event, settings)):
        graph.schema(statement)


def load_visitors(graph: Graph, event: config.Event, settings: config.Graph, visitors: pd.DataFrame) -> LoadReport:
    """Visitor nodes of all cohorts; what recommendations wrote on them stays.

    Args:
        graph: the server.
        event: which show.
        settings: labels.
        visitors: table `VISITORS`; each further column, a list of texts, is a property of the same name.
    """
    create_constraints(graph, event, settings)
    schema = build_schema(event, settings)
    questions = VISITORS.extra_names(visitors)
    reports = {}
    for cohort in COHORTS:
        node = schema.visitors[cohort]
        rows = visitors[visitors["cohort"].eq(cohort)]
        frame = rows[list(node.columns)].rename(columns=node.columns)
        days = frame["Days_since_registration"]
        frame["Days_since_registration"] = days.astype("Int64").mask(days.lt(0))
        taken = {*frame.columns, *(item.name for item in node.written_later), SHOW, CREATED_BY}
        named = {question: f"{question}_answer" if question in taken else question for question in questions}
        reports[node.label] = sync_nodes(graph, node, event.show, frame.join(rows[questions].rename(columns=named)))
    return combined(reports)


def load_sessions(
    graph: Graph,
    event: config.Event,
    settings: config.Graph,
    sessions: pd.DataFrame,
    descriptions: Mapping[str, str],
) -> LoadReport:
    """Session and stream nodes, and which session has which stream; embeddings and agendas stay.

    Args:
        graph: the server.
        event: which show.
        settings: labels and types.
        sessions: table `BACKFILLED_SESSIONS`.
        descriptions: catalogue: stream -> description. Streams of sessions that it lacks become nodes too.
    """
    create_constraints(graph, event, settings)
    schema = build_schema(event, settings)
    streams, pairs = _streams(sessions, descriptions)
    reports = {schema.stream.label: sync_nodes(graph, schema.stream, event.show, streams)}
    for node, now in ((schema.session_this_year, True), (schema.session_past_year, False)):
        rows = sessions[sessions["cohort"].eq(THIS_YEAR) == now]
        frame = rows[list(node.columns)].rename(columns=node.columns)
        reports[node.label] = sync_nodes(graph, node, event.show, frame)
    for edge in schema.between(settings.relationships.stream):
        ends = pairs[pairs["cohort"].eq(THIS_YEAR) == (edge.start is schema.session_this_year)]
        frame = ends[[*edge.start.key, "stream"]].set_axis(
            [*(START + name for name in edge.start.key), f"{END}stream"], axis=1
        )
        reports[f"{edge.start.label} {edge.type}"] = sync_edges(graph, edge, event.show, frame)
    return combined(reports)


def _streams(sessions: pd.DataFrame, descriptions: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stream nodes, and one row per session and stream; spellings that differ in case are one stream."""
    pairs = sessions[["cohort", "session_id"]].assign(stream=sessions["stream"].map(split_streams))
    pairs = pairs.explode("stream").dropna(subset="stream").reset_index(drop=True)
    spellings = {fold(name): name for name in sorted(pairs["stream"].unique(), reverse=True)}
    spellings |= {fold(name): name for name in sorted(descriptions, reverse=True)}
    pairs["stream"] = fold_values(pairs["stream"]).map(spellings).astype(object)
    names = sorted(spellings.values())
    frame = pd.DataFrame({"stream": names, "description": [descriptions.get(name, "") for name in names]}, dtype=object)
    return frame, pairs.drop_duplicates(ignore_index=True)


def write_embeddings(graph: Graph, event: config.Event, settings: config.Graph, embeddings: pd.DataFrame) -> LoadReport:
    """Vectors on the session nodes, as lists of floats; only those whose `text_hash` changed are sent.

    Args:
        graph: the server.
        event: which show.
        settings: labels.
        embeddings: table `SESSION_EMBEDDINGS`. Nodes that it lacks lose their vector.
    """
    schema = build_schema(event, settings)
    now = embeddings["cohort"].eq(THIS_YEAR)
    return combined(
        {
            node.label: _write_vectors(graph, node, event.show, rows)
            for node, rows in (
                (schema.session_this_year, embeddings[now]),
                (schema.session_past_year, embeddings[~now]),
            )
        }
    )


def _write_vectors(graph: Graph, node: NodeType, show: str, rows: pd.DataFrame) -> LoadReport:
    key = list(node.key)
    known = known_nodes(graph, node, show, "embedding_hash")
    compared = known.merge(rows[[*key, "text_hash"]], on=key, how="left")
    stale = compared[compared["embedding_hash"].notna() & compared["text_hash"].isna()]
    there = rows.merge(known, on=key, how="inner")
    changed = there[there["embedding_hash"].ne(there["text_hash"])]
    match = ", ".join((f"{SHOW}: $show", *(f"{name}: row.{name}" for name in key)))
    start = f"UNWIND $rows AS row MATCH (node:{quoted(node.label)} {{{match}}})"
    graph.write_rows(
        f"{start} SET node.embedding = row.vector, node.embedding_hash = row.text_hash",
        records(changed[[*key, "text_hash", "vector"]]),
        show=show,
    )
    graph.write_rows(f"{start} REMOVE node.embedding, node.embedding_hash", records(stale[key]), show=show)
    missing = len(rows) - len(there)
    return LoadReport(
        given=len(rows),
        written=len(changed),
        removed=len(stale),
        refused={f"{node.meaning} is not in the graph": missing} if missing else {},
        version=set_version(node.label, there[[*key, "text_hash"]]),
    )


def write_recommendations(
    graph: Graph,
    event: config.Event,
    settings: config.Graph,
    recommendations: pd.DataFrame,
    generated_at: str,
) -> LoadReport:
    """The agendas: relationships from visitors to sessions, and marks on the visitors.

    Whatever recommendations the show had before are gone afterwards, whoever wrote them. A recommendation that is
    the same as before keeps its `generated_at`; so does a visitor whose agenda is the same.

    Args:
        graph: the server.
        event: which show.
        settings: labels and types.
        recommendations: table `RECOMMENDATIONS`.
        generated_at: time of the run, ISO 8601.
    """
    schema = build_schema(event, settings)
    (edge,) = schema.between(settings.relationships.is_recommended)
    graph.write(
        f"MATCH (source:{quoted(edge.start.label)})-[edge:{quoted(edge.type)}]->() "
        "WHERE source.show = $show AND source.BadgeId IS NOT NULL "
        "AND (edge.created_by IS NULL OR edge.created_by <> $owner) DELETE edge",
        show=event.show,
        owner=edge.owner,
    )
    columns = {item.column: item.name for item in edge.properties if item.column}
    frame = recommendations[["badge_id", "session_id", *columns]].rename(
        columns={"badge_id": f"{START}BadgeId", "session_id": f"{END}session_id", **columns}
    )
    stamps = {"generated_at": generated_at, SHOW: event.show}
    report = sync_edges(graph, edge, event.show, frame, stamps)
    _mark_visitors(graph, schema, event.show, recommendations, generated_at)
    return report


def _mark_visitors(graph: Graph, schema: Schema, show: str, recommendations: pd.DataFrame, generated_at: str) -> None:
    """Say on each visitor of this year whether there is an agenda, since when, and whether it is sent."""
    node = schema.visitors[THIS_YEAR]
    agendas = recommendations[["badge_id", "control_group"]].assign(row=row_hashes(recommendations))
    # A sum that wraps around does not depend on the order of rows.
    marks = agendas.groupby("badge_id", as_index=False).agg(control_group=("control_group", "max"), row=("row", "sum"))
    marks["row"] = marks["row"].astype("Int64")
    known = known_nodes(graph, node, show, "recommendations_hash")
    table = known.merge(marks, left_on="BadgeId", right_on="badge_id", how="left")
    has = table["badge_id"].notna()
    control = table["control_group"].eq(True)
    table["hash"] = table["row"].fillna(0)
    changed = table["recommendations_hash"].astype("Int64").ne(table["hash"]).fillna(value=True).astype(bool)
    rows = pd.DataFrame(
        {
            "BadgeId": table["BadgeId"],
            "has": has.map({True: "1", False: "0"}),
            "at": has.map({True: generated_at, False: None}),
            "control": control.astype("int64"),
            "hash": table["hash"].astype("int64"),
        }
    )[changed]
    graph.write_rows(
        f"UNWIND $rows AS row MATCH (node:{quoted(node.label)} {{show: $show, BadgeId: row.BadgeId}}) "
        "SET node.has_recommendation = row.has, node.recommendations_generated_at = row.at, "
        "node.control_group = row.control, node.recommendations_hash = row.hash",
        records(rows),
        show=show,
    )


def counts(graph: Graph, event: config.Event, settings: config.Graph) -> dict[str, int]:
    """Nodes by label and relationships by type, of this show alone."""
    schema = build_schema(event, settings)
    parts = [
        (
            node.label,
            f"MATCH (node:{quoted(node.label)}) WHERE node.show = $show RETURN {index} AS part, count(*) AS rows",
        )
        for index, node in enumerate(schema.nodes)
    ]
    parts += [
        (
            edge.type,
            f"MATCH (node:{quoted(edge.start.label)})-[edge:{quoted(edge.type)}]->(:{quoted(edge.end.label)}) "
            f"WHERE node.show = $show RETURN {index} AS part, count(edge) AS rows",
        )
        for index, edge in enumerate(schema.relationships, start=len(parts))
    ]
    result = dict.fromkeys((name for name, _ in parts), 0)
    for row in graph.read(" UNION ALL ".join(query for _, query in parts), show=event.show):
        result[parts[row["part"]][0]] += row["rows"]
    return result
