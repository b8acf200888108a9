"""Agendas of an export brought back into the graph: reading the files of `core.exports`, and what they mean for it.

How rows become relationships and marks is `later`, how they are written `sync`. Files are found and opened elsewhere.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.graph.declaration import SHOW, Schema, quoted
from pa_assets.agendas.core.graph.later import recommendation_parts
from pa_assets.agendas.core.graph.parts import Part
from pa_assets.agendas.core.graph.statements import READERS_FILTER, finished
from pa_assets.agendas.core.tables import RECOMMENDATIONS, THIS_YEAR
from pa_assets.kit.ports import Graph
from pa_assets.kit.tables import for_spreadsheet

if TYPE_CHECKING:
    from pa_assets.agendas import config

_KEY = ["badge_id", "session_id"]
_JSON_FIELDS = ["session_id", "rank", "score", "strategy", "reasons"]
_CSV_COLUMNS = {
    "visitor_id": "badge_id",
    "session_id": "session_id",
    "rank": "rank",
    "similarity_score": "score",
    "recommendation_metadata": "reasons",
}


class ExportError(ValueError):
    """A file is no export of this show's agendas; the message names the file and the row or key."""


def read_json(content: bytes, name: str, show: str) -> pd.DataFrame:
    """The agendas of a JSON export, as table `RECOMMENDATIONS`.

    Args:
        content: of the file.
        name: of the file, for messages.
        show: tag of the show whose export it must be.

    Raises:
        ExportError: no export, of another show, or with a row that cannot be restored.
    """
    try:
        found = json.loads(content)
    except ValueError as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"
        raise ExportError(f"{name} is no complete JSON ({place}).") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(k), dict) for k in ("metadata", "recommendations")):
        raise ExportError(f"{name} is no export of agendas: it lacks metadata or recommendations.")
    _check_show(found["metadata"].get("show"), name, show)
    agendas = pd.Series(found["recommendations"], dtype=object)
    _refuse(~_is(agendas, dict), _badges(agendas), name, "has no fields")
    lists = agendas.str.get("recommendations")
    _refuse(~_is(lists, list), _badges(lists), name, "has no list of recommendations")
    rows = lists[lists.str.len().gt(0)].explode()
    _refuse(~_is(rows, dict), _badges(rows), name, "has a recommendation without fields")
    frame = pd.DataFrame(rows.tolist(), columns=_JSON_FIELDS, dtype=object)
    frame.insert(0, "badge_id", rows.index.astype(object))
    frame["strategy"] = frame["strategy"].where(_is(frame["strategy"], str), "")
    control = found["metadata"].get("group") == "control"
    return _table(frame.assign(control_group=control), _badges(rows).reset_index(drop=True), name)


def read_csv(content: bytes, name: str, show: str, *, control: bool) -> pd.DataFrame:
    """The agendas of a CSV export, as table `RECOMMENDATIONS`, without strategies, which a CSV does not hold.

    Texts are as the CSV writes them: those that a spreadsheet would run have an apostrophe in front.

    Args:
        content: of the file.
        name: of the file, for messages.
        show: tag of the show whose export it must be.
        control: it is the file of the control group.

    Raises:
        ExportError: no export, of another show, or with a row that cannot be restored.
    """
    try:
        found = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    except ValueError as error:  # also text that is not UTF-8, and rows of different lengths
        raise ExportError(f"{name} is no complete CSV ({type(error).__name__}).") from None
    if missing := [column for column in (*_CSV_COLUMNS, SHOW) if column not in found.columns]:
        raise ExportError(f"{name} is no export of agendas: it lacks the column(s) {', '.join(missing)}.")
    for other in sorted(found[SHOW].unique()):
        _check_show(other, name, show)
    frame = found[list(_CSV_COLUMNS)].rename(columns=_CSV_COLUMNS)
    places = "row " + (pd.Series(frame.index, index=frame.index) + 2).astype(str)
    reasons = {text: _reasons(text) for text in frame["reasons"].unique()}
    frame["reasons"] = frame["reasons"].map(reasons)
    return _table(frame.assign(strategy="", control_group=control), places, name)


def _check_show(found: object, name: str, show: str) -> None:
    if found != show:
        raise ExportError(f"{name} is an export of the show {found!r}, not of {show!r}. Nothing was restored.")


def _reasons(text: str) -> list[str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _table(frame: pd.DataFrame, places: pd.Series[Any], name: str) -> pd.DataFrame:
    """The rows with their types, once every one of them can be restored."""
    for column in _KEY:
        _refuse(
            ~frame[column].map(lambda value: isinstance(value, str) and value != ""), places, name, f"has no {column}"
        )
    rank, score = (pd.to_numeric(frame[column], errors="coerce") for column in ("rank", "score"))
    _refuse(~(rank.ge(1) & rank.mod(1).eq(0)), places, name, "has no rank of 1 or more")
    _refuse(~score.between(0, 1), places, name, "has no score from 0 to 1")
    _refuse(~frame["reasons"].map(_is_list_of_text), places, name, "has no list of reasons")
    _refuse(frame.duplicated(_KEY), places, name, "recommends a session twice")
    # Not the numbers of to_numeric, which may differ from what was written in the last digit.
    numbers = frame.assign(rank=rank.astype("int64"), score=frame["score"].astype("float64"))
    return RECOMMENDATIONS.conform(numbers)


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is(values: pd.Series[Any], kind: type) -> pd.Series[Any]:
    return values.map(lambda value: isinstance(value, kind)).astype(bool)


def _badges(values: pd.Series[Any]) -> pd.Series[Any]:
    """Where each value stands in a JSON export, as messages say it."""
    return pd.Series("badge " + values.index.map(repr).astype(object), index=values.index, dtype=object)


def _refuse(bad: pd.Series[Any], places: pd.Series[Any], name: str, what: str) -> None:
    wrong = places[bad.to_numpy(dtype=bool)]
    if len(wrong):
        more = f" ({len(wrong)} in all)" if len(wrong) > 1 else ""
        raise ExportError(f"{name}: {wrong.iloc[0]} {what}{more}. Nothing was restored.")


@dataclass(frozen=True)
class Differences:
    """How the JSON and the CSV of one export differ. Keys are `badge: session`."""

    only_json: list[str]
    only_csv: list[str]
    changed: list[str]
    """In both, with another rank or score."""

    def __bool__(self) -> bool:
        return bool(self.only_json or self.only_csv or self.changed)


def differences(json_rows: pd.DataFrame, csv_rows: pd.DataFrame) -> Differences:
    """What differs between the tables of `read_json` and `read_csv`."""
    safe = for_spreadsheet(json_rows[[*_KEY, "rank", "score"]])
    both = safe.merge(csv_rows[[*_KEY, "rank", "score"]], on=_KEY, how="outer", indicator=True, suffixes=("", "_csv"))
    keys = both["badge_id"] + ": " + both["session_id"]
    changed = both["_merge"].eq("both") & (both["rank"].ne(both["rank_csv"]) | both["score"].ne(both["score_csv"]))
    only_json, only_csv = both["_merge"].eq("left_only"), both["_merge"].eq("right_only")
    return Differences(*(sorted(keys[chosen]) for chosen in (only_json, only_csv, changed)))


@dataclass(frozen=True)
class Plan:
    """What a restoration will make of the agendas of a show."""

    rows: pd.DataFrame
    """All agendas as they will be: table `RECOMMENDATIONS`."""
    visitors: pd.DataFrame
    """Visitors of this year in the graph: `badge_id`, `cohort`."""
    restored: int
    """Visitors whose agenda is the export's."""
    kept: int
    """Visitors who keep the agenda they have, whatever the export says."""
    removed: int
    """Visitors who have an agenda and will have none, because the export gives none to them."""
    missing_visitors: list[str]
    """Badges of the export that the graph lacks."""
    missing_sessions: list[str]
    """Sessions of the export that the graph lacks."""
    left_out: int
    """Rows of the export that are not restored because the graph lacks the visitor or the session."""


def plan(
    graph: Graph, schema: Schema, show: str, export: pd.DataFrame, *, replace: bool = True, control: bool = True
) -> Plan:
    """Compare an export with the graph. Writes nothing.

    Args:
        graph: the server.
        schema: the declaration of the event.
        show: tag of the show.
        export: tables of `read_json` or `read_csv`, those of both groups concatenated.
        replace: agendas of visitors who have one are replaced, and taken away where the export has none.
        control: the export holds the control group too; if not, its agendas stay.
    """
    visitors, sessions, now = (
        _visitors(graph, schema, show),
        _sessions(graph, schema, show),
        _agendas(graph, schema, show),
    )
    named = export.assign(
        badge_id=_as_in_graph(export["badge_id"], visitors["badge_id"]),
        session_id=_as_in_graph(export["session_id"], sessions),
    )
    known_badge, known_session = named["badge_id"].isin(visitors["badge_id"]), named["session_id"].isin(sessions)
    good = named[known_badge & known_session]
    has = set(now["badge_id"])
    in_control = set(visitors.loc[visitors["control_group"].eq(1), "badge_id"])
    keeps = has if not replace else set() if control else has & in_control - set(good["badge_id"])
    restored = good[~good["badge_id"].isin(keeps)]
    rows = RECOMMENDATIONS.conform(pd.concat([now[now["badge_id"].isin(keeps)], restored], ignore_index=True))
    return Plan(
        rows=rows.sort_values(["badge_id", "rank", "session_id"], kind="stable", ignore_index=True),
        visitors=visitors[["badge_id"]].assign(cohort=THIS_YEAR),
        restored=int(restored["badge_id"].nunique()),
        kept=len(keeps),
        removed=len(has - set(rows["badge_id"])),
        missing_visitors=sorted(named.loc[~known_badge, "badge_id"].unique()),
        missing_sessions=sorted(named.loc[~known_session, "session_id"].unique()),
        left_out=len(named) - len(good),
    )


def parts(plan: Plan, schema: Schema, event: config.Event, generated_at: str) -> tuple[Part, ...]:
    """The relationships and marks of a plan.

    Args:
        plan: see `plan`.
        schema: the declaration of the event.
        event: which show.
        generated_at: when the export was made, ISO 8601; changed agendas carry it.
    """
    return recommendation_parts(schema, event, plan.visitors, plan.rows, generated_at)


def _as_in_graph(values: pd.Series[Any], known: pd.Series[Any]) -> pd.Series[Any]:
    """Keys as the graph has them, where a CSV had to write them otherwise."""
    written = for_spreadsheet(known.to_frame("key"))["key"]
    altered = dict(zip(written[written.ne(known)], known[written.ne(known)], strict=True))
    return values.where(values.isin(known), values.map(lambda key: altered.get(key, key)))


def _visitors(graph: Graph, schema: Schema, show: str) -> pd.DataFrame:
    label = quoted(schema.visitors[THIS_YEAR].label)
    found = graph.read(
        f"MATCH (node:{label}) WHERE node.show = $show AND node.BadgeId IS NOT NULL "
        "RETURN node.BadgeId AS badge_id, node.control_group AS control_group",
        show=show,
    )
    return pd.DataFrame(found, columns=["badge_id", "control_group"]).astype({"badge_id": object})


def _sessions(graph: Graph, schema: Schema, show: str) -> pd.Series[Any]:
    label = quoted(schema.session_this_year.label)
    query = (
        f"MATCH (node:{label}) WHERE node.show = $show AND node.session_id IS NOT NULL RETURN node.session_id AS key"
    )
    return pd.DataFrame(graph.read(query, show=show), columns=["key"], dtype=object)["key"]


def _agendas(graph: Graph, schema: Schema, show: str) -> pd.DataFrame:
    """The agendas that the graph holds, whoever made them, without half-written ones: table `RECOMMENDATIONS`."""
    (edge,) = schema.of_role("is_recommended")
    properties = ", ".join(f"edge.{quoted(name)} AS {quoted(column)}" for column, name in edge.columns.items())
    found = graph.read(
        f"{READERS_FILTER}"
        f"MATCH (node:{quoted(edge.start.label)})-[edge:{quoted(edge.type)}]->(session:{quoted(edge.end.label)}) "
        f"WHERE node.show = $show AND node.BadgeId IS NOT NULL AND {finished('edge')} "
        f"RETURN node.BadgeId AS badge_id, session.session_id AS session_id, {properties}, "
        "coalesce(node.control_group, 0) = 1 AS control_group",
        show=show,
    )
    frame = pd.DataFrame(found, columns=[*_KEY, *edge.columns, "control_group"]).astype(object)
    frame = frame.sort_values([*_KEY], kind="stable").drop_duplicates(_KEY, ignore_index=True)
    # Made by others, a recommendation may lack everything but its ends.
    score = pd.to_numeric(frame["score"], errors="coerce").fillna(0.0).clip(0, 1)
    place = score.groupby(frame["badge_id"]).rank(method="first", ascending=False)
    rank = pd.to_numeric(frame["rank"], errors="coerce")
    return RECOMMENDATIONS.conform(
        frame.assign(
            score=score.astype("float64"),
            rank=np.where(rank.ge(1), rank, place).astype("int64"),
            strategy=frame["strategy"].where(frame["strategy"].notna(), ""),
            reasons=frame["reasons"].map(lambda texts: texts if isinstance(texts, list) else []),
            control_group=frame["control_group"].astype(bool),
        )
    )
