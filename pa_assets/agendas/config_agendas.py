"""How the graph, the embeddings and the exports are made. Models only; for the agendas see `config_recommendations`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pa_assets.agendas.config_base import Section, Text


def _environment(name: object) -> object:
    """The canonical name of a graph environment, where it is a known one."""
    from pa_assets.kit.resources.graph_targets import UnknownEnvironmentError, environment_name

    try:
        return environment_name(name) if isinstance(name, str) else name
    except UnknownEnvironmentError:
        return name  # for the list of choices to refuse


class GraphLabels(Section):
    """Labels of the nodes."""

    visitor_this_year: Text = Field(default="Visitor_this_year", description="Visitor of this year")
    visitor_last_year_main: Text = Field(
        default="Visitor_last_year_bva", description="Visitor of last year's main show"
    )
    visitor_last_year_secondary: Text = Field(
        default="Visitor_last_year_lva", description="Visitor of last year's paired show"
    )
    session_this_year: Text = Field(default="Sessions_this_year", description="Session of this year")
    session_past_year: Text = Field(default="Sessions_past_year", description="Session of last year")
    stream: Text = Field(default="Stream", description="Stream")
    show_this_year: Text = Field(default="Show_this_year", description="Show entered by badge scan")


class GraphRelationships(Section):
    """Types of the relationships."""

    stream: Text = Field(default="HAS_STREAM", description="Session -> stream")
    job_stream: Text = Field(default="job_to_stream", description="Visitor -> stream of the job role")
    specialization_stream: Text = Field(
        default="specialization_to_stream", description="Visitor -> stream of the specialisation"
    )
    same_visitor: Text = Field(default="Same_Visitor", description="Visitor -> the same person last year")
    attended_session: Text = Field(default="attended_session", description="Visitor of last year -> session attended")
    assisted_session_this_year: Text = Field(
        default="assisted_session_this_year", description="Visitor of this year -> session attended"
    )
    registered_to_show: Text = Field(default="registered_to_show", description="Visitor of this year -> show entered")
    is_recommended: Text = Field(default="IS_RECOMMENDED", description="Visitor of this year -> session of the agenda")


class RenamesByCohort(Section):
    """Answers as one year's survey words them."""

    this_year: dict[Text, Text] = Field(default={}, description="Answer as given -> answer as in the mapping file")
    last_year_main: dict[Text, Text] = Field(default={}, description="The same for last year's main show")
    last_year_secondary: dict[Text, Text] = Field(default={}, description="The same for last year's paired show")


class StreamMapping(Section):
    """A mapping of visitors to streams."""

    enabled: bool = Field(default=True, description="Load this mapping")
    question: str = Field(default="", description="Question whose answers are mapped; empty: the first question kept")
    rename: dict[Text, Text] = Field(default={}, description="Answer as given -> answer as in the mapping file")
    rename_by_cohort: RenamesByCohort = Field(
        default=RenamesByCohort(), description="The same for one cohort alone; it goes before `rename`"
    )


class Graph(Section):
    """The Neo4j graph."""

    environment: Annotated[Literal["default", "dev", "test", "prod", "none"], BeforeValidator(_environment)] = Field(
        default="default",
        description="Which server: default is NEO4J_URI, or the embedded one where that is not set; dev, test, prod "
        "are NEO4J_URI_DEV, _TEST, _PROD; none: no server, tables alone",
    )
    node_labels: GraphLabels = Field(default=GraphLabels(), description="Labels of the nodes")
    relationships: GraphRelationships = Field(default=GraphRelationships(), description="Types of the relationships")
    job_stream_mapping: StreamMapping = Field(default=StreamMapping(), description="Job role -> streams")
    specialization_stream_mapping: StreamMapping = Field(
        default=StreamMapping(), description="Specialisation -> streams"
    )


class Embeddings(Section):
    """How a session becomes a vector."""

    model: Text = Field(
        default="all-MiniLM-L6-v2", description="Model by name or folder; the default comes with the installation"
    )
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where the model runs")
    batch_size: Annotated[int, Field(ge=1)] = Field(default=64, description="Sessions per batch")
    fields: list[Literal["title", "synopsis_stripped", "stream", "theatre__name"]] = Field(
        default=["title", "synopsis_stripped"],
        min_length=1,
        description="Columns that make the text; with these two, the filling of streams shares its vectors",
    )
    include_stream_descriptions: bool = Field(
        default=False, description="Add the descriptions of the session's streams"
    )


class Exports(Section):
    """What the marketing team receives."""

    contact_fields: bool = Field(default=True, description="Names, e-mail and telephone stand in the CSV and JSON")
    additional_visitor_fields: list[Text] = Field(
        default=[], description="Further visitor columns or questions in the CSV"
    )
    calendars: bool = Field(default=True, description="A calendar file (ICS) per visitor, all in one ZIP")
