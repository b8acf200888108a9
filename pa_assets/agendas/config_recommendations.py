"""How agendas are made: scores, rules, limits and the control group. Models only; see `config`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pa_assets.agendas.config_base import Section, Share, Text, Weight


def _weights(value: object) -> object:
    """`learned` in place of the block."""
    return {"learned": True} if value == "learned" else value


_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"


class SignalWeights(Section):
    """Share of each signal in a score."""

    learned: bool = Field(
        default=False,
        description="Learn them on last year's show; those given here serve where learned ones do not beat them",
    )

    own_history: Weight = Field(default=1.0, description="Likeness to sessions the visitor attended")
    similar_visitors: Weight = Field(default=0.5, description="What visitors with the same answers attended")
    streams: Weight = Field(default=0.3, description="Streams of the visitor's history, job role and specialisation")
    popularity: Weight = Field(default=0.1, description="Popularity of like sessions last year")


class PastShowWeights(Section):
    """How much attendance of each past show counts: the older or the less alike, the less."""

    last_year_main: Weight = Field(default=1.0, description="Attendance at last year's main show")
    last_year_secondary: Weight = Field(default=1.0, description="Attendance at last year's paired show")


class ReturningWithoutHistory(Section):
    """Visitors who came last year but were scanned at no session."""

    enabled: bool = Field(default=False, description="Lower their scores, so that others go first where places are few")
    similarity_exponent: Annotated[float, Field(gt=0)] = Field(
        default=1.5, description="Their scores are raised to this power"
    )


class ControlGroup(Section):
    """Visitors whose agenda is made and not sent, to measure the effect."""

    enabled: bool = Field(default=False, description="Keep a control group")
    percentage: Annotated[float, Field(ge=0, le=50)] = Field(default=5.0, description="Visitors in it, in percent")
    random_seed: int = Field(default=42, description="Another seed draws another group")
    stratify_by: list[Text] = Field(
        default=[],
        description="Questions or visitor columns; each combination of answers gives its share to the group",
    )


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
    sponsor: list[Text] = Field(
        default=[], description="Whole words or phrases in the sponsor's name; `*`: any sponsor"
    )
    session_id: list[Text] = Field(default=[], description="Identifiers, as they stand in the programme")


class Rule(Section):
    """A rule of the show: declared by words, or by a Python function of an installed package."""

    name: Text = Field(description="Name in metadata and reports")
    priority: int = Field(default=0, description="Higher goes first; equal ones in the order of this file")
    visitors: RuleCondition = Field(default=RuleCondition(), description="Who; empty: everybody")
    sessions: RuleSessions = Field(default=RuleSessions(), description="Which sessions")
    function: str = Field(
        default="",
        description="Name under the entry point `pa_assets.rules` of a function that finds visitors and sessions",
    )
    parameters: dict[Text, Any] = Field(default={}, description="Given to the function")
    action: Literal["drop", "keep_only", "boost"] = Field(
        description="What happens to these sessions for these visitors"
    )
    factor: Annotated[float, Field(gt=0)] = Field(default=1.5, description="Factor of a boost")
    if_nothing_is_left: Literal["ignore_rule", "allow_empty"] = Field(
        default="ignore_rule",
        description="Policy where the rule would leave a visitor without sessions; recorded either way",
    )


class Break(Section):
    """Free time that every agenda keeps on each day, such as lunch."""

    earliest: Annotated[str, Field(pattern=_TIME)] = Field(description='It lies after this time, in quotes: "12:00"')
    latest: Annotated[str, Field(pattern=_TIME)] = Field(description='and before this one, in quotes: "14:00"')
    minutes: Annotated[int, Field(ge=1)] = Field(description="Free minutes at a stretch")


class Exposure(Section):
    """Sessions that at least so many visitors are to get, such as those of sponsors."""

    sessions: RuleSessions = Field(description="Which sessions; each of them for itself")
    least_share: Share = Field(description="Share of this year's visitors, who fit it best and lose least by it")


class Recommendations(Section):
    """How agendas are made."""

    strategy: Literal["signals", "max_cosine"] = Field(
        default="signals",
        description="signals: several signals by weight; max_cosine: nearest past session alone, for comparison",
    )
    max_recommendations: Annotated[int, Field(ge=1)] = Field(default=10, description="Most sessions in one agenda")
    max_per_day: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Most sessions on one day; empty: no such limit"
    )
    min_similarity_score: Share = Field(default=0.3, description="A session needs at least this score")
    similar_visitors_count: Annotated[int, Field(ge=1)] = Field(
        default=50, description="Similar past visitors that count"
    )
    weights: Annotated[SignalWeights, BeforeValidator(_weights)] = Field(
        default=SignalWeights(), description="Share of each signal in a score; `weights: learned` for learned ones"
    )
    past_show_weights: PastShowWeights = Field(
        default=PastShowWeights(), description="How much attendance of each past show counts"
    )
    similarity_attributes: dict[Text, Weight] = Field(
        default={}, description="Question or visitor column -> weight, for the likeness of two visitors"
    )
    returning_without_history: ReturningWithoutHistory = Field(
        default=ReturningWithoutHistory(), description="Visitors who came last year but were scanned at no session"
    )
    random_seed: int = Field(default=42, description="Of what is drawn by `max_cosine`, and of learning")
    travel_minutes: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Minutes between sessions in different theatres"
    )
    breaks: list[Break] = Field(default=[], description="Free time that every agenda keeps on each day")
    pinned_sessions: list[Text] = Field(
        default=[], description="Identifiers of sessions that stand in every agenda where time and rules allow it"
    )
    excluded_sessions: list[Text] = Field(default=[], description="Identifiers of sessions that stand in no agenda")
    stream_diversity: Share = Field(
        default=0.0, description="How much less each further session of a stream counts; 0: not at all"
    )
    alternatives: Annotated[int, Field(ge=0)] = Field(
        default=2, description="Other sessions at the time of each recommended one, named beside it"
    )
    control_group: ControlGroup = Field(default=ControlGroup(), description="Agendas made and not sent")
    theatre_capacity_limits: TheatreCapacity = Field(
        default=TheatreCapacity(), description="Seats per theatre as a limit"
    )
    max_share_per_session: Share = Field(
        default=1.0, description="No session stands in the agendas of more than this share of the visitors"
    )
    exposure: list[Exposure] = Field(default=[], description="Sessions that at least so many visitors are to get")
    rules: list[Rule] = Field(default=[], description="Rules of the show, by priority, then in order")
    language: Text = Field(default="en", description="Language of the reasons: de, en, es, fr, it or nl")
