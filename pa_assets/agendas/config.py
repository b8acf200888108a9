"""What the YAML file of an event may say: `config/<event>.yaml`. For the whole see `config_pipeline`.

Models only. Reading files and wording mistakes is `config_files`; what a setting does is in the core module of
its section. Every key has a meaning here, and `pa new-event` writes these meanings as comments.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]
Patterns = list[Text]
Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A block of YAML: unknown keys are mistakes, values cannot change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


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
    shows_this_year: Patterns = Field(
        min_length=1, description="Show codes of this year, in the registration system", examples=[["MYS27"]]
    )
    shows_this_year_exclude: list[Text] = Field(default=[], description="Known show codes to set aside")
    shows_last_year_main: list[Text] = Field(default=[], description="Show codes of last year's main show")
    shows_last_year_secondary: list[Text] = Field(default=[], description="Show codes of last year's paired show")

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


class CohortPatterns(Section):
    """File patterns of the scans or references of each cohort."""

    this_year: Patterns = Field(default=[], description="This year's files, delivered after the show")
    last_year_main: Patterns = Field(default=[], description="Last year's main show")
    last_year_secondary: Patterns = Field(default=[], description="Last year's paired show")


class MappingFiles(Section):
    """File patterns of the mapping tables."""

    job_to_stream: Patterns = Field(default=["job_to_stream.csv"], description="Job roles x streams, YES or NO")
    specialization_to_stream: Patterns = Field(
        default=["spezialization_to_stream.csv", "specialization_to_stream.csv"],
        description="Specialisations x streams, YES or NO",
    )
    practices: Patterns = Field(default=["practices*.csv"], description="Companies and their type of practice")


class Landing(Section):
    """Where each role is found: file patterns below data/<event>/landing."""

    registrations: Patterns = Field(
        min_length=1,
        description="Registrations, JSON or CSV, several years and shows in one or many files",
        examples=[["registrations_*.json", "registrations_*.csv"]],
    )
    demographics: Patterns = Field(
        default=[],
        description="Survey answers, JSON or CSV",
        examples=[["demographics_*.json", "demographics_*.csv"]],
    )
    scans: CohortPatterns = Field(
        default=CohortPatterns(),
        description="Badge scans at sessions, CSV",
        examples=[
            {
                "this_year": ["seminar_scans_this_year*.csv"],
                "last_year_main": ["seminar_scans_last_year_main*.csv"],
                "last_year_secondary": ["seminar_scans_last_year_secondary*.csv"],
            }
        ],
    )
    scan_reference: CohortPatterns = Field(
        default=CohortPatterns(),
        description="Short name -> seminar name, CSV",
        examples=[
            {
                "this_year": ["seminar_reference_this_year*.csv"],
                "last_year_main": ["seminar_reference_last_year_main*.csv"],
                "last_year_secondary": ["seminar_reference_last_year_secondary*.csv"],
            }
        ],
    )
    entry_scans: Patterns = Field(
        default=[],
        description="Badge scans at the entrance, CSV, delivered after the show",
        examples=[["entry_scans*.csv"]],
    )
    mappings: MappingFiles = Field(default=MappingFiles(), description="Mapping tables, CSV")
    capacity: Patterns = Field(
        default=["teatres.csv", "theatres.csv", "capacity*.csv"], description="Seats per theatre, CSV"
    )


class SessionFiles(Section):
    """File patterns of the programme, CSV or JSON, below data/<event>/landing."""

    session_this: Patterns = Field(
        min_length=1,
        description="This year's programme",
        examples=[["sessions_this_year*.csv", "sessions_this_year*.json"]],
    )
    session_past_bva: Patterns = Field(
        default=[],
        description="Programme of last year's main show",
        examples=[["sessions_last_year_main*.csv", "sessions_last_year_main*.json"]],
    )
    session_past_lva: Patterns = Field(
        default=[],
        description="Programme of last year's paired show",
        examples=[["sessions_last_year_secondary*.csv", "sessions_last_year_secondary*.json"]],
    )


class ProcessedSessions(Section):
    """Names of the cleaned session files."""

    this_year: Text = Field(default="session_this_filtered_valid_cols.csv", description="This year's programme")
    last_year_main: Text = Field(
        default="session_last_filtered_valid_cols_bva.csv", description="Programme of last year's main show"
    )
    last_year_secondary: Text = Field(
        default="session_last_filtered_valid_cols_lva.csv", description="Programme of last year's paired show"
    )


class SessionOutputFiles(Section):
    """Names of the session outputs in data/<event>/output."""

    processed_sessions: ProcessedSessions = Field(default=ProcessedSessions(), description="Cleaned session files")
    streams_catalog: Text = Field(default="streams.json", description="Catalogue of streams with descriptions")


class QuestionsToKeep(Section):
    """Survey questions that matter, by their text after clean-up."""

    current: list[Text] = Field(
        default=[], description="Questions of this year; the first is the specialisation question"
    )
    past: list[Text] = Field(default=[], description="Questions of last year")


class InferenceRule(Section):
    """Gives a job role to visitors who did not name one: the first rule that matches wins."""

    any_words: list[Text] = Field(
        min_length=1, description="Whole words or phrases, one of which stands in the job title"
    )
    value: Text = Field(description="The job role that follows")


class PracticeLookup(Section):
    """Fills the type of practice of a visitor from a table of companies."""

    company_column: Text = Field(default="Company Name", description="Column of the table with the company")
    type_column: Text = Field(
        default="Main Type of Veterinary Practice", description="Column of the table with the type of practice"
    )
    question: Text = Field(description="Question that receives the type where it was not answered")


class People(Section):
    """Who counts as a visitor and what is known of them."""

    valid_badge_types: list[Text] = Field(
        default=["Delegate", "Delegate - Group"], description="Badge types that count"
    )
    questions_to_keep: QuestionsToKeep = Field(default=QuestionsToKeep(), description="Survey questions that matter")
    question_text_corrections: dict[Text, Text] = Field(default={}, description="Wrong question text -> right one")
    same_question: dict[Text, Text] = Field(
        default={}, description="Last year's question -> this year's question that asks the same"
    )
    job_role_question: str = Field(default="", description="Question that asks for the job role; empty: none")
    job_role_rules: list[InferenceRule] = Field(default=[], description="Job roles from job titles, in order")
    practice_lookup: PracticeLookup | None = Field(default=None, description="Type of practice by company")


class Sessions(Section):
    """How the programme is cleaned."""

    titles_to_remove: list[Text] = Field(
        default=[], description="Titles that are no sessions, whatever their case; * stands for any text"
    )
    sponsor_names: dict[Text, Text] = Field(default={}, description="Sponsor as delivered -> sponsor spelled out")
    overnight: bool = Field(default=False, description="A session may end after midnight")


class StreamProcessing(Section):
    """The catalogue of streams and the filling of missing ones."""

    use_cached_descriptions: bool = Field(default=False, description="Read descriptions from streams_cache.json first")
    create_missing_streams: bool = Field(default=True, description="Fill sessions that have no stream")
    use_enhanced_streams_catalog: bool = Field(default=True, description="Prefer streams_enhanced.json where it exists")
    synonyms: dict[Text, Text] = Field(default={}, description="Other name of a stream -> name in the catalogue")
    rename: dict[Text, Text] = Field(
        default={}, description="Stream as delivered -> stream as kept, in every programme"
    )
    minimum_confidence: Share = Field(default=0.35, description="A filled stream needs at least this confidence")
    candidates: Annotated[int, Field(ge=2)] = Field(default=60, description="Most streams considered for one session")


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


class StreamMapping(Section):
    """A mapping of visitors to streams."""

    enabled: bool = Field(default=True, description="Load this mapping")
    question: str = Field(default="", description="Question whose answers are mapped; empty: the first question kept")
    rename: dict[Text, Text] = Field(default={}, description="Answer as given -> answer as in the mapping file")


class Graph(Section):
    """The Neo4j graph."""

    environment: Literal["default", "dev", "test", "prod"] = Field(
        default="default",
        description="Which server: NEO4J_URI, or NEO4J_URI_DEV, _TEST, _PROD; none set: the embedded one",
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


class SignalWeights(Section):
    """Share of each signal in a score."""

    own_history: Weight = Field(default=1.0, description="Likeness to sessions the visitor attended")
    similar_visitors: Weight = Field(default=0.5, description="What visitors with the same answers attended")
    streams: Weight = Field(default=0.3, description="Streams of the visitor's history, job role and specialisation")
    popularity: Weight = Field(default=0.1, description="Popularity of like sessions last year")


class ControlGroup(Section):
    """Visitors whose agenda is made and not sent, to measure the effect."""

    enabled: bool = Field(default=False, description="Keep a control group")
    percentage: Annotated[float, Field(ge=0, le=50)] = Field(default=5.0, description="Visitors in it, in percent")
    random_seed: int = Field(default=42, description="Another seed draws another group")


class TheatreCapacity(Section):
    """Seats per theatre as a limit."""

    enabled: bool = Field(default=False, description="Recommend a session to no more visitors than its theatre holds")
    capacity_multiplier: Annotated[float, Field(gt=0)] = Field(
        default=1.0, description="Seats x this: not everybody follows a recommendation"
    )


class RuleCondition(Section):
    """Visitors a rule speaks of: every key of `answers` must hold, and none of `unless_answers`."""

    answers: dict[Text, list[Text]] = Field(
        default={},
        description="Question or visitor column -> whole words or phrases, one of which stands in the answer",
    )
    unless_answers: dict[Text, list[Text]] = Field(
        default={}, description="The same form; one key of these that holds is enough to exempt the visitor"
    )


class RuleSessions(Section):
    """Sessions a rule speaks of: one of the words in one of the columns is enough."""

    stream: list[Text] = Field(default=[], description="Whole words or phrases in the streams")
    title: list[Text] = Field(default=[], description="Whole words or phrases in the title")
    theatre: list[Text] = Field(default=[], description="Whole words or phrases in the theatre's name")


class Rule(Section):
    """A declarative rule of the show."""

    name: Text = Field(description="Name in metadata and reports")
    visitors: RuleCondition = Field(default=RuleCondition(), description="Who; empty: everybody")
    sessions: RuleSessions = Field(description="Which sessions")
    action: Literal["drop", "keep_only", "boost"] = Field(
        description="What happens to these sessions for these visitors"
    )
    factor: Annotated[float, Field(gt=0)] = Field(default=1.5, description="Factor of a boost")
    if_nothing_is_left: Literal["ignore_rule", "allow_empty"] = Field(
        default="ignore_rule",
        description="Policy where the rule would leave a visitor without sessions; recorded either way",
    )


class Recommendations(Section):
    """How agendas are made."""

    max_recommendations: Annotated[int, Field(ge=1)] = Field(default=10, description="Most sessions in one agenda")
    min_similarity_score: Share = Field(default=0.3, description="A session needs at least this score")
    similar_visitors_count: Annotated[int, Field(ge=1)] = Field(
        default=50, description="Similar past visitors that count"
    )
    weights: SignalWeights = Field(default=SignalWeights(), description="Share of each signal in a score")
    similarity_attributes: dict[Text, Weight] = Field(
        default={}, description="Question or visitor column -> weight, for the likeness of two visitors"
    )
    travel_minutes: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Minutes between sessions in different theatres"
    )
    control_group: ControlGroup = Field(default=ControlGroup(), description="Agendas made and not sent")
    theatre_capacity_limits: TheatreCapacity = Field(
        default=TheatreCapacity(), description="Seats per theatre as a limit"
    )
    rules: list[Rule] = Field(default=[], description="Rules of the show, in order")


class Exports(Section):
    """What the marketing team receives."""

    contact_fields: bool = Field(default=True, description="Names, e-mail and telephone stand in the CSV and JSON")
    additional_visitor_fields: list[Text] = Field(
        default=[], description="Further visitor columns or questions in the CSV"
    )


class EventConfig(Section):
    """One event: `config/<event>.yaml`."""

    event: Event = Field(description="Which show this is")
    mode: Literal["personal_agendas"] = Field(
        default="personal_agendas", description="What is made: agendas before the show"
    )
    create_only_new: bool = Field(default=False, description="Leave visitors alone who have their recommendations")
    landing: Landing = Field(description="File patterns per role, below data/<event>/landing")
    session_files: SessionFiles = Field(description="File patterns of the programme, below data/<event>/landing")
    session_output_files: SessionOutputFiles = Field(
        default=SessionOutputFiles(), description="Names of the session outputs"
    )
    people: People = Field(default=People(), description="Who counts as a visitor and what is known of them")
    sessions: Sessions = Field(default=Sessions(), description="How the programme is cleaned")
    stream_processing: StreamProcessing = Field(
        default=StreamProcessing(), description="Streams: catalogue and filling"
    )
    graph: Graph = Field(default=Graph(), description="The Neo4j graph")
    embeddings: Embeddings = Field(default=Embeddings(), description="How a session becomes a vector")
    recommendations: Recommendations = Field(default=Recommendations(), description="How agendas are made")
    exports: Exports = Field(default=Exports(), description="What the marketing team receives")
