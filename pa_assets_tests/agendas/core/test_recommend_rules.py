from typing import Any

import pytest

from pa_assets.agendas.core.recommend import RecommendationError
from pa_assets_tests.agendas.core.recommend_shows import run, show

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
