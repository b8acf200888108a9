"""How people, scans, sessions and streams are prepared. Models only; see `config`."""

from typing import Annotated, Literal

from pydantic import Field

from pa_assets.agendas.config_base import Section, Share, Text


class QuestionsToKeep(Section):
    """Survey questions that matter, by their text after clean-up."""

    current: list[Text] = Field(
        default=[], description="Questions of this year; the first is the specialisation question"
    )
    past: list[Text] = Field(default=[], description="Questions of last year")


class InferenceRule(Section):
    """Gives a value to visitors who did not give one: the first rule that matches wins."""

    any_words: list[Text] = Field(min_length=1, description="Whole words or phrases, one of which stands in the text")
    value: Text = Field(description="The value that follows")
    confidence: Share = Field(default=0.8, description="How sure the rule is; it stands beside each value it gives")


class PracticeLookup(Section):
    """Fills the type of practice of a visitor from a table of companies."""

    company_column: Text = Field(default="Company Name", description="Column of the table with the company")
    type_column: Text = Field(
        default="Main Type of Veterinary Practice", description="Column of the table with the type of practice"
    )
    question: Text = Field(description="Question that receives the type where it was not answered")
    match_threshold: Annotated[float, Field(ge=0, le=100)] = Field(
        default=95, description="Likeness from 0 to 100 that two company names need; 100: equal names only"
    )
    rules: list[InferenceRule] = Field(
        default=[], description="Types from words in the company's name, where the table does not know it, in order"
    )


class Linkage(Section):
    """Finds people again whose name or e-mail changed; needs the extra `linkage`."""

    enabled: bool = Field(default=False, description="Look for the same person beyond equal name and e-mail")
    minimum_confidence: Share = Field(
        default=0.95, description="Registrations are linked from this confidence on, if nobody decided otherwise"
    )
    review_from: Share = Field(
        default=0.5, description="Pairs from this confidence on stand in output/identity_review.csv"
    )


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
    linkage: Linkage = Field(default=Linkage(), description="The same person under another name or e-mail")
    practice_lookup: PracticeLookup | None = Field(default=None, description="Type of practice by company")


class Engagement(Section):
    """Mode engagement: last year's people are invited with this year's programme."""

    audience: list[Literal["last_year_main", "last_year_secondary"]] = Field(
        default=["last_year_main"], min_length=1, description="Whose visitors are invited; a person of both once"
    )
    skip_registered: bool = Field(default=True, description="Leave out people who registered for this year's show")
    reset_returning_flags: bool = Field(
        default=False, description="Say 0 in assist_year_before of everybody; their history counts all the same"
    )


class Attendance(Section):
    """How scans are read."""

    file_show_map: dict[Text, Text] = Field(
        default={}, description="Part of the name of a file of entry scans -> show code of its rows that name none"
    )


class Sessions(Section):
    """How the programme is cleaned."""

    titles_to_remove: list[Text] = Field(
        default=[], description="Titles that are no sessions, whatever their case; * stands for any text"
    )
    sponsor_names: dict[Text, Text] = Field(default={}, description="Sponsor as delivered -> sponsor spelled out")
    sponsor_in_title: list[Text] = Field(
        default=["(sponsored by *)"], description="How titles name a sponsor; * stands for the name"
    )
    repeat_markers: list[Text] = Field(
        default=["[repeat]", "(repeat)"],
        description="What titles of repeats bear, whatever the case; * stands for any text",
    )
    theatre_aliases: dict[Text, Text] = Field(default={}, description="Theatre as delivered -> theatre as kept")
    theatres_to_remove: list[Text] = Field(
        default=[], description="Rooms whose rows are no sessions, whatever their case; * stands for any text"
    )
    overnight: bool = Field(default=False, description="A session may end after midnight")


class StreamRule(Section):
    """Gives streams to sessions that have none: the first rule that matches wins, before classifier and model."""

    name: Text = Field(description="Name in the reason of each stream it gives")
    any_words: list[Text] = Field(
        min_length=1, description="Whole words or phrases, one of which stands in the session"
    )
    unless_words: list[Text] = Field(default=[], description="Whole words or phrases that exempt a session")
    columns: list[Literal["title", "synopsis_stripped", "theatre__name", "speakers", "sponsored_by"]] = Field(
        default=["title"], min_length=1, description="Columns in which the words are looked for"
    )
    streams: list[Text] = Field(min_length=1, max_length=3, description="Streams of the catalogue that follow")
    confidence: Share = Field(default=0.95, description="How sure the rule is; it stands beside each stream it gives")


class Backfill(Section):
    """How sessions without a stream are filled."""

    strategy: Literal["cascade", "llm_only", "classifier_only"] = Field(
        default="cascade",
        description="Rules, classifier, then the language model for what is left; or the model alone, which changes "
        "nothing where there is none; or rules and classifier without it",
    )
    sessions_per_call: Annotated[int, Field(ge=1, le=50)] = Field(
        default=12, description="Sessions that one call of the language model is asked about"
    )
    minimum_model_confidence: Share = Field(
        default=0.0, description="What the model gives below this goes to review; it says itself how sure it is"
    )
    backups: Annotated[int, Field(ge=0)] = Field(
        default=5, description="Copies (.bak) that are kept of each session file before it changes; 0: none"
    )


class StreamProcessing(Section):
    """The catalogue of streams and the filling of missing ones."""

    use_cached_descriptions: bool = Field(default=False, description="Read descriptions from streams_cache.json first")
    create_missing_streams: bool = Field(default=True, description="Fill sessions that have no stream")
    use_enhanced_streams_catalog: bool = Field(default=True, description="Prefer streams_enhanced.json where it exists")
    synonyms: dict[Text, Text] = Field(default={}, description="Other name of a stream -> name in the catalogue")
    rename: dict[Text, Text] = Field(
        default={}, description="Stream as delivered -> stream as kept, in every programme"
    )
    backfill: Backfill = Field(default=Backfill(), description="How sessions without a stream are filled")
    rules: list[StreamRule] = Field(default=[], description="Streams from words of the session, in order")
    minimum_confidence: Share = Field(
        default=0.5, description="A stream that the classifier fills needs at least this confidence of being right"
    )
    candidates: Annotated[int, Field(ge=2)] = Field(default=60, description="Most streams considered for one session")
