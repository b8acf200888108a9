"""Tables -> parts of the graph: visitors, one person's badges of several years, attendance, shows entered.

Topics of visitors are `programme`; agendas `later`. No server is asked here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from pa_assets.agendas.core.graph.declaration import (
    CREATED_BY,
    END,
    HASH,
    LOAD_ID,
    SHOW,
    START,
    NodeType,
    RelationshipType,
    Schema,
)
from pa_assets.agendas.core.graph.parts import Part, connected, part
from pa_assets.agendas.core.tables import COHORTS, ENTRY_SCANS, LAST_YEAR_MAIN, THIS_YEAR, VISITORS
from pa_assets.agendas.core.text import SEPARATOR, slug

if TYPE_CHECKING:
    from pa_assets.agendas import config

_RESERVED = frozenset({SHOW, CREATED_BY, HASH, LOAD_ID})


def visitor_parts(schema: Schema, visitors: pd.DataFrame) -> tuple[Part, ...]:
    """Visitor nodes, one part per cohort.

    Args:
        schema: the declaration.
        visitors: table `VISITORS`. Each further column, a list of texts, is a property of the same name; `_answer`
            stands behind a name that another property of visitors has.
    """
    questions = _free_names(VISITORS.extra_names(visitors), _names_of_visitors(schema), "_answer")
    parts = []
    for cohort in COHORTS:
        node = schema.visitors[cohort]
        rows = visitors[visitors["cohort"].eq(cohort)].rename(columns={**node.columns, **questions})
        frame = rows[[*node.columns.values(), *questions.values()]]
        days = frame["Days_since_registration"].astype("Int64")
        parts.append(part(node, frame.assign(Days_since_registration=days.mask(days.lt(0)))))
    return tuple(parts)


def _names_of_visitors(schema: Schema) -> set[str]:
    """Names of properties that a visitor may have beside the survey."""
    nodes = tuple(schema.visitors.values())
    layers = [layer for layer in schema.layers if layer.node in nodes]
    declared = [item for node in nodes for item in node.properties]
    declared += [item for layer in layers for item in (*layer.properties, *layer.stamps)]
    return {
        *_RESERVED,
        *(item.name for item in declared),
        *(name for layer in layers for name in (layer.hash, layer.load_id)),
    }


def _free_names(names: Iterable[str], taken: set[str], suffix: str) -> dict[str, str]:
    """Name of the property of each name: itself, with as many suffixes as it takes to be nobody else's."""
    wanted = sorted(names)
    result = {name: name for name in wanted if name not in taken}
    used = {*taken, *result}
    for name in wanted:
        if name not in result:
            free = name + suffix
            while free in used:
                free += suffix
            used.add(free)
            result[name] = free
    return result


def relationship_parts(
    schema: Schema,
    event: config.Event,
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
    attendance: pd.DataFrame,
    entry_scans: pd.DataFrame,
) -> tuple[Part, ...]:
    """One person's badges of several years, sessions attended last year and this year, shows entered.

    Args:
        schema: the declaration.
        event: short names of the past events, and the tag of the show.
        visitors: table `VISITORS`.
        sessions: table `SESSIONS` or `BACKFILLED_SESSIONS`.
        attendance: table `ATTENDANCE`.
        entry_scans: table `ENTRY_SCANS`; empty before the show.
    """
    badges = {cohort: _badges(visitors, cohort) for cohort in COHORTS}
    parts = []
    for edge in schema.of_role("same_visitor"):
        cohort = _cohort(schema, edge.end)
        name = event.main_event_name if cohort == LAST_YEAR_MAIN else event.secondary_event_name
        parts.append(part(edge, _same_people(visitors, cohort).assign(type=name)))
    for edge in (*schema.of_role("attended_session"), *schema.of_role("assisted_session_this_year")):
        cohort = _cohort(schema, edge.start)
        programme = sessions.loc[sessions["cohort"].eq(cohort), edge.end.ends]
        rows = _attended(attendance[attendance["cohort"].eq(cohort)], edge)
        parts.append(connected(edge, rows, badges[cohort], programme))
    shows, entries = _entries(schema, entry_scans, event.show)
    (entered,) = schema.of_role("registered_to_show")
    parts += [part(schema.show, shows), connected(entered, entries, badges[THIS_YEAR], shows)]
    return tuple(parts)


def _badges(visitors: pd.DataFrame, cohort: str) -> pd.DataFrame:
    return visitors.loc[visitors["cohort"].eq(cohort), ["badge_id"]].set_axis(["BadgeId"], axis=1)


def _cohort(schema: Schema, visitor: NodeType) -> str:
    return next(cohort for cohort, node in schema.visitors.items() if node == visitor)


def _same_people(visitors: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Pairs of badges of one person: this year, and in a past cohort."""
    badges = visitors[["person_id", "badge_id"]]
    now = badges[visitors["cohort"].eq(THIS_YEAR)].rename(columns={"badge_id": f"{START}BadgeId"})
    past = badges[visitors["cohort"].eq(cohort)].rename(columns={"badge_id": f"{END}BadgeId"})
    return now.merge(past, on="person_id").drop(columns="person_id")


def _attended(attendance: pd.DataFrame, edge: RelationshipType) -> pd.DataFrame:
    ends = {"badge_id": f"{START}BadgeId", **{name: END + name for name in edge.end.key}}
    return attendance[[*ends, *edge.columns]].rename(columns={**ends, **edge.columns})


def _entries(schema: Schema, entry_scans: pd.DataFrame, show: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shows entered, and one row per badge and show with the first entry of each day."""
    (edge,) = schema.of_role("registered_to_show")
    scans = entry_scans.assign(show_ref=entry_scans["show_ref"].where(entry_scans["show_ref"].ne(""), show))
    further = ENTRY_SCANS.extra_names(entry_scans)
    scans = scans.sort_values(["show_ref", "badge_id", "day", "source_file"], kind="stable", ignore_index=True)
    key = ["badge_id", "show_ref"]
    people = scans.drop_duplicates(key)[[*key, *edge.columns]].set_index(key)
    marks = scans.assign(day=_slugs(scans["day"]), present=True)
    marks = marks.drop_duplicates([*key, "day"]).set_index([*key, "day"])
    came = marks["present"].unstack("day", fill_value=False).astype(bool)  # noqa: PD010
    times = marks["entered_at"].unstack("day").add_suffix("_entry")  # noqa: PD010
    table = people.join(came).join(times)
    names = _free_names(further, {*_RESERVED, *table.columns}, "_delivered")
    told = {name: _told(scans, key, column) for column, name in names.items()}
    told = {name: texts.reindex(table.index, fill_value="") for name, texts in told.items()}
    table = pd.concat([table, pd.DataFrame(told, index=table.index)], axis=1).reset_index()
    return _shows(scans), table.rename(columns={"badge_id": f"{START}BadgeId", "show_ref": f"{END}show_ref"})


def _shows(scans: pd.DataFrame) -> pd.DataFrame:
    """Shows entered, with the first name and the first file by text."""
    named = scans[scans["show_name"].ne("")].groupby("show_ref")["show_name"].min()
    shows = scans.groupby("show_ref")[["source_file"]].min()
    return shows.assign(show_name=named.reindex(shows.index, fill_value="")).reset_index()


def _told(scans: pd.DataFrame, key: list[str], column: str) -> pd.Series[Any]:
    """What a column says of each key: its texts, each once, sorted."""
    texts = scans.loc[scans[column].ne(""), [*key, column]].drop_duplicates().sort_values([*key, column])
    several = texts.duplicated(key, keep=False)
    one, more = texts[~several].set_index(key)[column], texts[several].groupby(key)[column].agg(SEPARATOR.join)
    return pd.concat([one, more]) if len(more) else one


def _slugs(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.map({value: slug(str(value)) for value in values.unique()}).astype(object)
