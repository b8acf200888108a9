"""The configuration as files: reading `config/*.yaml`, and saying every mistake of a file at once.

What a key means is `config`, what is allowed `config_keys`, what must fit together `config_checks`.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from pa_assets.agendas import config_keys
from pa_assets.agendas.config import EventConfig, Section
from pa_assets.agendas.config_checks import findings
from pa_assets.agendas.config_pipeline import PipelineConfig
from pa_assets.agendas.config_yaml import Document, YamlError, parse
from pa_assets.agendas.modes import show_in_mode
from pa_assets.kit import fingerprint

PIPELINE_FILE = "pipeline_config.yaml"
EVENT_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
EVENT_NAME_RULE = "lower-case letters, digits and _, beginning with a letter"

_Model = TypeVar("_Model", bound=Section)
_Key = config_keys.KeyPath


@dataclass(frozen=True)
class Mistake:
    """One mistake in a configuration file."""

    file: Path
    line: int | None
    key: str
    """Path of the key, such as `recommendations.rules[2].name`; empty where the whole file is meant."""
    problem: str
    """What was found, what is allowed, and the nearest valid key or value."""

    def __str__(self) -> str:
        place = f"{self.file.parent.name}/{self.file.name}" + (f":{self.line}" if self.line else "")
        return ": ".join(filter(None, (place, self.key, self.problem)))


class ConfigError(ValueError):
    """A configuration file with all its mistakes."""

    def __init__(self, file: Path, mistakes: Sequence[Mistake]) -> None:
        count = f"{len(mistakes)} mistake{'' if len(mistakes) == 1 else 's'}"
        lines = "\n".join(f"  {mistake}" for mistake in mistakes)
        super().__init__(f"{file.parent.name}/{file.name} has {count}:\n{lines}")
        self.file = file
        self.mistakes = tuple(mistakes)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file, self.mistakes)


@dataclass(frozen=True)
class LoadedEvents:
    """The events of a folder, sorted by name; `broken` holds those whose file has mistakes."""

    configs: dict[str, EventConfig]
    broken: dict[str, ConfigError]


def load_event(path: Path) -> EventConfig:
    """Read the configuration of one event.

    Raises:
        ConfigError: the file cannot be read or has mistakes; all of them are in it.
    """
    if not EVENT_NAME.match(path.stem):
        problem = f"{path.stem!r} cannot be the name of an event; allowed: {EVENT_NAME_RULE}. Rename the file"
        raise ConfigError(path, [Mistake(path, None, "", problem)])
    return _load(path, EventConfig)


def load_pipeline(path: Path) -> PipelineConfig:
    """Read the configuration of the whole pipeline.

    Raises:
        ConfigError: the file cannot be read or has mistakes; all of them are in it.
    """
    return _load(path, PipelineConfig)


def load_events(folder: Path) -> LoadedEvents:
    """Read every event of a folder: each `*.yaml` but the pipeline's. One broken file leaves the others alone."""
    configs: dict[str, EventConfig] = {}
    broken: dict[str, ConfigError] = {}
    for path in event_files(folder):
        try:
            configs[path.stem] = load_event(path)
        except ConfigError as error:
            broken[path.stem] = error
    for path in sorted(folder.glob("[!.]*.yml")):
        problem = "the name ends in .yml and would be overlooked; rename it to .yaml"
        broken.setdefault(path.stem, ConfigError(path, [Mistake(path, None, "", problem)]))
    shared = _shared_shows(folder, configs)
    broken |= shared
    return LoadedEvents(
        {name: config for name, config in configs.items() if name not in shared}, dict(sorted(broken.items()))
    )


def check_all(folder: Path) -> dict[str, ConfigError | None]:
    """Mistakes of the pipeline's file and of every event, by name; None where there are none."""
    found: dict[str, ConfigError | None] = {Path(PIPELINE_FILE).stem: None}
    try:
        load_pipeline(folder / PIPELINE_FILE)
    except ConfigError as error:
        found[Path(PIPELINE_FILE).stem] = error
    loaded = load_events(folder)
    return found | {name: loaded.broken.get(name) for name in sorted({*loaded.configs, *loaded.broken})}


def event_files(folder: Path) -> list[Path]:
    """The YAML files of events, sorted by name."""
    return sorted(path for path in folder.glob("[!.]*.yaml") if path.name != PIPELINE_FILE)


def section_fingerprints(config: EventConfig) -> dict[str, str]:
    """One fingerprint per section of settings, of exactly what the stages of that section read.

    Where files are found is not among them: other files show in the fingerprint of the landing role.
    """
    whole = config.model_dump(mode="json")
    event, people, streams = whole["event"], whole["people"], whole["stream_processing"]
    show = event["show"]
    files = whole["session_output_files"]
    catalog = {"file": files["streams_catalog"], "enhanced": streams["use_enhanced_streams_catalog"]}
    questions = {name: people[name] for name in ("questions_to_keep", "same_question", "job_role_question")}
    dates = ("event_date_this_year", "event_date_last_year", "time_zone")
    shows = ("show", "main_event_name", "secondary_event_name")
    read: dict[str, Any] = {
        "people": [event, whole["mode"], whole["engagement"], people],
        "attendance": [
            {name: value for name, value in event.items() if name.startswith(("event_date", "shows_"))},
            [event["time_zone"], event["date_order"], whole["mode"]],
            whole["attendance"],
            whole["sessions"]["repeat_markers"],
            whole["sessions"]["sponsor_in_title"],
        ],
        "sessions": [event, whole["sessions"], whole["session_files"]["absent_columns"], files, streams["rename"]],
        "streams": [streams, files],
        "graph": [{name: event[name] for name in shows}, whole["graph"], questions, streams["synonyms"], catalog],
        "embeddings": [whole["embeddings"], catalog if config.embeddings.include_stream_descriptions else None],
        "recommendations": [show, whole["mode"], whole["recommendations"], questions, whole["create_only_new"]],
        "exports": [{name: event[name] for name in ("title", *shows, *dates)}, whole["exports"]],
    }
    return {name: fingerprint.of_json(value) for name, value in read.items()}


def _shared_shows(folder: Path, configs: dict[str, EventConfig]) -> dict[str, ConfigError]:
    """Events that share a show tag: each would take the other's nodes out of the graph, so none of them runs."""
    by_show: dict[str, list[str]] = defaultdict(list)
    for name, config in configs.items():
        for mode in dict.fromkeys([config.mode, *config.further_modes]):
            by_show[show_in_mode(config.event.show, mode)].append(name)
    errors: dict[str, ConfigError] = {}
    for show, names in by_show.items():
        for name in names if len(names) > 1 else ():
            path = folder / f"{name}.yaml"
            others = ", ".join(f"{other}.yaml" for other in names if other != name)
            problem = f"found {show!r}, which also stands in {others}; allowed: a tag that no other event has"
            line = _read(path).line(("event", "show"))
            errors.setdefault(name, ConfigError(path, [Mistake(path, line, "event.show", problem)]))
    return errors


def _load(path: Path, model: type[_Model]) -> _Model:
    document = _read(path)
    mistakes = [
        _mistake(path, document, key, f"stands twice, first on line {first}; only one may stay", line)
        for key, first, line in document.doubled
    ]
    config, problems, touched = _validated(model, document)
    mistakes += [_mistake(path, document, key, problem) for key, problem in problems]
    if config is not None:
        mistakes += [
            _mistake(path, document, finding.key, finding.problem)
            for finding in findings(config)
            if not any(_overlap(read, broken) for read in finding.reads for broken in touched)
        ]
    if mistakes or config is None:
        raise ConfigError(path, sorted(mistakes, key=lambda mistake: (mistake.line or 0, mistake.key)))
    return config


def _read(path: Path) -> Document:
    try:
        document = parse(path.read_bytes())
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error}); check that the file is there and may be read"
        raise ConfigError(path, [Mistake(path, None, "", problem)]) from error
    except YamlError as error:
        raise ConfigError(path, [Mistake(path, error.line, "", error.problem)]) from error
    if document.value is None:
        problem = "the file is empty; `pa new-event NAME` writes one to start from"
        raise ConfigError(path, [Mistake(path, None, "", problem)])
    if not isinstance(document.value, dict):
        problem = f"found {_kind(document.value)} at the top; allowed: a block of `key: value`"
        raise ConfigError(path, [Mistake(path, 1, "", problem)])
    return document


def _mistake(path: Path, document: Document, key: _Key, problem: str, line: int | None = None) -> Mistake:
    return Mistake(path, line or document.line(key), config_keys.words(key), problem)


def _validated(model: type[_Model], document: Document) -> tuple[_Model | None, list[tuple[_Key, str]], list[_Key]]:
    """The configuration, its problems, and the keys that had one.

    With problems, the configuration is what the rest of the file says, so that the rest can be checked too; it is
    None where that is not possible.
    """
    try:
        return model.model_validate(document.value), [], []
    except ValidationError as error:
        errors = error.errors(include_url=False)
    problems, touched, value = [], [], copy.deepcopy(document.value)
    for detail in errors:
        key = _key(detail["loc"])
        problems.append((key, _problem(model, document, key, detail)))
        touched.append(_mend(model, value, key, detail["type"]))
    try:
        return model.model_validate(value), problems, touched
    except ValidationError:
        return None, problems, touched


def _key(location: tuple[int | str, ...]) -> _Key:
    return location[:-1] if location and location[-1] == "[key]" else location


def _mend(model: type[Section], value: Any, key: _Key, kind: str) -> _Key:
    """Take the mistaken value out, or put an example in where one is needed; return the key this makes uncertain."""
    if lists := [position for position, part in enumerate(key) if isinstance(part, int)]:
        key = key[: lists[0]]
    parent = _value_at(value, key[:-1])
    if not isinstance(parent, dict):
        return key
    taken = parent.pop(key[-1], None)
    if kind == "value_error" and isinstance(taken, dict) and (section := config_keys.section_at(model, key)):
        required = {setting.name for setting in config_keys.settings(section) if setting.required}
        parent[key[-1]] = {name: item for name, item in taken.items() if name in required}
        return key
    if kind == "extra_forbidden" and not lists:
        known = [setting.name for setting in config_keys.settings(config_keys.section_at(model, key[:-1]) or model)]
        return (*key[:-1], config_keys.nearest(str(key[-1]), known) or key[-1])
    setting = config_keys.setting_at(model, key)
    if setting and setting.required and setting.example is not None:
        parent[key[-1]] = setting.example
    return key


def _value_at(value: Any, key: _Key) -> Any:
    for part in key:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _overlap(one: _Key, other: _Key) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _problem(model: type[Section], document: Document, key: _Key, detail: Any) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, key)
    setting = config_keys.setting_at(model, key)
    if kind == "missing":
        allowed = f"; allowed: {setting.allowed}" if setting else ""
        meaning = f" ({setting.meaning})" if setting and setting.meaning else ""
        return f"is missing and must be given{allowed}{meaning}"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    found = _found(document, key, detail["input"])
    plain = _ALLOWED.get(kind) or str(detail["msg"]).removeprefix("Input should be ")
    allowed = setting.allowed if setting else plain
    return f"found {found}; allowed: {allowed}{_hint(key, detail, document)}"


_ALLOWED = {
    "string_type": "text",
    "string_too_short": "text, not empty",
    "list_type": "a list",
    "model_type": "a block",
}
"""What is allowed for items and free keys, which have no setting of their own."""


def _unknown_key(model: type[Section], key: _Key) -> str:
    name = str(key[-1])
    known = [setting.name for setting in config_keys.settings(config_keys.section_at(model, key[:-1]) or model)]
    if close := config_keys.nearest(name, known):
        return f"is no key here; the nearest is `{close}`. Allowed: {', '.join(known)}"
    if places := config_keys.places_of(model, name):
        return f"is no key here; it belongs to {' or '.join(config_keys.words(place) for place in places)}"
    return f"is no key here. Allowed: {', '.join(known)}"


def _found(document: Document, key: _Key, value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return _kind(value)
    return repr(document.written.get(key, value))


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a block" if value else "an empty block"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return repr(value)


def _hint(key: _Key, detail: Any, document: Document) -> str:
    kind, value = detail["type"], detail["input"]
    if value is None:
        return ". Give a value, or take the key away for its default"
    if kind == "string_type" and not isinstance(value, dict | list):
        return f'. Put it in quotes: "{document.written.get(key, value)}"'
    if kind == "list_type" and isinstance(value, str):
        return f". Write [{value}]"
    if kind == "literal_error" and isinstance(value, str):
        choices = [part.strip("'") for part in re.split(r", | or ", detail["ctx"]["expected"])]
        close = config_keys.nearest(value, choices)
        return f". The nearest is `{close}`" if close else ""
    return ""
