"""The graph of an event: which labels, layers and relationships there are, by the event's settings.

Every key is composite with `show`, so that shows never meet. The words are `declaration`; which row becomes what is
`people`, `programme` and `later`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pa_assets.agendas.core.graph.declaration import SHOW, Kind, Layer, NodeType, Property, RelationshipType, Schema
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

AGENDA_MARKS = "agenda_marks"
EMBEDDED_THIS_YEAR, EMBEDDED_PAST_YEAR = "embedding_this_year", "embedding_past_year"
_TEXT: Kind = "text"
_TEXTS: Kind = "list of text"
_INTEGER: Kind = "integer"
_NUMBER: Kind = "number"
_TIME: Kind = "local date and time"
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
_FOUND_BY = ("person_id", "job_role")
_MARKS = (
    Property("has_recommendation", _TEXT, '"1" when the visitor has an agenda, else "0"'),
    Property("control_group", _INTEGER, "1 when the agenda is made and not sent"),
)
_KINDS: dict[str, Kind] = {
    "text": _TEXT,
    "texts": _TEXTS,
    "integer": _INTEGER,
    "number": _NUMBER,
    "time": _TIME,
    "flag": "boolean",
}
_SESSION = (
    *(Property(column.name, _KINDS[column.kind], column.meaning, column.name) for column in SESSIONS.columns),
    Property("stream_source", _TEXT, "where the stream comes from", "stream_source"),
    Property("stream_confidence", _NUMBER, "0 to 1: how sure a filled stream is", "stream_confidence"),
)
_EMBEDDED = (
    Property("embedding", "list of numbers", "vector of unit length", "vector"),
    Property("embedding_hash", _TEXT, "fingerprint of model, recipe and text", "text_hash"),
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
    Property("<day>", "boolean", "entered on that day; one property per day, such as day_1"),
    Property("<day>_entry", _TIME, "first entry on that day; one property per day, such as day_1_entry"),
    Property("<column>", _TEXT, "any other column of the landing file, its name in lower case with _"),
)
_RECOMMENDATION = (
    Property(SHOW, _TEXT, "tag of the show"),
    Property("similarity_score", _NUMBER, "0 to 1", "score"),
    Property("rank", _INTEGER, "1 for the visitor's best session", "rank"),
    Property("strategy", _TEXT, "what carried the agenda", "strategy"),
    Property("reasons", _TEXTS, "why this session, strongest first", "reasons"),
)
_WEIGHT = (Property("weight", _NUMBER, "above 0: how much the mapping says the stream matters", "weight"),)


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


def build_schema(event: config.Event, settings: config.Graph) -> Schema:
    """The declaration for one event.

    Raises:
        ValueError: two labels have the same name, or the two events of `event` have.
    """
    labels = settings.node_labels
    names = list(labels.model_dump().values())
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"graph.node_labels: {', '.join(repeated)} has several meanings. Give each its own label.")
    visitors = _visitors(event, labels)
    session = NodeType(
        "session_this_year", labels.session_this_year, ("session_id",), "session of this year", _SESSION, ("key_text",)
    )
    past = NodeType(
        "session_past_year",
        labels.session_past_year,
        ("cohort", "session_id"),
        "session of last year",
        _SESSION,
        ("key_text",),
    )
    stream = NodeType(
        "stream",
        labels.stream,
        ("stream",),
        "topic of sessions",
        (
            Property("stream", _TEXT, "name", "stream"),
            Property("description", _TEXT, "description of the catalogue", "description"),
        ),
    )
    show = NodeType(
        "show_this_year",
        labels.show_this_year,
        ("show_ref",),
        "show that visitors of this year entered",
        (
            Property("show_ref", _TEXT, "code of the show", "show_ref"),
            Property("show_name", _TEXT, "name of the show as delivered", "show_name"),
            Property("source_file", _TEXT, "landing file", "source_file"),
        ),
    )
    return Schema(
        visitors=visitors,
        session_this_year=session,
        session_past_year=past,
        stream=stream,
        show=show,
        layers=_layers(visitors[THIS_YEAR], session, past),
        relationships=_relationships(settings.relationships, visitors, session, past, stream, show),
    )


def _visitors(event: config.Event, labels: config.GraphLabels) -> dict[str, NodeType]:
    def node(cohort: str, meaning: str, *further: Property) -> NodeType:
        name = f"visitor_{cohort}"
        return NodeType(name, getattr(labels, name), ("BadgeId",), meaning, (*_VISITOR, *further), _FOUND_BY)

    return {
        THIS_YEAR: node(THIS_YEAR, "visitor of this year", *_returning(event)),
        LAST_YEAR_MAIN: node(LAST_YEAR_MAIN, "visitor of last year's main show"),
        LAST_YEAR_SECONDARY: node(LAST_YEAR_SECONDARY, "visitor of last year's paired show"),
    }


def _layers(visitor: NodeType, session: NodeType, past: NodeType) -> tuple[Layer, ...]:
    vector = "vector of the session's text"
    return (
        Layer(EMBEDDED_THIS_YEAR, session, "embeddings", vector, _EMBEDDED, "embedding_row_hash"),
        Layer(EMBEDDED_PAST_YEAR, past, "embeddings", vector, _EMBEDDED, "embedding_row_hash"),
        Layer(
            AGENDA_MARKS,
            visitor,
            "recommendations",
            "whether there is an agenda, since when, and whether it is sent",
            _MARKS,
            "recommendations_hash",
            (Property("recommendations_generated_at", _TEXT, "when the agenda last changed"),),
        ),
    )


def _relationships(
    types: config.GraphRelationships,
    visitors: dict[str, NodeType],
    session: NodeType,
    past: NodeType,
    stream: NodeType,
    show: NodeType,
) -> tuple[RelationshipType, ...]:
    now = visitors[THIS_YEAR]
    kind = Property("type", _TEXT, "short name of the past event")

    def edge(
        role: str, start: NodeType, end: NodeType, owner: str, meaning: str, properties: tuple[Property, ...] = ()
    ) -> RelationshipType:
        return RelationshipType(role, str(getattr(types, role)), start, end, owner, meaning, properties)

    people = "relationships"
    return (
        edge("stream", session, stream, "sessions", "topic of a session"),
        edge("stream", past, stream, "sessions", "topic of a past session"),
        edge("job_stream", now, stream, "job_streams", "topic of a job role", _WEIGHT),
        *(
            edge(
                "specialization_stream",
                visitors[cohort],
                stream,
                "specialisation_streams",
                "topic of a specialisation",
                _WEIGHT,
            )
            for cohort in COHORTS
        ),
        *(
            edge("same_visitor", now, visitors[cohort], people, "the same person last year", (kind,))
            for cohort in PAST_COHORTS
        ),
        *(
            edge("attended_session", visitors[cohort], past, people, "attended last year", _ATTENDED)
            for cohort in PAST_COHORTS
        ),
        edge("assisted_session_this_year", now, session, people, "attended this year", _ATTENDED),
        edge("registered_to_show", now, show, people, "entered the show", _ENTERED),
        RelationshipType(
            "is_recommended",
            types.is_recommended,
            now,
            session,
            "recommendations",
            "stands in the agenda",
            _RECOMMENDATION,
            stamps=(Property("generated_at", _TEXT, "when this recommendation was first made"),),
            exclusive=True,
        ),
    )
