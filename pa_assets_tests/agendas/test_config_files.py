import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from pa_assets.agendas.config import EventConfig, Section
from pa_assets.agendas.config_checks import _all_patterns
from pa_assets.agendas.config_files import (
    ConfigError,
    check_all,
    load_event,
    load_events,
    load_pipeline,
    section_fingerprints,
)
from pa_assets.agendas.config_keys import KeyPath, Setting, nearest, setting_at, settings, words
from pa_assets.agendas.config_pipeline import PipelineConfig
from pa_assets.agendas.event_template import ACTIVE, new_event_text

SHIPPED = Path(__file__).parents[2] / "config"
EVENTS = ("cpcn", "ecomm", "vet_bva", "vet_lva")
LVA = (SHIPPED / "vet_lva.yaml").read_text("utf-8")

Edit = Callable[..., list[str]]


@pytest.fixture
def mistakes(tmp_path: Path) -> Edit:
    """Mistakes of the LVA's YAML after replacements (each must apply), as texts."""

    def load(*replacements: tuple[str, str]) -> list[str]:
        text = LVA
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "config" / "vet_lva.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        try:
            load_event(path)
        except ConfigError as error:
            return [str(mistake) for mistake in error.mistakes]
        return []

    return load


def line_of(text: str) -> int:
    return LVA[: LVA.index(text)].count("\n") + 1


def test_the_shipped_files_have_no_mistakes() -> None:
    loaded = load_events(SHIPPED)
    assert {name: str(error) for name, error in loaded.broken.items()} == {}
    assert tuple(loaded.configs) == EVENTS
    assert load_pipeline(SHIPPED / "pipeline_config.yaml") == PipelineConfig()


LANDING_NAMES = {
    "registrations_2025.json": "landing.registrations",
    "registrations_2025.csv": "landing.registrations",
    "demographics_2025.json": "landing.demographics",
    "demographics_2025.csv": "landing.demographics",
    "sessions_this_year.csv": "session_files.session_this",
    "sessions_this_year.json": "session_files.session_this",
    "sessions_last_year_main.csv": "session_files.session_past_bva",
    "sessions_last_year_main.json": "session_files.session_past_bva",
    "sessions_last_year_secondary.csv": "session_files.session_past_lva",
    "sessions_last_year_secondary.json": "session_files.session_past_lva",
    "seminar_scans_this_year.csv": "landing.scans.this_year",
    "seminar_scans_last_year_main.csv": "landing.scans.last_year_main",
    "seminar_scans_last_year_secondary.csv": "landing.scans.last_year_secondary",
    "seminar_reference_this_year.csv": "landing.scan_reference.this_year",
    "seminar_reference_last_year_main.csv": "landing.scan_reference.last_year_main",
    "seminar_reference_last_year_secondary.csv": "landing.scan_reference.last_year_secondary",
    "entry_scans.csv": "landing.entry_scans",
    "ECE25_unfiltered_entry_scans.csv": "landing.entry_scans",
    "job_to_stream.csv": "landing.mappings.job_to_stream",
    "spezialization_to_stream.csv": "landing.mappings.specialization_to_stream",
    "practices.csv": "landing.mappings.practices",
    "teatres.csv": "landing.capacity",
    "theatres.csv": "landing.capacity",
    "capacity_2025.csv": "landing.capacity",
    "bookings_2025.csv": "landing.bookings",
}


@pytest.mark.parametrize("event", EVENTS)
def test_each_landing_name_belongs_to_one_role(event: str) -> None:
    patterns = list(_all_patterns(load_event(SHIPPED / f"{event}.yaml")))
    for name, role in LANDING_NAMES.items():
        assert {found for _, found, pattern in patterns if fnmatch(name, pattern)} == {role}, name


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("", None),
        ("rvn", "Vet Nurse"),
        ("registered veterinary nurse", "Vet Nurse"),
        ("locum rvn", "Locum RVN"),
        ("student veterinary nurse", "Student"),
        ("head nurse", "Head Nurse/Senior Nurse"),
        ("senior rvn", "Head Nurse/Senior Nurse"),
        ("locum vet", "Locum Vet"),
        ("veterinary surgeon", "Vet/Vet Surgeon"),
        ("assistant veterinary surgeon", "Assistant Vet"),
        ("vet/owner", "Vet/Owner"),
        ("practice owner", "Practice Partner/Owner"),
        ("hr business partner", "Other (please specify)"),
        ("ceo", "Clinical or other Director"),
        ("clinical director", "Clinical or other Director"),
        ("professor of surgery", "Academic"),
        ("practice manager", "Practice Manager"),
        ("head receptionist", "Receptionist"),
        ("consultant", None),
        ("event organiser for veterans", None),
    ],
)
@pytest.mark.parametrize("event", ["vet_bva", "vet_lva"])
def test_job_titles_lead_to_sensible_roles(event: str, title: str, role: str | None) -> None:
    text = pytest.importorskip("pa_assets.agendas.core.text")
    rules = load_event(SHIPPED / f"{event}.yaml").people.job_role_rules
    assert next((rule.value for rule in rules if text.whole_words(rule.any_words).search(title)), None) == role


@pytest.mark.parametrize("event", ["cpcn", "ecomm"])
def test_answers_of_both_years_compare(event: str) -> None:
    people = load_event(SHIPPED / f"{event}.yaml").people
    asked_alike = {people.same_question.get(past, past) for past in people.questions_to_keep.past}
    attributes = set(load_event(SHIPPED / f"{event}.yaml").recommendations.similarity_attributes) - {"country"}
    assert len(attributes & asked_alike) >= 4


MISTAKES = {
    "unknown key": (
        "max_recommendations: 10",
        "max_recomendations: 10",
        "recommendations.max_recomendations: is no key here; the nearest is `max_recommendations`. A",
    ),
    "unknown top key": (
        "\nexports:",
        "\nexport:",
        "export: is no key here; the nearest is `exports`. Allowed: event, ",
    ),
    "key of another section": (
        "use_cached_descriptions: false",
        "travel_minutes: 5",
        "stream_processing.travel_minutes: is no key here; it belongs to recommendations.travel_minutes",
    ),
    "out of range": (
        "min_similarity_score: 0.3",
        "min_similarity_score: 3",
        "recommendations.min_similarity_score: found '3'; allowed: a number, at least 0, at most 1",
    ),
    "not a number": (
        "min_similarity_score: 0.3",
        "min_similarity_score: .nan",
        "recommendations.min_similarity_score: found '.nan'; allowed: a number, at least 0, at most 1",
    ),
    "wrong choice": (
        "environment: default",
        "environment: prd",
        "graph.environment: found 'prd'; allowed: default | dev | test | prod | none. The nearest is `prod`",
    ),
    "text for a list": (
        "shows_this_year: [LVS25]",
        "shows_this_year: LVS25",
        "event.shows_this_year: found 'LVS25'; allowed: a list of text, at least one. Write [LVS25]",
    ),
    "empty list": (
        "shows_this_year: [LVS25]",
        "shows_this_year: []",
        "event.shows_this_year: found an empty list; allowed: a list of text, at least one",
    ),
    "number for a text": (
        "    - Guest\n",
        "    - 2025\n",
        "people.valid_badge_types[6]: found '2025'; allowed: text. Put it in quotes: \"2025\"",
    ),
    "no value": (
        "random_seed: 42",
        "random_seed:",
        "recommendations.control_group.random_seed: found nothing; allowed: a whole number. Give a value, or take",
    ),
    "no flag": (
        "contact_fields: true",
        "contact_fields: perhaps",
        "exports.contact_fields: found 'perhaps'; allowed: true or false",
    ),
    "no date": (
        "event_date_last_year: 2024-11-20",
        "event_date_last_year: 2024-13-20",
        "event.event_date_last_year: found '2024-13-20'; allowed: a date, YYYY-MM-DD",
    ),
    "missing key": (
        "  title: London Vet Show 2025\n",
        "",
        "event.title: is missing and must be given; allowed: text, not empty (Name of the show as people say it",
    ),
    "missing key in a list": (
        "      action: keep_only\n",
        "",
        "recommendations.rules[4].action: is missing and must be given; allowed: drop | keep_only | boost",
    ),
    "bad show tag": (
        "show: lva\n",
        "show: LVA-25\n",
        "event.show: found 'LVA-25'; allowed: text, of the form ^[a-z0-9_]+$",
    ),
    "key twice": ("device: cpu\n", "device: cpu\n  device: cuda\n", "embeddings.device: stands twice, first on line "),
    "code in two lists": (
        "shows_last_year_main: [LVS24]",
        "shows_last_year_main: [lvs25]",
        "event: show code 'lvs25' stands in shows_this_year and in shows_last_year_main; keep it in one",
    ),
    "dates the wrong way round": (
        "event_date_last_year: 2024-11-20",
        "event_date_last_year: 2025-11-20",
        "event.event_date_last_year: found 2025-11-20, which is not before this year's show;",
    ),
    "time zone": (
        "time_zone: Europe/London",
        "time_zone: London",
        "event.time_zone: found 'London'; allowed: a name such as 'Europe/London' (IANA); the nearest is "
        "'Europe/London'",
    ),
    "attribute of no question": (
        "    job_role: 0.8",
        "    job_rol: 0.8",
        "recommendations.similarity_attributes.job_rol: is neither a question of questions_to_keep.current nor a "
        "visitor column; the nearest is 'job_role'",
    ),
    "rule on no question": (
        "answers: {job_role: [vet nurse",
        "answers: {Job Function: [vet nurse",
        'recommendations.rules[4].visitors.answers["Job Function"]: is neither a question',
    ),
    "export of no column": (
        "    - email_domain",
        "    - email_domian",
        "exports.additional_visitor_fields[5]: found 'email_domian', neither a question of questions_to_keep.current "
        "nor a visitor column; the nearest is 'email_domain'",
    ),
    "job role question not kept": (
        "job_role_question: Job Role",
        "job_role_question: Job Rule",
        "people.job_role_question: found 'Job Rule', no question of questions_to_keep.current; the nearest is 'Job",
    ),
    "same question from nowhere": (
        "    What areas do you specialise in: What",
        "    What areas do you specialize in: What",
        'people.same_question["What areas do you specialize in"]: is no question of questions_to_keep.past; the',
    ),
    "same question to nowhere": (
        "specialise in: What type does your practice specialise in\n",
        "specialise in: What type of practice is it\n",
        "leads to 'What type of practice is it', which is no question of questions_to_keep.current",
    ),
    "practice of no question": (
        "    question: What type does your practice specialise in",
        "    question: Kind of practice",
        "people.practice_lookup.question: found 'Kind of practice', no question of questions_to_keep",
    ),
    "question twice": (
        "      - Organisation Type\n",
        "      - Organisation Type\n      - organisation type?\n",
        "people.questions_to_keep.current[2]: found 'organisation type?' twice; only one may stay",
    ),
    "rule behind a general one": (
        "        - locum rvn\n",
        "        - rvn\n",
        "people.job_role_rules[11].any_words[1]: 'rvn' never leads to 'Vet Nurse': rule [1] takes it by 'rvn'",
    ),
    "rule on no session": (
        "sessions: {stream: [nursing]}",
        "sessions: {}",
        "recommendations.rules[3].sessions: of 'vets_without_nursing' names no session; allowed: stream, title",
    ),
    "rule name twice": (
        "name: nurses_nursing_and_welfare",
        "name: vets_without_nursing",
        "recommendations.rules[4].name: found 'vets_without_nursing' twice",
    ),
    "factor without boost": (
        "      action: keep_only\n",
        "      action: keep_only\n      factor: 2\n",
        "recommendations.rules[4].factor: does nothing in a rule that says keep_only; allowed with action boost only",
    ),
    "no label": (
        "  environment: default\n",
        "  environment: default\n  node_labels: {stream: Stream of}\n",
        "graph.node_labels.stream: found 'Stream of'; allowed: letters, digits and _",
    ),
    "label twice": (
        "  environment: default\n",
        "  environment: default\n  node_labels: {stream: Show_this_year}\n",
        "found 'Show_this_year', which stream has already; allowed: a name of its own",
    ),
    "output in a folder": (
        "streams_catalog: streams.json",
        "streams_catalog: ../streams.json",
        "session_output_files.streams_catalog: found '../streams.json'; allowed: a file name without folders",
    ),
    "output twice": (
        "last_year_main: session_last_filtered_valid_cols_bva.csv",
        "last_year_main: session_this_filtered_valid_cols.csv",
        "session_output_files.processed_sessions.last_year_main: found 'session_this_filtered_valid_cols.csv' twice",
    ),
    "pattern from the root": (
        '"demographics_*"',
        '"data/vet_lva/landing/demographics_*"',
        "landing.demographics[0]: found 'data/vet_lva/landing/demographics_*'; allowed: a pattern below",
    ),
    "pattern of two roles": (
        '"seminar_scans_last_year_main*.csv"',
        '"seminar_scans_*.csv"',
        "landing.scans.last_year_main[0]: found 'seminar_scans_*.csv', which can match a file that",
    ),
    "synonym of a synonym": (
        "    ECC: Emergency Medicine",
        "    ECC: Emergency and Critical Care (ECC)",
        "stream_processing.synonyms.ECC: leads to 'Emergency and Critical Care (ECC)', which leads on to",
    ),
    "weights of nothing": (
        "    own_history: 1.0\n    similar_visitors: 0.5\n    streams: 0.3\n    popularity: 0.1\n",
        "    {own_history: 0, similar_visitors: 0, streams: 0, popularity: 0}\n",
        "recommendations.weights: are all 0",
    ),
    "mapping without a file": (
        '    job_to_stream: ["job_to_stream.csv"]',
        "    job_to_stream: []",
        "graph.job_stream_mapping.enabled: found true, but landing.mappings.job_to_stream names no file",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_file_line_key_and_mend(name: str, mistakes: Edit) -> None:
    old, new, expected = MISTAKES[name]
    found = mistakes((old, new))
    assert any(expected in text for text in found), found
    assert all(re.match(r"config/vet_lva\.yaml:\d+: ", text) for text in found)


def test_the_line_is_the_mistakes_own(mistakes: Edit) -> None:
    line = line_of("  max_recommendations: 10")
    [text] = mistakes(("max_recommendations: 10", "max_recommendations: ten"))
    assert text.startswith(f"config/vet_lva.yaml:{line}: recommendations.max_recommendations: found 'ten'")
    [text] = mistakes(("device: cpu\n", "device: cpu\n  device: cuda\n"))
    first = line_of("  device: cpu")
    assert text.startswith(f"config/vet_lva.yaml:{first + 1}: embeddings.device: stands twice, first on line {first};")


def test_all_mistakes_of_a_file_come_at_once_and_in_order(mistakes: Edit) -> None:
    names = ["time zone", "empty list", "key twice", "out of range", "attribute of no question", "no flag"]
    found = mistakes(*(MISTAKES[name][:2] for name in names))
    assert len(found) == len(names)
    for text, name in zip(found, names, strict=True):
        assert MISTAKES[name][2] in text


def test_a_mistake_brings_no_others_with_it(mistakes: Edit) -> None:
    """Where the questions are misspelt, what refers to them is not said to be wrong too."""
    assert len(mistakes(("  questions_to_keep:\n", "  question_to_keep:\n"))) == 1
    assert len(mistakes(MISTAKES["code in two lists"][:2], MISTAKES["no flag"][:2])) == 2


WHOLE_FILES = {
    "syntax": (b"event:\n  title: a\n   show: b\n", ":3: no valid YAML in column 8: "),
    "tab": (b"event:\n\ttitle: a\n", ":2: no valid YAML in column 1: "),
    "open bracket": (b"event: [a, b\n", "no valid YAML in column "),
    "two documents": (b"event: {}\n---\nevent: {}\n", "no valid YAML in column "),
    "object": (b"event: !!python/object:os.system {}\n", ":1: no valid YAML in column 8: "),
    "empty": (b"", ": the file is empty; `pa new-event NAME` writes one"),
    "comments only": (b"# nothing\n", ": the file is empty; "),
    "a list": (b"- event\n", ":1: found a list at the top; allowed: a block of `key: value`"),
    "a text": (b"event\n", ":1: found 'event' at the top; allowed: a block"),
    "not UTF-8": (b"# one\nevent:\n  title: Caf\xe9\n", ":3: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    "control character": (b"event: a\x00b\n", ": no valid YAML: "),
    "itself inside": (b"event: &a\n  title: *a\n", "an alias (*) refers to a block around it"),
    "a block as key": (b"? {a: 1}\n: 2\n", "stands where a key is expected"),
    "missing sections": (
        b"mode: personal_agendas\n",
        ": session_files: is missing and must be given; allowed: a block with",
    ),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_files_that_cannot_be_read_say_why(name: str, tmp_path: Path) -> None:
    content, expected = WHOLE_FILES[name]
    path = tmp_path / "my_event.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_event(path)
    assert expected in str(caught.value)
    assert f"{tmp_path.name}/my_event.yaml" in str(caught.value)


def test_a_missing_file_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: cannot be read \(No such file or directory\)"):
        load_pipeline(tmp_path / "config.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        load_event(tmp_path / "folder.yaml")


@pytest.mark.parametrize("cron", ["0 2 * *", "61 2 * * *", "0 2 * * mo", "*/0 * * * *", "1-2-3 * * * *", "every night"])
def test_a_wrong_cron_expression(cron: str, tmp_path: Path) -> None:
    path = tmp_path / "pipeline_config.yaml"
    path.write_text(f"schedule:\n  cron: '{cron}'\n")
    with pytest.raises(ConfigError, match=r"pipeline_config\.yaml:2: schedule\.cron: found .* allowed: minute, hour"):
        load_pipeline(path)


@pytest.mark.parametrize("cron", ["0 2 * * *", "*/15 8-18 * * mon-fri", "0 0 1,15 * *", "@daily"])
def test_a_right_cron_expression(cron: str, tmp_path: Path) -> None:
    path = tmp_path / "pipeline_config.yaml"
    path.write_text(f"schedule: {{cron: '{cron}'}}\n")
    assert load_pipeline(path).schedule.cron == cron


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(SHIPPED, tmp_path / "config"))


def test_a_typo_in_one_event_leaves_the_others(folder: Path) -> None:
    (folder / "ecomm.yaml").write_text((folder / "ecomm.yaml").read_text().replace("\nevent:", "\nevnt:"))
    loaded = load_events(folder)
    assert tuple(loaded.configs) == ("cpcn", "vet_bva", "vet_lva")
    assert tuple(loaded.broken) == ("ecomm",)
    assert "the nearest is `event`" in str(loaded.broken["ecomm"])


def test_names_of_files(folder: Path) -> None:
    shutil.copy(folder / "cpcn.yaml", folder / "CPCN-2.yaml")
    shutil.copy(folder / "cpcn.yaml", folder / "later.yml")
    shutil.copy(folder / "cpcn.yaml", folder / ".#cpcn.yaml")
    loaded = load_events(folder)
    assert tuple(loaded.configs) == EVENTS
    assert tuple(loaded.broken) == ("CPCN-2", "later")
    assert "lower-case letters, digits and _" in str(loaded.broken["CPCN-2"])
    assert "rename it to .yaml" in str(loaded.broken["later"])


def test_events_that_share_a_show_tag_are_both_out(folder: Path) -> None:
    shutil.copy(folder / "cpcn.yaml", folder / "cpcn_copy.yaml")
    loaded = load_events(folder)
    assert tuple(loaded.configs) == ("ecomm", "vet_bva", "vet_lva")
    assert "event.show: found 'cpcn', which also stands in cpcn_copy.yaml" in str(loaded.broken["cpcn"])
    assert re.search(r"cpcn_copy\.yaml:\d+: event\.show", str(loaded.broken["cpcn_copy"]))


def test_check_all_has_the_pipeline_and_every_event(folder: Path) -> None:
    (folder / "pipeline_config.yaml").write_text("executor: celery\n")
    (folder / "ecomm.yaml").write_text("")
    found = check_all(folder)
    assert list(found) == ["pipeline_config", *EVENTS]
    assert "executor: found 'celery'; allowed: in_process | multiprocess" in str(found["pipeline_config"])
    assert found["ecomm"] is not None
    assert found["vet_lva"] is None


def test_yaml_words_keep_their_meaning(mistakes: Edit, tmp_path: Path) -> None:
    """`no` is a country, `yes` a flag, and `12:30` no number."""
    assert (
        mistakes(
            ("    - Guest\n", "    - no\n    - 12:30\n    - 2025-01-01\n"),
            ("contact_fields: true", "contact_fields: yes"),
        )
        == []
    )
    config = load_event(tmp_path / "config" / "vet_lva.yaml")
    assert config.people.valid_badge_types[6:9] == ["no", "12:30", "2025-01-01"]
    assert config.exports.contact_fields is True


def test_aliases_and_merges_work(mistakes: Edit) -> None:
    assert mistakes(("    last_year_main: [", "    last_year_main: &a [")) == []
    assert (
        mistakes(
            ("sessions: {stream: [nursing]}", "sessions: &s {stream: [nursing]}"),
            ("sessions: {stream: [nursing, wellbeing, welfare]}", "sessions: {<<: *s, title: [welfare]}"),
        )
        == []
    )


def test_the_error_survives_a_process_boundary(tmp_path: Path) -> None:
    path = tmp_path / "my_event.yaml"
    path.write_text("evnt: 1\n")
    with pytest.raises(ConfigError) as caught:
        load_event(path)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.mistakes == caught.value.mistakes


# --- fingerprints -------------------------------------------------------------------------------------------------

SECTIONS = {"people", "attendance", "sessions", "streams", "graph", "embeddings", "recommendations", "exports"}
READERS = {
    ("title: London Vet Show 2025", "title: Vets"): {"people", "sessions", "exports"},
    ("time_zone: Europe/London", "time_zone: Europe/Paris"): {"people", "attendance", "sessions", "exports"},
    ("show: lva\n", "show: vets\n"): {"people", "sessions", "graph", "recommendations", "exports"},
    ("    - Guest\n", ""): {"people"},
    ("job_role_question: Job Role", "job_role_question: ''"): {"people", "graph", "recommendations"},
    ("    - tbc session\n", ""): {"sessions"},
    ("use_cached_descriptions: false", "use_cached_descriptions: true"): {"streams"},
    ("    ECC: Emergency Medicine\n", ""): {"streams", "graph"},
    ("  synonyms:", "  rename: {Cats: Feline}\n  synonyms:"): {"sessions", "streams"},
    ("environment: default", "environment: test"): {"graph"},
    ("batch_size: 64", "batch_size: 32"): {"embeddings"},
    ("max_recommendations: 10", "max_recommendations: 9"): {"recommendations"},
    ("create_only_new: false", "create_only_new: true"): {"recommendations"},
    ("contact_fields: true", "contact_fields: false"): {"exports"},
    ('"registrations_*"', '"people_*"'): set(),
    ('"sessions_this_year*"', '"programme*"'): set(),
    ("streams_catalog: streams.json", "streams_catalog: s.json"): {"sessions", "streams", "graph"},
}


@pytest.mark.parametrize("change", READERS)
def test_a_setting_changes_the_fingerprint_of_its_readers_only(
    change: tuple[str, str], mistakes: Edit, tmp_path: Path
) -> None:
    before = section_fingerprints(load_event(SHIPPED / "vet_lva.yaml"))
    assert mistakes(change) == []
    after = section_fingerprints(load_event(tmp_path / "config" / "vet_lva.yaml"))
    assert set(before) == set(after) == SECTIONS
    assert {name for name in SECTIONS if before[name] != after[name]} == READERS[change]


def test_order_of_keys_and_comments_change_no_fingerprint(mistakes: Edit, tmp_path: Path) -> None:
    change = ("    job_role: 0.8\n", ""), ("    country: 0.5\n", "    country: 0.5\n    job_role: 0.80   # moved\n")
    assert mistakes(*change) == []
    again = section_fingerprints(load_event(tmp_path / "config" / "vet_lva.yaml"))
    assert again == section_fingerprints(load_event(SHIPPED / "vet_lva.yaml"))


# --- what the models allow, in words -------------------------------------------------------------------------------


def every_setting(model: type[Section], above: KeyPath = ()) -> Iterator[tuple[KeyPath, Setting]]:
    for setting in settings(model):
        path = (*above, setting.name)
        yield path, setting
        if setting.section:
            yield from every_setting(setting.section, path)
        if setting.item:
            yield from every_setting(setting.item, (*path, 0))


@pytest.mark.parametrize("model", [EventConfig, PipelineConfig])
def test_every_key_has_a_meaning_and_is_found_by_its_path(model: type[Section]) -> None:
    for path, setting in every_setting(model):
        assert setting.meaning, words(path)
        assert setting.allowed, words(path)
        assert setting_at(model, path) == setting


def test_nearest_and_words() -> None:
    assert nearest("Streem", ["stream", "title"]) == "stream"
    assert nearest("zzz", ["stream", "title"]) == ""
    assert words(("a", 2, "b_c", "What is it?")) == 'a[2].b_c["What is it?"]'


# --- the text of a new event ---------------------------------------------------------------------------------------


def test_a_new_event_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "spring_show.yaml"
    path.write_text(new_event_text("spring_show", title='Spring: "the" Show\n# 2027', show="spring"), "utf-8")
    config = load_event(path)
    assert config.event.show == "spring"
    assert config.event.title == 'Spring: "the" Show # 2027'
    assert config.recommendations == EventConfig.model_fields["recommendations"].default
    for name, role in LANDING_NAMES.items():
        if "unfiltered" not in name:
            assert {found for _, found, pattern in _all_patterns(config) if fnmatch(name, pattern)} == {role}, name


def test_a_new_event_shows_every_key_and_its_comments_can_be_taken_away(tmp_path: Path) -> None:
    text = new_event_text("spring_show")
    active, path = tmp_path / "active.yaml", tmp_path / "spring_show.yaml"
    active.write_text(text, "utf-8")
    path.write_text(re.sub(r"^#(?=\S|  )", "", text, flags=re.MULTILINE), "utf-8")
    assert load_event(path) == load_event(active)
    for key, setting in every_setting(EventConfig):
        if not any(isinstance(part, int) for part in key) and key[0] != "mode" and len(key) < 3:
            assert re.search(rf"^#?\s*{setting.name}:", text, re.MULTILINE), words(key)
    assert all(len(line) <= 120 for line in text.splitlines())
    tops = re.findall(r"^([a-z_]+):", text, re.MULTILINE)
    assert tuple(tops) == ACTIVE
