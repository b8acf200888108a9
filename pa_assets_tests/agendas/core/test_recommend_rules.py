import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.core.recommend import RecommendationError, rules
from pa_assets_tests.agendas.core.recommend_shows import run, session, sessions_table, show

FREE = {"min_similarity_score": 0.0, "max_recommendations": 4}


def ruled(tables: dict[str, Any], *rules: dict[str, Any], **settings: Any) -> Any:
    return run(tables, rules=list(rules), **(FREE | settings))


def streams(tables: dict[str, Any], table: Any) -> Any:
    return table["session_id"].map(tables["sessions"].set_index("session_id")["stream"])


def test_drop_speaks_only_of_its_visitors() -> None:
    tables = show(visitors=60)
    rule = {
        "name": "no cats for horse vets",
        "visitors": {"answers": {"What do you treat?": ["equine"]}},
        "sessions": {"title": ["cat", "kitten"]},
        "action": "drop",
    }
    result = ruled(tables, rule)
    horse = result.table["badge_id"].map(tables["likes"]) == "Equine"
    cats = streams(tables, result.table) == "Feline"
    assert horse.any()
    assert not (horse & cats).any()
    assert cats.any()
    counted = result.statistics["rules"][0]
    visitors = sum(like == "Equine" for like in tables["likes"].values())
    assert (counted["visitors"], counted["sessions"], counted["removed"]) == (visitors, 4, visitors * 4)


def test_keep_only_and_unless() -> None:
    tables = show(visitors=60)
    rule = {
        "name": "nursing for all but role 1",
        "visitors": {"unless_answers": {"job_role": ["role 1"], "country": ["nowhere"]}},
        "sessions": {"stream": ["nursing"]},
        "action": "keep_only",
    }
    table = ruled(tables, rule).table
    roles = table["badge_id"].map(tables["visitors"].set_index("badge_id")["job_role"])
    assert (streams(tables, table[roles != "Role 1"]) == "Nursing").all()
    assert (streams(tables, table[roles == "Role 1"]) != "Nursing").any()


def test_boost_lifts_the_score() -> None:
    tables = show()
    rule = {"name": "boost", "sessions": {"theatre": ["feline theatre"]}, "action": "boost", "factor": 50}
    table = ruled(tables, rule).table
    assert (streams(tables, table[table["rank"] == 1]) == "Feline").all()


@pytest.mark.parametrize("policy", ["ignore_rule", "allow_empty"])
def test_a_rule_that_leaves_nothing_follows_its_policy(policy: str) -> None:
    tables = show()
    rule = {
        "name": "nothing",
        "visitors": {"answers": {"job_role": ["role 1"]}},
        "sessions": {"title": ["no such title"]},
        "action": "keep_only",
        "if_nothing_is_left": policy,
    }
    result = ruled(tables, rule)
    concerned = sum(like == "Feline" for like in tables["likes"].values())
    counted = result.statistics["rules"][0]
    if policy == "ignore_rule":
        assert counted["nothing_left_ignored"] == concerned
        assert counted["removed"] == concerned * 12 or counted["removed"] == 0
        assert result.without.empty
    else:
        assert counted["nothing_left_empty"] == concerned
        assert set(result.without["reason"]) == {"the rules of the show leave no session"}
        assert len(result.without) == concerned


def test_rules_work_in_order() -> None:
    tables = show()
    drop = {"name": "a", "sessions": {"stream": ["Equine", "Feline"]}, "action": "drop"}
    keep = {"name": "b", "sessions": {"stream": ["Equine"]}, "action": "keep_only"}
    assert set(streams(tables, ruled(tables, drop, keep).table)) == {"Nursing"}
    assert set(streams(tables, ruled(tables, keep, drop).table)) == {"Equine"}


def test_a_rule_about_an_unknown_question_is_an_error() -> None:
    rule = {
        "name": "typo",
        "visitors": {"answers": {"What do you tread?": ["x"]}},
        "sessions": {"stream": ["x"]},
        "action": "drop",
    }
    with pytest.raises(RecommendationError, match=r"Rule 'typo'.*Did you mean 'what_do_you_treat'"):
        ruled(show(), rule)


VISITORS = pd.DataFrame({"badge_id": ["a", "b", "c"], "job_role": ["Vet", "Nurse", ""]})
SESSIONS = sessions_table(
    [
        session("s1", "9:00", sponsored_by="IDEXX Laboratories", stream="Feline; Nursing"),
        session("s2", "10:00", sponsored_by="Not Sponsored", title="Education for all"),
        session("s3", "11:00", sponsored_by="", title="A cat's life"),
        session("s4", "12:00", sponsored_by="Zoetis", theatre__name="Cat Hall"),
    ]
)


def rule(**values: Any) -> config.Rule:
    return config.Rule.model_validate({"name": "r", "action": "drop"} | values)


def matched(*given: config.Rule, functions: Any = None) -> list[rules.MatchedRule]:
    return rules.match(given, VISITORS, SESSIONS, [], functions or {})


def percent(fit: Any) -> Any:
    return np.asarray(np.rint(np.minimum(fit, 1.0) * 1_000_000), dtype=np.int32)


def applied(found: list[rules.MatchedRule], fit: Any, minimum: int = 0, count: bool = True) -> rules.Applied:
    return rules.apply(found, np.arange(len(fit)), np.asarray(fit, dtype=float), minimum, percent, count=count)


@pytest.mark.parametrize(
    ("words", "sessions"),
    [
        ({"sponsor": ["idexx"]}, [1, 0, 0, 0]),
        ({"sponsor": ["laboratories"]}, [1, 0, 0, 0]),
        ({"sponsor": ["lab"]}, [0, 0, 0, 0]),
        ({"sponsor": ["*"]}, [1, 0, 0, 1]),
        ({"sponsor": ["sponsored"]}, [0, 0, 0, 0]),
        ({"session_id": ["s2", "s4"]}, [0, 1, 0, 1]),
        ({"session_id": ["S2", "s"]}, [0, 0, 0, 0]),
        ({"title": ["cat"]}, [0, 0, 1, 0]),
        ({"title": ["cat"], "theatre": ["cat"], "stream": ["nursing"]}, [1, 0, 1, 1]),
        ({}, [0, 0, 0, 0]),
    ],
)
def test_sessions_by_words_and_identifiers(words: dict[str, list[str]], sessions: list[int]) -> None:
    found = rules.sessions_of(config.RuleSessions.model_validate(words), SESSIONS)
    assert found.dtype == np.bool_
    assert found.astype(int).tolist() == sessions


def test_identifiers_that_are_not_in_the_programme_are_reported() -> None:
    [found] = matched(rule(sessions={"session_id": ["s9", "s1", "s8"]}))
    assert found.statistics()["unknown_sessions"] == ["s8", "s9"]
    assert found.statistics()["sessions"] == 1


def test_higher_priority_goes_first_and_equal_ones_as_they_stand() -> None:
    sessions = {"session_id": ["s1"]}
    priorities = {"a": 0, "b": 5, "c": 0, "d": 5}
    given = [rule(name=name, priority=priority, sessions=sessions) for name, priority in priorities.items()]
    found = matched(*given)
    assert [each.rule.name for each in found] == ["b", "d", "a", "c"]
    removed = applied(found, np.full((3, 4), 0.5)).removed
    assert rules.names_of(found, removed)[:, 0].tolist() == ["b"] * 3
    assert [each.count.removed for each in found] == [3, 0, 0, 0]


def test_boosts_come_before_the_policies_whatever_their_priority() -> None:
    keep = rule(name="keep", action="keep_only", sessions={"session_id": ["s1"]}, priority=9)
    boost = rule(name="boost", action="boost", factor=3, sessions={"session_id": ["s1"]})
    found = matched(keep, boost)
    values, removed = applied(found, np.full((3, 4), 0.2), minimum=300_000)
    assert values[:, 0].tolist() == [600_000] * 3
    # Without the boost nobody would have s1 left, and the rule would be ignored.
    assert removed.tolist() == [[0, 1, 1, 1]] * 3
    assert (found[0].count.nothing_left_ignored, found[1].count.boosted) == (0, 3)


def early(visitors: pd.DataFrame, sessions: pd.DataFrame, parameters: Any) -> Iterable[rules.Pair]:
    first = (sessions["starts_at"].dt.hour < parameters["before"]).to_numpy()
    yield (visitors["job_role"] == "Vet").to_numpy(), first
    visitors["job_role"] = "overwritten"
    yield np.array([False, False, True]), ~first


def test_a_function_adds_pairs_of_masks() -> None:
    words = {"visitors": {"answers": {"job_role": ["nurse"]}}, "sessions": {"session_id": ["s3"]}}
    found = matched(rule(function="early", parameters={"before": 10}, **words), functions={"early": early})
    assert (applied(found, np.full((3, 4), 0.5)).removed == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 1, 1]]).all()
    assert VISITORS["job_role"].tolist() == ["Vet", "Nurse", ""]
    kept = matched(rule(action="keep_only", function="early", parameters={"before": 10}), functions={"early": early})
    assert (applied(kept, np.full((3, 4), 0.5)).removed == [[0, 1, 1, 1], [0, 0, 0, 0], [1, 0, 0, 0]]).all()
    assert (kept[0].statistics()["visitors"], kept[0].statistics()["sessions"]) == (2, 4)


def test_a_function_may_find_nothing() -> None:
    found = matched(rule(function="none"), functions={"none": lambda *_: []})
    result = applied(found, np.full((3, 4), 0.5))
    assert not result.removed.any()
    assert found[0].statistics()["visitors"] == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([(np.ones(2, bool), np.ones(4, bool))], r"visitors of pair 1: found bool of shape \(2,\).*wanted.*\(3,\)"),
        ([(np.ones(3, bool), np.ones(4))], r"sessions of pair 1: found float64 of shape \(4,\)"),
        ([(["a"], np.ones(4, bool))], "visitors of pair 1: found <U1"),
        ([(np.ones(3, bool), np.ones(4, bool)), np.ones(3, bool)], "item 2 is no pair of two masks"),
        (None, "gives NoneType, not pairs of masks"),
    ],
)
def test_what_a_function_gives_is_checked(given: Any, message: str) -> None:
    with pytest.raises(RecommendationError, match=rf"Rule 'r': function 'f'(:| ).*{message}"):
        matched(rule(function="f"), functions={"f": lambda *_: given})


def test_an_unknown_function_names_what_is_installed() -> None:
    with pytest.raises(RecommendationError, match=r"Rule 'r': function 'erly' is not installed.*: early, late"):
        matched(rule(function="erly"), functions={"late": early, "early": early})


def test_visitors_beside_a_function_need_sessions() -> None:
    limited = rule(function="early", visitors={"answers": {"job_role": ["vet"]}})
    with pytest.raises(RecommendationError, match=r"Rule 'r': `visitors` stands beside `function` without `sessions`"):
        matched(limited, functions={"early": early})


def one_by_one(found: list[rules.MatchedRule], fit: Any, minimum: int) -> tuple[Any, Any, list[list[int]]]:
    """The same by the plain definition: a visitor, a rule and a session at a time."""
    fit, removed = fit.copy(), np.zeros(fit.shape, dtype=int)
    counts = [[0, 0, 0, 0] for _ in found]

    def speaks(each: rules.MatchedRule, row: int, column: int) -> bool:
        return any(who[row] and which[column] for who, which in zip(each.visitors, each.sessions, strict=True))

    for each in found:
        for row, column in np.ndindex(fit.shape):
            if each.rule.action == "boost" and speaks(each, row, column):
                fit[row, column] *= each.rule.factor
    values = percent(fit)
    for row in range(len(fit)):
        for number, each in enumerate(found, start=1):
            if each.rule.action == "boost" or not any(who[row] for who in each.visitors):
                continue
            drops = each.rule.action == "drop"
            against = [c for c in range(fit.shape[1]) if speaks(each, row, c) == drops and removed[row, c] == 0]
            left = [c for c in range(fit.shape[1]) if values[row, c] >= max(minimum, 1) and removed[row, c] == 0]
            emptied = bool(left) and set(left) <= set(against)
            ignored = emptied and each.rule.if_nothing_is_left == "ignore_rule"
            counts[number - 1][2 if ignored else 3] += emptied
            if not ignored:
                removed[row, against] = number
                counts[number - 1][0] += len(set(left) & set(against))
    for each, count in zip(found, counts, strict=True):
        count[1] = sum(
            each.rule.action == "boost"
            and speaks(each, row, column)
            and removed[row, column] == 0
            and values[row, column] >= max(minimum, 1)
            for row, column in np.ndindex(fit.shape)
        )
    return values, removed, counts


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000), st.integers(0, 5), st.sampled_from([0, 300_000, 600_000]))
def test_rules_do_what_their_definition_says(seed: int, count: int, minimum: int) -> None:
    chance = np.random.default_rng(seed)
    visitors, sessions = 7, 5
    found = []
    for _ in range(count):
        pairs = int(chance.integers(0, 3))
        each = rule(
            action=str(chance.choice(["drop", "keep_only", "boost"])),
            factor=float(chance.choice([0.5, 2.0])),
            if_nothing_is_left=str(chance.choice(["ignore_rule", "allow_empty"])),
        )
        masks = chance.random((pairs, visitors)) < 0.7, chance.random((pairs, sessions)) < 0.6
        found.append(rules.MatchedRule(each, *masks))
    fit = chance.random((visitors, sessions)) * chance.integers(0, 2, (visitors, sessions))
    wanted_values, wanted_removed, counts = one_by_one(found, fit, minimum)
    rows = chance.permutation(visitors)
    values, removed = rules.apply(found, rows, fit[rows], minimum, percent, count=True)
    assert (values == wanted_values[rows]).all()
    assert (removed == wanted_removed[rows]).all()
    assert [list(vars(each.count).values()) for each in found] == counts
    rules.apply(found, rows, fit[rows], minimum, percent, count=False)
    assert [list(vars(each.count).values()) for each in found] == counts


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 6))
def test_the_most_fitting_removed_sessions(seed: int, most: int) -> None:
    chance = np.random.default_rng(seed)
    values = chance.integers(0, 4, (6, 5)).astype(np.int32)
    removed = chance.integers(0, 3, (6, 5)).astype(np.int16)
    row, column = rules.most_fitting(values, removed, most)
    wanted = [
        (r, c)
        for r in range(6)
        for c in sorted(range(5), key=lambda c: (-values[r, c], c))
        if removed[r, c] and values[r, c]
    ]
    wanted = [pair for pair in wanted if [other for other in wanted if other[0] == pair[0]].index(pair) < most]
    assert list(zip(row.tolist(), column.tolist(), strict=True)) == wanted


def test_no_visitors_and_no_sessions() -> None:
    found = matched(rule(sessions={"session_id": ["s1"]}))
    assert applied(found, np.empty((0, 4))).removed.shape == (0, 4)
    nothing = rules.match([rule(sessions={"stream": ["x"]})], VISITORS.iloc[:0], SESSIONS.iloc[:0], [])
    values, removed = rules.apply(nothing, np.arange(0), np.empty((0, 0)), 0, percent, count=True)
    assert values.shape == removed.shape == (0, 0)
    row, column = rules.most_fitting(np.empty((0, 4), np.int32), np.empty((0, 4), np.int16), 3)
    assert len(row) == len(column) == 0


SHIPPED = Path(__file__).parents[3] / "config"
PRACTICE = "What type does your practice specialise in"
STREAMS = [
    "Equine",
    "Feline",
    "Exotics",
    "Exotic Animals; Surgery",
    "Small Animal",
    "Farm Animal",
    "Large Animals",
    "Nursing",
    "Wellbeing",
    "Welfare",
    "Dentistry",
]
OTHER = {"Nursing", "Wellbeing", "Welfare", "Dentistry"}
SMALL = {"Feline", "Exotics", "Exotic Animals; Surgery", "Small Animal"}


def left_by_the_shipped_rules(event: str, titles: list[str] | None = None, **values: Any) -> set[str]:
    """Streams, or titles, of the sessions that a vet show's rules leave a visitor."""
    shipped = load_event(SHIPPED / f"vet_{event}.yaml").recommendations.rules
    questions = [PRACTICE, "Job Role"]
    row = {"badge_id": "v", "what_type_does_your_practice_specialise_in": [], "job_role": "", "company": ""}
    visitor = pd.DataFrame([row | {"job_title": ""} | values])
    names = titles or STREAMS
    words = {"title": "Talk"} if titles is None else {"stream": "Dentistry"}
    key = "stream" if titles is None else "title"
    sessions = sessions_table([session(f"s{n:02}", "9:00", **words, **{key: name}) for n, name in enumerate(names)])
    found = rules.match(shipped, visitor, sessions, questions)
    removed = rules.apply(found, np.array([0]), np.full((1, len(names)), 0.5), 300_000, percent, count=True).removed
    return {name for name, number in zip(names, removed[0], strict=True) if number == 0}


@pytest.mark.parametrize(
    ("practice", "streams"),
    [
        (["Equine"], OTHER | {"Equine", "Large Animals"}),
        (["Mixed"], OTHER | {"Equine", "Large Animals"}),
        (["Small Animal"], OTHER | SMALL),
        (["Farm"], {*STREAMS}),
        ([], {*STREAMS}),
        # Who named both keeps both.
        (["Small Animal", "Equine"], OTHER | SMALL | {"Equine", "Large Animals"}),
        (["Equine", "Cattle"], OTHER | {"Equine", "Large Animals", "Farm Animal"}),
    ],
)
def test_the_practice_rules_of_the_vet_shows(practice: list[str], streams: set[str]) -> None:
    values = {"what_type_does_your_practice_specialise_in": practice}
    assert left_by_the_shipped_rules("bva", **values) == streams
    equine = "Equine" in practice or "Mixed" in practice
    assert left_by_the_shipped_rules("lva", **values) == (streams if equine else streams - {"Equine"})


@pytest.mark.parametrize("event", ["bva", "lva"])
@pytest.mark.parametrize(
    ("role", "streams"),
    [
        ("Vet/Vet Surgeon", {*STREAMS} - {"Nursing"}),
        ("Vet/Owner", {*STREAMS} - {"Nursing"}),
        ("Locum Vet", {*STREAMS} - {"Nursing"}),
        ("Assistant Vet", {*STREAMS} - {"Nursing"}),
        ("Vet Nurse", {"Nursing", "Wellbeing", "Welfare"}),
        ("Locum vet nurse", {"Nursing", "Wellbeing", "Welfare"}),
        ("Head Nurse/Senior Nurse", {"Nursing", "Wellbeing", "Welfare"}),
        ("Locum RVN", {"Nursing", "Wellbeing", "Welfare"}),
        ("Practice Manager", {*STREAMS}),
        ("Student", {*STREAMS}),
    ],
)
def test_the_role_rules_of_the_vet_shows(event: str, role: str, streams: set[str]) -> None:
    left = left_by_the_shipped_rules(event, job_role=role)
    assert left == (streams if event == "bva" else streams - {"Equine"})


def test_the_equine_rules_of_the_london_show() -> None:
    assert "Equine" not in left_by_the_shipped_rules("lva", company="Oak Vets", job_title="Vet")
    for values in ({"company": "Horse Health"}, {"job_title": "Equine Vet"}, {"company": "Oak Mixed Practice"}):
        assert "Equine" in left_by_the_shipped_rules("lva", **values)
    titles = ["Cats and dogs", "A cat's teeth", "Feline asthma", "Education", "Dogma", "Catheters"]
    for values in ({"company": "Horse Health"}, {"job_title": "Equine Vet"}):
        assert left_by_the_shipped_rules("lva", titles, **values) == {"Education", "Dogma", "Catheters"}
    assert left_by_the_shipped_rules("lva", titles, company="Oak Mixed Practice") == {*titles}
    assert left_by_the_shipped_rules("lva", ["Cats", "Dogs"], company="Equine Ltd") == set()


def test_a_rule_of_the_vet_shows_that_would_leave_nothing_is_ignored() -> None:
    assert left_by_the_shipped_rules("bva", ["Talk"], job_role="Vet Nurse") == {"Talk"}


PAGE = (SHIPPED.parent / "docs" / "rules.md").read_text("utf-8")


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_rules_of_the_documentation_are_valid() -> None:
    told = [config.Rule.model_validate(each) for block in fenced("yaml") for each in yaml.safe_load(block)["rules"]]
    assert len(told) == 8
    keys = {f"`{name}`" for name in config.Rule.model_fields if name not in ("visitors", "sessions")}
    assert all(key in PAGE for key in keys)


def test_the_function_of_the_documentation_works() -> None:
    [source], told = fenced("python"), yaml.safe_load(fenced("yaml")[-1])["rules"]
    names: dict[str, Any] = {}
    exec(source, names)
    visitors = VISITORS.assign(days_since_registration=[3, -1, 90])
    [found] = rules.match(
        [config.Rule.model_validate(told[0])], visitors, SESSIONS, [], {"late_bookers": names["late_bookers"]}
    )
    assert found.visitors.tolist() == [[True, False, False]]
    assert found.sessions.tolist() == [[True, True, False, False]]
