"""The graph as one declaration: labels, keys, properties, relationships. Constraints and the schema document follow.

Labels and types come from the event's settings. Every key is composite with `show`, so that shows never meet.
Reading and writing is `graph_sync`; which table becomes what is `graph_load` and `graph_load_edges`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pa_assets.agendas.core.tables import (
    COHORTS,
    LAST_YEAR_MAIN,
    LAST_YEAR_SECONDARY,
    PAST_COHORTS,
    SESSIONS,
    THIS_YEAR,
)

if TYPE_CHECKING:
    from pa_assets.agendas import config

SHOW = "show"
HASH = "row_hash"
CREATED_BY = "created_by"
RECORD_LABEL = "LoadRecord"
_TEXT, _TEXTS, _INTEGER, _NUMBER, _TIME = "text", "list of text", "integer", "number", "local date and time"


@dataclass(frozen=True)
class Property:
    """A property of a node or a relationship. `column` is the column of the table that it comes from."""

    name: str
    kind: str
    meaning: str
    column: str = ""


@dataclass(frozen=True)
class NodeType:
    """A label. Its key is `show` and the properties of `key` together."""

    label: str
    key: tuple[str, ...]
    meaning: str
    properties: tuple[Property, ...]
    written_later: tuple[Property, ...] = ()
    """Properties that another step owns: a reload of the nodes leaves them alone."""

    @property
    def columns(self) -> dict[str, str]:
        """Column of the table -> property, for each property that comes from one."""
        return {item.column: item.name for item in self.properties if item.column}


@dataclass(frozen=True)
class RelationshipType:
    """A type of relationship between two labels. `owner` stands in `created_by`: a loader touches only its own."""

    type: str
    start: NodeType
    end: NodeType
    owner: str
    meaning: str
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True)
class Schema:
    """All labels and relationships of one event."""

    visitors: dict[str, NodeType]
    """By cohort."""
    session_this_year: NodeType
    session_past_year: NodeType
    stream: NodeType
    show: NodeType
    relationships: tuple[RelationshipType, ...]

    @property
    def nodes(self) -> tuple[NodeType, ...]:
        """All labels."""
        return (*self.visitors.values(), self.session_this_year, self.session_past_year, self.stream, self.show)

    def between(self, type_name: str) -> tuple[RelationshipType, ...]:
        """The relationships of one type."""
        return tuple(item for item in self.relationships if item.type == type_name)


_VISITOR = (
    Property("BadgeId", _TEXT, "badge of the visitor", "badge_id"),
    Property("cohort", _TEXT, "this_year, last_year_main or last_year_secondary", "cohort"),
    Property("ShowRef", _TEXT, "code of the show in the registration system", "show_ref"),
    Property("person_id", _TEXT, "pseudonym, equal for one person in every year", "person_id"),
    Property("Email_domain", _TEXT, "part of the e-mail address after the @", "email_domain"),
    Property("Company", _TEXT, "company or practice", "company"),
    Property("JobTitle", _TEXT, "job title as typed, lower case", "job_title"),
    Property("Country", _TEXT, "country", "country"),
    Property("BadgeType", _TEXT, "type of badge", "badge_type"),
    Property("Source", _TEXT, "campaign or form of the registration", "source"),
    Property("registration_date", _TIME, "when the person registered", "registration_date"),
    Property("Days_since_registration", _INTEGER, "days from registration to the show", "days_since_registration"),
    Property("job_role", _TEXT, "job role, answered or inferred", "job_role"),
    Property("<question>", _TEXTS, "answers to a survey question; one property per question kept"),
)


def _returning(event: config.Event) -> tuple[Property, ...]:
    main, secondary = event.main_event_name, event.secondary_event_name
    if main == secondary:
        raise ValueError(f"main_event_name and secondary_event_name are both {main!r}. Give them different names.")
    return (
        Property("assist_year_before", _INTEGER, "1 when the person was at a show of last year", "assist_year_before"),
        Property(f"BadgeId_last_year_{main}", _TEXTS, "badges at last year's main show", "badges_last_year_main"),
        Property(
            f"BadgeId_last_year_{secondary}", _TEXTS, "badges at last year's paired show", "badges_last_year_secondary"
        ),
    )


_RECOMMENDED = (
    Property("has_recommendation", _TEXT, '"1" when the visitor has an agenda, else "0"'),
    Property("recommendations_generated_at", _TEXT, "when the agenda last changed"),
    Property("control_group", _INTEGER, "1 when the agenda is made and not sent"),
    Property("recommendations_hash", _INTEGER, "fingerprint of the agenda: equal ones are not written again"),
)
_KINDS = {"text": _TEXT, "texts": _TEXTS, "integer": _INTEGER, "number": _NUMBER, "time": _TIME, "flag": "boolean"}
_SESSION = (
    *(Property(column.name, _KINDS[column.kind], column.meaning, column.name) for column in SESSIONS.columns),
    Property("stream_source", _TEXT, "where the stream comes from", "stream_source"),
    Property("stream_confidence", _NUMBER, "0 to 1: how sure a filled stream is", "stream_confidence"),
)
_EMBEDDED = (
    Property("embedding", "list of numbers", "vector of unit length"),
    Property("embedding_hash", _TEXT, "fingerprint of model, recipe and text"),
)
_ATTENDED = (
    Property("scan_date", _TIME, "first scan at the session", "first_scan"),
    Property("last_scan", _TIME, "last scan at the session", "last_scan"),
    Property("scans", _INTEGER, "number of scans", "scans"),
    Property("seminar_name", _TEXT, "title as scanned", "seminar_name"),
    Property("file", _TEXT, "scanner file of the first scan", "source_file"),
)
_ENTERED = (
    Property("badge_type", _TEXT, "type of badge", "badge_type"),
    Property("source_file", _TEXT, "landing file", "source_file"),
    Property("<day>_entry", _TIME, "first entry on that day; one property per day, such as day_1_entry"),
)
_RECOMMENDATION = (
    Property(SHOW, _TEXT, "tag of the show"),
    Property("similarity_score", _NUMBER, "0 to 1", "score"),
    Property("rank", _INTEGER, "1 for the visitor's best session", "rank"),
    Property("strategy", _TEXT, "what carried the agenda", "strategy"),
    Property("reasons", _TEXTS, "why this session, strongest first", "reasons"),
    Property("generated_at", _TEXT, "when this recommendation was first made"),
)


def build_schema(event: config.Event, settings: config.Graph) -> Schema:
    """The declaration for one event.

    Raises:
        ValueError: two labels have the same name, or the two events of `event` have.
    """
    labels, types = settings.node_labels, settings.relationships
    names = list(labels.model_dump().values())
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"graph.node_labels: {', '.join(repeated)} has several meanings. Give each its own label.")
    badge = ("BadgeId",)
    visitors = {
        THIS_YEAR: NodeType(
            labels.visitor_this_year, badge, "visitor of this year", (*_VISITOR, *_returning(event)), _RECOMMENDED
        ),
        LAST_YEAR_MAIN: NodeType(labels.visitor_last_year_main, badge, "visitor of last year's main show", _VISITOR),
        LAST_YEAR_SECONDARY: NodeType(
            labels.visitor_last_year_secondary, badge, "visitor of last year's paired show", _VISITOR
        ),
    }
    session = NodeType(labels.session_this_year, ("session_id",), "session of this year", _SESSION, _EMBEDDED)
    past = NodeType(labels.session_past_year, ("cohort", "session_id"), "session of last year", _SESSION, _EMBEDDED)
    stream = NodeType(
        labels.stream,
        ("stream",),
        "topic of sessions",
        (
            Property("stream", _TEXT, "name", "stream"),
            Property("description", _TEXT, "description of the catalogue", "description"),
        ),
    )
    show = NodeType(
        labels.show_this_year,
        ("show_ref",),
        "show that visitors of this year entered",
        (
            Property("show_ref", _TEXT, "code of the show", "show_ref"),
            Property("source_file", _TEXT, "landing file", "source_file"),
        ),
    )
    now = visitors[THIS_YEAR]
    kind = Property("type", _TEXT, "short name of the past event")
    return Schema(
        visitors=visitors,
        session_this_year=session,
        session_past_year=past,
        stream=stream,
        show=show,
        relationships=(
            RelationshipType(types.stream, session, stream, "sessions", "topic of a session"),
            RelationshipType(types.stream, past, stream, "sessions", "topic of a past session"),
            RelationshipType(types.job_stream, now, stream, "job_streams", "topic of a job role"),
            *(
                RelationshipType(
                    types.specialization_stream,
                    visitors[cohort],
                    stream,
                    "specialisation_streams",
                    "topic of a specialisation",
                )
                for cohort in COHORTS
            ),
            *(
                RelationshipType(
                    types.same_visitor, now, visitors[cohort], "relationships", "the same person last year", (kind,)
                )
                for cohort in PAST_COHORTS
            ),
            *(
                RelationshipType(
                    types.attended_session, visitors[cohort], past, "relationships", "attended last year", _ATTENDED
                )
                for cohort in PAST_COHORTS
            ),
            RelationshipType(
                types.assisted_session_this_year, now, session, "relationships", "attended this year", _ATTENDED
            ),
            RelationshipType(types.registered_to_show, now, show, "relationships", "entered the show", _ENTERED),
            RelationshipType(
                types.is_recommended, now, session, "recommendations", "stands in the agenda", _RECOMMENDATION
            ),
        ),
    )


def quoted(name: str) -> str:
    """A label, type or property name as Cypher takes it, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"


def constraints(schema: Schema) -> list[str]:
    """One statement per label: `show` and its key are unique together. Safe to repeat."""
    keys = {node.label: node.key for node in schema.nodes} | {RECORD_LABEL: ("name",)}
    return [
        f"CREATE CONSTRAINT IF NOT EXISTS FOR (node:{quoted(label)}) REQUIRE ("
        + ", ".join(f"node.{quoted(name)}" for name in (SHOW, *key))
        + ") IS UNIQUE"
        for label, key in keys.items()
    ]


def document(schema: Schema) -> str:
    """The schema for people, as Markdown."""
    lines = ["| Label | Meaning | Key |", "|---|---|---|"]
    lines += [f"| `{node.label}` | {node.meaning} | {_code((SHOW, *node.key))} |" for node in schema.nodes]
    lines += ["", "| Relationship | From | To | Meaning | `created_by` |", "|---|---|---|---|---|"]
    lines += [
        f"| `{item.type}` | `{item.start.label}` | `{item.end.label}` | {item.meaning} | `{item.owner}` |"
        for item in schema.relationships
    ]
    described: dict[str, tuple[Property, ...]] = {
        node.label: (*node.properties, *node.written_later) for node in schema.nodes
    }
    described |= {item.type: item.properties for item in schema.relationships if item.properties}
    for name, properties in described.items():
        lines += ["", f"### `{name}`", "", "| Property | Kind | Meaning |", "|---|---|---|"]
        lines += [f"| `{item.name}` | {item.kind} | {item.meaning} |" for item in properties]
    return "\n".join(lines) + "\n"


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
