"""What the YAML file of an event may say: `config/<event>.yaml`. For the whole see `config_pipeline`.

Models only: the event and the file as a whole here, its blocks in `config_landing`, `config_preparation`,
`config_agendas` and `config_recommendations`. Reading files and wording mistakes is `config_files`; what a setting
does is in the core module of its section. Every key has a meaning here, and `pa new-event` writes these meanings as
comments.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from pa_assets.agendas.config_agendas import (
    Embeddings,
    Exports,
    Graph,
    GraphLabels,
    GraphRelationships,
    StreamMapping,
)
from pa_assets.agendas.config_base import Section, Text
from pa_assets.agendas.config_landing import (
    CohortPatterns,
    Landing,
    MappingFiles,
    ProcessedSessions,
    SessionFiles,
    SessionOutputFiles,
)
from pa_assets.agendas.config_preparation import (
    Attendance,
    Backfill,
    Engagement,
    InferenceRule,
    Linkage,
    People,
    PracticeLookup,
    QuestionsToKeep,
    Sessions,
    StreamProcessing,
    StreamRule,
)
from pa_assets.agendas.config_recommendations import (
    Break,
    ControlGroup,
    Exposure,
    PastShowWeights,
    Recommendations,
    ReturningWithoutHistory,
    Rule,
    RuleCondition,
    RuleSessions,
    SignalWeights,
    TheatreCapacity,
)

__all__ = [
    "MODES",
    "Attendance",
    "Backfill",
    "Break",
    "CohortPatterns",
    "ControlGroup",
    "Embeddings",
    "Engagement",
    "Event",
    "EventConfig",
    "Exports",
    "Exposure",
    "Graph",
    "GraphLabels",
    "GraphRelationships",
    "InferenceRule",
    "Landing",
    "Linkage",
    "MappingFiles",
    "Mode",
    "PastShowWeights",
    "People",
    "PracticeLookup",
    "ProcessedSessions",
    "QuestionsToKeep",
    "Recommendations",
    "ReturningWithoutHistory",
    "Rule",
    "RuleCondition",
    "RuleSessions",
    "Section",
    "SessionFiles",
    "SessionOutputFiles",
    "Sessions",
    "SignalWeights",
    "StreamMapping",
    "StreamProcessing",
    "StreamRule",
    "TheatreCapacity",
]

Mode = Literal["personal_agendas", "engagement", "post_analysis"]
MODES: tuple[Mode, ...] = ("personal_agendas", "engagement", "post_analysis")


def _flat(value: Any) -> Any:
    """A list of lists as one list: show codes may be grouped."""
    if not isinstance(value, list):
        return value
    return [code for item in value for code in (_flat(item) if isinstance(item, list) else [item])]


Codes = Annotated[list[Text], BeforeValidator(_flat)]


class Event(Section):
    """Which show this is."""

    title: Text = Field(description="Name of the show as people say it; reports use it", examples=["My Show 2027"])
    show: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = Field(
        description="Short tag of the show: `show` on every node of the graph and in the names of exports",
        examples=["myshow"],
    )
    main_event_name: Text = Field(description="Short name of the main event", examples=["myshow"])
    secondary_event_name: Text = Field(
        description="Short name of the paired event whose past visitors also count", examples=["pairedshow"]
    )
    time_zone: Text = Field(default="Europe/London", description="Time zone of the programme and the scans")
    event_date_this_year: dt.date = Field(description="First day of this year's show", examples=["2027-06-10"])
    event_date_last_year: dt.date = Field(description="First day of last year's show", examples=["2026-06-11"])
    event_date_last_year_secondary: dt.date | None = Field(
        default=None, description="First day of last year's paired show; none: days to it are not counted"
    )
    date_order: Literal["day_first", "month_first"] = Field(
        default="day_first", description="How 03/04/2025 is meant in deliveries: 3 April, or March 4"
    )
    shows_this_year: Codes = Field(
        min_length=1, description="Show codes of this year, in the registration system", examples=[["MYS27"]]
    )
    shows_this_year_exclude: Codes = Field(default=[], description="Known show codes to set aside")
    shows_last_year_main: Codes = Field(default=[], description="Show codes of last year's main show")
    shows_last_year_secondary: Codes = Field(default=[], description="Show codes of last year's paired show")

    @model_validator(mode="after")
    def _each_code_once(self) -> "Event":
        groups = {
            "shows_this_year": self.shows_this_year,
            "shows_this_year_exclude": self.shows_this_year_exclude,
            "shows_last_year_main": self.shows_last_year_main,
            "shows_last_year_secondary": self.shows_last_year_secondary,
        }
        seen: dict[str, str] = {}
        twice = []
        for name, codes in groups.items():
            for code in codes:
                key = code.strip().upper()
                if seen.setdefault(key, name) != name:
                    twice.append(f"show code {code!r} stands in {seen[key]} and in {name}; keep it in one")
        if twice:
            raise ValueError("; ".join(twice))
        return self


class EventConfig(Section):
    """One event: `config/<event>.yaml`."""

    event: Event = Field(description="Which show this is")
    mode: Mode = Field(
        default="personal_agendas",
        description="What the partition `<event>` makes: agendas before the show, invitations to last year's people, "
        "or the analysis after the show",
    )
    further_modes: list[Mode] = Field(
        default=[], description="Modes that can be made beside it, each as a partition `<event>-<mode>` of its own"
    )
    engagement: Engagement = Field(default=Engagement(), description="Who is invited in the mode engagement")
    create_only_new: bool = Field(default=False, description="Leave visitors alone who have their recommendations")
    landing: Landing = Field(description="File patterns per role, below data/<event>/landing")
    session_files: SessionFiles = Field(description="File patterns of the programme, below data/<event>/landing")
    session_output_files: SessionOutputFiles = Field(
        default=SessionOutputFiles(), description="Names of the session outputs"
    )
    people: People = Field(default=People(), description="Who counts as a visitor and what is known of them")
    attendance: Attendance = Field(default=Attendance(), description="How scans are read")
    sessions: Sessions = Field(default=Sessions(), description="How the programme is cleaned")
    stream_processing: StreamProcessing = Field(
        default=StreamProcessing(), description="Streams: catalogue and filling"
    )
    graph: Graph = Field(default=Graph(), description="The Neo4j graph")
    embeddings: Embeddings = Field(default=Embeddings(), description="How a session becomes a vector")
    recommendations: Recommendations = Field(default=Recommendations(), description="How agendas are made")
    exports: Exports = Field(default=Exports(), description="What the marketing team receives")
