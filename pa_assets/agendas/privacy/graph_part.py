"""A person's nodes in the graphs of all events, under every show: read, and taken out with their relationships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.core.graph.declaration import quoted
from pa_assets.agendas.core.people.suppression import Known, badge_keys, shows_of
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.externals import environment_of
from pa_assets.agendas.privacy.places import partitions
from pa_assets.agendas.project import Project
from pa_assets.kit.graph_supervisor import ServerFolder
from pa_assets.kit.ports import Graph
from pa_assets.kit.resources.graph import connect
from pa_assets.kit.resources.graph_targets import NO_SERVER, target
from pa_assets.kit.secrets import load_secrets

_SELECTED = "MATCH (node:{} {{show: $show}}) WHERE node.BadgeId IN $badges"


@dataclass(frozen=True)
class GraphCount:
    """What was, or would be, taken out of the graphs."""

    nodes: int = 0
    relationships: int = 0
    embedded: bool = False
    """The embedded server of the project held some of it, or may have held it before."""
    outside: tuple[str, ...] = ()
    """Servers elsewhere, whose own logs and backups are their keeper's matter."""


def take_out(project: Project, known: Known, *, write: bool) -> GraphCount:
    """Delete a person's nodes under every show of the configured events; without `write` they are only counted.

    Raises:
        GraphError: a server cannot be reached; what was deleted before stays deleted.
    """
    nodes = relationships = 0
    embedded, outside = False, set()
    for config, graph, inside, name in _graphs(project):
        embedded |= inside
        outside |= set() if inside else {name}
        for label, badges in _own_badges(graph, config, known):
            selected = _SELECTED.format(quoted(label))
            counted = "RETURN count(DISTINCT node) AS nodes, count(edge) AS edges"
            query = f"{selected} OPTIONAL MATCH (node)-[edge]-() {counted}"
            found = graph.read(query, show=config.event.show, badges=badges)[0]
            nodes, relationships = nodes + found["nodes"], relationships + found["edges"]
            if write:
                graph.write(f"{selected} DETACH DELETE node", show=config.event.show, badges=badges)
    return GraphCount(nodes, relationships, embedded, tuple(sorted(outside)))


def held(project: Project, known: Known) -> list[dict[str, Any]]:
    """A person's nodes with their relationships, as they stand in the graphs.

    Raises:
        GraphError: a server cannot be reached.
    """
    found = []
    for config, graph, _, _ in _graphs(project):
        for label, badges in _own_badges(graph, config, known):
            found += graph.read(
                f"{_SELECTED.format(quoted(label))} OPTIONAL MATCH (node)-[edge]-(other) "
                "RETURN labels(node) AS labels, properties(node) AS properties, collect({type: type(edge), "
                "properties: properties(edge), other: labels(other), title: other.title, stream: other.stream, "
                "session_id: other.session_id, badge: other.BadgeId}) AS relationships",
                show=config.event.show,
                badges=badges,
            )
    return found


def _own_badges(graph: Graph, config: EventConfig, known: Known) -> Iterator[tuple[str, list[str]]]:
    """Label -> badges of the person that the graph holds under the show."""
    shows = shows_of(config.event, invited=config.mode == "engagement")
    for label, cohort in _labels(config).items():
        query = f"MATCH (node:{quoted(label)} {{show: $show}}) RETURN DISTINCT node.BadgeId AS badge"
        rows = graph.read(query, show=config.event.show)
        badges = {str(row["badge"]): badge_keys(shows.by_cohort[cohort], str(row["badge"])) for row in rows}
        found = known(key for keys in badges.values() for key in keys)
        if own := sorted(badge for badge, keys in badges.items() if found.intersection(keys)):
            yield label, own


def _labels(config: EventConfig) -> Mapping[str, str]:
    labels = config.graph.node_labels
    return {
        labels.visitor_this_year: THIS_YEAR,
        labels.visitor_last_year_main: LAST_YEAR_MAIN,
        labels.visitor_last_year_secondary: LAST_YEAR_SECONDARY,
    }


def _graphs(project: Project) -> Iterator[tuple[EventConfig, Graph, bool, str]]:
    """Each partition's settings with its open graph; an embedded server that never held anything is not started."""
    for _, config, _ in partitions(project):
        environment = environment_of(config)
        if environment == NO_SERVER:
            continue
        where = target(environment, project.root, load_secrets(project.root))
        if where.embedded and not ServerFolder.of(project.root).database.is_dir():
            continue
        with connect(where, project.root) as graph:
            yield config, graph, where.embedded, where.identity
