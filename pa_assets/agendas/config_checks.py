"""What must fit together inside one configuration: names that refer to each other, dates, patterns, rules.

Each check says which keys it reads, so that it can be left out where one of them is mistaken already. What one key
alone allows stands in the models of `config`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pa_assets.agendas.config import EventConfig, InferenceRule, RuleSessions, Section
from pa_assets.agendas.config_keys import KeyPath, nearest
from pa_assets.agendas.config_pipeline import PipelineConfig
from pa_assets.agendas.core.tables import VISITORS


@dataclass(frozen=True)
class Finding:
    """Something in a configuration that cannot be meant."""

    key: KeyPath
    problem: str
    reads: tuple[KeyPath, ...]
    """Keys that the finding rests on."""


_Findings = Iterator[tuple[KeyPath, str]]
_QUESTIONS: KeyPath = ("people", "questions_to_keep")


def _event_findings(config: EventConfig) -> list[Finding]:
    """Everything in the configuration of an event that does not fit together."""
    return [
        Finding(key, problem, (key, *reads)) for check, reads in _EVENT_CHECKS.items() for key, problem in check(config)
    ]


def findings(config: Section) -> list[Finding]:
    """Everything in a configuration that does not fit together."""
    if isinstance(config, EventConfig):
        return _event_findings(config)
    return _pipeline_findings(config) if isinstance(config, PipelineConfig) else []


def _pipeline_findings(config: PipelineConfig) -> list[Finding]:
    """Everything in the configuration of the pipeline that does not fit together."""
    cron = config.schedule.cron
    if _is_cron(cron):
        return []
    key = ("schedule", "cron")
    allowed = "minute, hour, day of month, month, day of week, as in '0 2 * * *', or one of @hourly, @daily, @weekly"
    return [Finding(key, f"found {cron!r}; allowed: {allowed}", (key,))]


def _dates(config: EventConfig) -> _Findings:
    event = config.event
    if event.event_date_last_year >= event.event_date_this_year:
        yield (
            ("event", "event_date_last_year"),
            f"found {event.event_date_last_year}, which is not before this year's show; "
            f"allowed: a date before {event.event_date_this_year}",
        )

    paired = event.event_date_last_year_secondary
    if paired and paired >= event.event_date_this_year:
        allowed = f"allowed: a date before {event.event_date_this_year}"
        yield ("event", "event_date_last_year_secondary"), f"found {paired}, not before this year's show; {allowed}"


def _modes(config: EventConfig) -> _Findings:
    for position, mode in enumerate(config.further_modes):
        if mode == config.mode or mode in config.further_modes[:position]:
            yield ("further_modes", position), f"found {mode!r}, which is offered already; only one may stay"
    event = config.event
    shows = {"last_year_main": event.shows_last_year_main, "last_year_secondary": event.shows_last_year_secondary}
    for position, cohort in enumerate(config.engagement.audience):
        if "engagement" in (config.mode, *config.further_modes) and not shows[cohort]:
            yield (
                ("engagement", "audience", position),
                f"found {cohort!r}, but event.shows_{cohort} names no show; allowed: a cohort with shows",
            )


def _linkage(config: EventConfig) -> _Findings:
    linkage = config.people.linkage
    if linkage.review_from > linkage.minimum_confidence:
        yield (
            ("people", "linkage", "review_from"),
            f"found {linkage.review_from}; allowed: at most minimum_confidence, {linkage.minimum_confidence}",
        )


def _title_patterns(config: EventConfig) -> _Findings:
    for position, pattern in enumerate(config.sessions.sponsor_in_title):
        if pattern.count("*") != 1:
            yield (
                ("sessions", "sponsor_in_title", position),
                f"found {pattern!r}; allowed: a text with one *, which stands for the sponsor",
            )


def _time_zone(config: EventConfig) -> _Findings:
    zone = config.event.time_zone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(available_timezones())
        by_city = {name.rpartition("/")[2]: name for name in known}
        close = nearest(zone, known) or by_city.get(nearest(zone, list(by_city)), "")
        hint = f"; the nearest is {close!r}" if close else ""
        yield ("event", "time_zone"), f"found {zone!r}; allowed: a name such as 'Europe/London' (IANA){hint}"


def _questions(config: EventConfig) -> _Findings:
    kept = config.people.questions_to_keep
    for name in ("current", "past"):
        yield from _twice((*_QUESTIONS, name), getattr(kept, name))
    for past, current in config.people.same_question.items():
        key: KeyPath = ("people", "same_question", past)
        if unknown := _unknown(past, kept.past):
            yield key, f"is no question of questions_to_keep.past{unknown}"
        if unknown := _unknown(current, kept.current):
            yield key, f"leads to {current!r}, which is no question of questions_to_keep.current{unknown}"
    role = config.people.job_role_question
    if role and (unknown := _unknown(role, kept.current)):
        yield ("people", "job_role_question"), f"found {role!r}, no question of questions_to_keep.current{unknown}"
    lookup = config.people.practice_lookup
    if lookup and (unknown := _unknown(lookup.question, [*kept.current, *kept.past])):
        key = ("people", "practice_lookup", "question")
        yield key, f"found {lookup.question!r}, no question of questions_to_keep{unknown}"
    mapped = config.graph.specialization_stream_mapping.question
    if mapped and (unknown := _unknown(mapped, [*kept.current, *kept.past])):
        key = ("graph", "specialization_stream_mapping", "question")
        yield key, f"found {mapped!r}, no question of questions_to_keep{unknown}"


def _twice(key: KeyPath, names: list[str]) -> _Findings:
    for position, name in enumerate(names):
        if _plain(name) in map(_plain, names[:position]):
            yield (*key, position), f"found {name!r} twice; only one may stay"


def _visitor_columns(config: EventConfig) -> _Findings:
    known = [*config.people.questions_to_keep.current, *VISITORS.names]
    settings = config.recommendations
    named: list[KeyPath] = [
        ("recommendations", "similarity_attributes", name) for name in settings.similarity_attributes
    ]
    for position, rule in enumerate(settings.rules):
        rule_key: KeyPath = ("recommendations", "rules", position, "visitors")
        named += [(*rule_key, "answers", name) for name in rule.visitors.answers]
        named += [(*rule_key, "unless_answers", name) for name in rule.visitors.unless_answers]
    for key in named:
        if unknown := _unknown(str(key[-1]), known):
            yield key, f"is neither a question of questions_to_keep.current nor a visitor column{unknown}"
    for position, name in enumerate(config.exports.additional_visitor_fields):
        if unknown := _unknown(name, known):
            key = ("exports", "additional_visitor_fields", position)
            yield key, f"found {name!r}, neither a question of questions_to_keep.current nor a visitor column{unknown}"
    question = config.graph.job_stream_mapping.question
    if question and (unknown := _unknown(question, known)):
        key = ("graph", "job_stream_mapping", "question")
        yield key, f"found {question!r}, neither a question of questions_to_keep.current nor a visitor column{unknown}"


def _unknown(name: str, known: list[str]) -> str:
    """Empty where `name` is known, whatever its case and punctuation; else what may be meant."""
    if _plain(name) in map(_plain, known):
        return ""
    close = nearest(name, known)
    return f"; the nearest is {close!r}" if close else "; allowed: " + (", ".join(map(repr, known)) or "none")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", re.sub(r"[^\w\s/-]", "", text.casefold())).strip("_")


def _inference_rules(config: EventConfig) -> _Findings:
    people = config.people
    yield from _rules_in_vain(("people", "job_role_rules"), people.job_role_rules)
    if people.practice_lookup:
        yield from _rules_in_vain(("people", "practice_lookup", "rules"), people.practice_lookup.rules)


def _rules_in_vain(key: KeyPath, rules: Sequence[InferenceRule]) -> _Findings:
    for position, rule in enumerate(rules):
        for place, phrase in enumerate(rule.any_words):
            for earlier, other in enumerate(rules[:position]):
                taken = next((word for word in other.any_words if _stands_in(word, phrase)), None)
                if taken and other.value != rule.value:
                    yield (
                        (*key, position, "any_words", place),
                        f"{phrase!r} never leads to {rule.value!r}: rule [{earlier}] takes it by {taken!r} and gives "
                        f"{other.value!r}; put the special rule before the general one",
                    )
                    break


def _stands_in(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase.casefold())}(?!\w)", text.casefold()) is not None


def _rules(config: EventConfig) -> _Findings:
    rules = config.recommendations.rules
    for position, rule in enumerate(rules):
        key: KeyPath = ("recommendations", "rules", position)
        if not (rule.function or _names_sessions(rule.sessions)):
            yield (
                (*key, "sessions"),
                f"of {rule.name!r} names no session; allowed: {', '.join(RuleSessions.model_fields)}",
            )
        if "factor" in rule.model_fields_set and rule.action != "boost":
            yield (*key, "factor"), f"does nothing in a rule that says {rule.action}; allowed with action boost only"
        if rule.name in [other.name for other in rules[:position]]:
            yield (*key, "name"), f"found {rule.name!r} twice; reports could not tell the rules apart"


def _names_sessions(sessions: RuleSessions) -> bool:
    return any(sessions.model_dump().values())


def _agendas(config: EventConfig) -> _Findings:
    for position, entry in enumerate(config.recommendations.breaks):
        key: KeyPath = ("recommendations", "breaks", position, "minutes")
        if _minutes(entry.latest) - _minutes(entry.earliest) < entry.minutes:
            yield key, f"found {entry.minutes}, which do not fit between {entry.earliest} and {entry.latest}"
    for position, exposure in enumerate(config.recommendations.exposure):
        if not _names_sessions(exposure.sessions):
            key = ("recommendations", "exposure", position, "sessions")
            yield key, f"names no session; allowed: {', '.join(RuleSessions.model_fields)}"
    both = set(config.recommendations.pinned_sessions) & set(config.recommendations.excluded_sessions)
    for name in sorted(both):
        yield ("recommendations", "pinned_sessions"), f"found {name!r}, which stands in excluded_sessions as well"


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _weights(config: EventConfig) -> _Findings:
    if not any(config.recommendations.weights.model_dump(exclude={"learned"}).values()):
        yield ("recommendations", "weights"), "are all 0, so that nothing could be scored; allowed: one above 0"
    attributes = config.recommendations.similarity_attributes
    if attributes and not any(attributes.values()):
        yield ("recommendations", "similarity_attributes"), "are all 0; allowed: one above 0, or none at all"


def _graph_names(config: EventConfig) -> _Findings:
    for block in ("node_labels", "relationships"):
        first: dict[str, str] = {}
        for name, value in getattr(config.graph, block).model_dump().items():
            key: KeyPath = ("graph", block, name)
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
                yield key, f"found {value!r}; allowed: letters, digits and _, not beginning with a digit"
            if value in first:
                yield key, f"found {value!r}, which {first[value]} has already; allowed: a name of its own"
            first.setdefault(value, name)


def _output_files(config: EventConfig) -> _Findings:
    files = config.session_output_files
    named: dict[KeyPath, str] = {
        ("session_output_files", "processed_sessions", name): value
        for name, value in files.processed_sessions.model_dump().items()
    }
    named["session_output_files", "streams_catalog"] = files.streams_catalog
    for position, (key, value) in enumerate(named.items()):
        ending = ".json" if key[-1] == "streams_catalog" else ".csv"
        if PurePosixPath(value).name != value or "\\" in value or not value.endswith(ending):
            yield key, f"found {value!r}; allowed: a file name without folders that ends in {ending}"
        if value in list(named.values())[:position]:
            yield key, f"found {value!r} twice; each output needs a file of its own"


def _patterns(config: EventConfig) -> _Findings:
    patterns = list(_all_patterns(config))
    for position, (key, role, pattern) in enumerate(patterns):
        parts = PurePosixPath(pattern).parts
        if pattern.startswith("/") or "\\" in pattern or ".." in parts or parts[0] in ("data", "landing"):
            yield key, f"found {pattern!r}; allowed: a pattern below data/<event>/landing, such as 'sessions_*.csv'"
        for _, other_role, other in patterns[:position]:
            if other_role != role and _may_share(pattern, other):
                yield (
                    key,
                    f"found {pattern!r}, which can match a file that {other!r} of {other_role} matches too; "
                    "allowed: patterns that no file of another role matches",
                )
                break


def _all_patterns(config: EventConfig) -> Iterator[tuple[KeyPath, str, str]]:
    blocks = {"landing": config.landing.model_dump(), "session_files": config.session_files.model_dump()}
    for top, block in blocks.items():
        for role, value in block.items():
            for cohort, patterns in value.items() if isinstance(value, dict) else ((None, value),):
                key: KeyPath = (top, role) if cohort is None else (top, role, cohort)
                for position, pattern in enumerate(patterns):
                    yield (*key, position), ".".join(map(str, key)), pattern


def _may_share(one: str, other: str) -> bool:
    """Whether the plainest file name of one pattern is matched by the other."""
    one, other = one.lower(), other.lower()
    return fnmatch(one.replace("*", ""), other) or fnmatch(other.replace("*", ""), one)


def _stream_names(config: EventConfig) -> _Findings:
    for name in ("synonyms", "rename"):
        names = getattr(config.stream_processing, name)
        lower = {old.casefold(): new for old, new in names.items()}
        for old, new in names.items():
            further = lower.get(new.casefold(), new)
            if further.casefold() != new.casefold():
                key = ("stream_processing", name, old)
                yield key, f"leads to {new!r}, which leads on to {further!r}; write {further!r} at once"


def _stream_rules(config: EventConfig) -> _Findings:
    rules = config.stream_processing.rules
    for position, rule in enumerate(rules):
        if rule.name in [other.name for other in rules[:position]]:
            key: KeyPath = ("stream_processing", "rules", position, "name")
            yield key, f"found {rule.name!r} twice; reasons could not tell the rules apart"


def _mapping_files(config: EventConfig) -> _Findings:
    for mapping in ("job_to_stream", "specialization_to_stream"):
        setting = mapping.replace("_to_stream", "_stream_mapping")
        if getattr(config.graph, setting).enabled and not getattr(config.landing.mappings, mapping):
            key = ("graph", setting, "enabled")
            yield key, f"found true, but landing.mappings.{mapping} names no file; allowed: false, or a file pattern"


_EVENT_CHECKS: dict[Callable[[EventConfig], _Findings], tuple[KeyPath, ...]] = {
    _dates: (("event", "event_date_this_year"),),
    _time_zone: (),
    _modes: (("mode",), ("event",)),
    _linkage: (),
    _title_patterns: (),
    _questions: (_QUESTIONS,),
    _visitor_columns: (_QUESTIONS,),
    _inference_rules: (("people", "job_role_rules"), ("people", "practice_lookup")),
    _rules: (),
    _agendas: (),
    _weights: (),
    _graph_names: (),
    _output_files: (("session_output_files",),),
    _patterns: (("landing",), ("session_files",)),
    _stream_names: (),
    _stream_rules: (),
    _mapping_files: (("landing", "mappings"),),
}

_CRON_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_WORDS = re.compile("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat")


def _is_cron(text: str) -> bool:
    if text in ("@hourly", "@daily", "@weekly", "@monthly"):
        return True
    fields = text.split()
    return len(fields) == len(_CRON_FIELDS) and all(map(_is_cron_field, fields, _CRON_FIELDS))


def _is_cron_field(text: str, limits: tuple[int, int]) -> bool:
    low, high = limits
    for part in text.lower().split(","):
        body, slash, step = part.partition("/")
        if slash and not (step.isdigit() and int(step) > 0):
            return False
        if body == "*":
            continue
        ends = body.split("-")
        if len(ends) > 2 or not all(
            _CRON_WORDS.fullmatch(end) or (end.isdigit() and low <= int(end) <= high) for end in ends
        ):
            return False
    return True
