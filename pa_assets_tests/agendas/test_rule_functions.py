import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationError, rules
from pa_assets.agendas.rule_functions import read_functions
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table

FUNCTION = """
def early_for_guests(visitors, sessions, parameters):
    guests = (visitors["badge_type"] == "Guest").to_numpy()
    early = (sessions["starts_at"].dt.hour < parameters["before"]).to_numpy()
    yield guests, early
"""


def install(folder: Path, package: str, entry_points: str, modules: dict[str, str]) -> None:
    """A distribution as an installer leaves it behind."""
    info = folder / f"{package.replace('-', '_')}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[pa_assets.rules]\n{entry_points}\n")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("rules_of_tests")]:
        del sys.modules[name]


def rule(function: str, **values: Any) -> config.Rule:
    return config.Rule.model_validate({"name": "guests", "action": "drop", "function": function} | values)


def test_a_function_of_an_installed_package_is_found_and_works(site: Path) -> None:
    install(site, "our-rules", "early = rules_of_tests_a:early_for_guests", {"rules_of_tests_a": FUNCTION})
    wanted = [rule("early", parameters={"before": 12})]
    functions = read_functions(wanted)
    visitors = pd.DataFrame({"badge_id": ["a", "b", "c"], "badge_type": ["Guest", "Vet", "Guest"]})
    sessions = sessions_table([session("s1", "9:00"), session("s2", "14:00")])
    [matched] = rules.match(wanted, visitors, sessions, [], functions)
    assert matched.visitors.tolist() == [[True, False, True]]
    assert matched.sessions.tolist() == [[True, False]]
    assert matched.rule.name == "guests"


def test_only_what_a_rule_names_is_imported(site: Path) -> None:
    install(
        site,
        "our-rules",
        "early = rules_of_tests_b:early_for_guests\nbroken = rules_of_tests_c:nothing",
        {"rules_of_tests_b": FUNCTION, "rules_of_tests_c": "raise RuntimeError('at once')"},
    )
    assert list(read_functions([rule("early"), rule("")])) == ["early"]
    assert "rules_of_tests_c" not in sys.modules
    assert read_functions([rule("")]) == {}


def test_an_unknown_name_says_what_is_installed(site: Path) -> None:
    install(site, "our-rules", "early = rules_of_tests_d:early_for_guests", {"rules_of_tests_d": FUNCTION})
    message = r"Rule 'guests': function 'erly' is not installed.*: early = rules_of_tests_d:early_for_guests of"
    with pytest.raises(RecommendationError, match=message):
        read_functions([rule("erly")])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("raise RuntimeError('licence missing')", "RuntimeError: licence missing"),
        ("import no_such_module_here", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("def early_for_guests(:", "SyntaxError"),
        ("", "AttributeError"),
        ("early_for_guests = 3", "is int, not a function"),
    ],
)
def test_what_cannot_be_loaded_names_package_and_entry_point(site: Path, text: str, found: str) -> None:
    install(site, "our-rules", "early = rules_of_tests_e:early_for_guests", {"rules_of_tests_e": text})
    with pytest.raises(RecommendationError) as error:
        read_functions([rule("early")])
    assert "Rule 'guests': early = rules_of_tests_e:early_for_guests of package our-rules 1.2" in str(error.value)
    assert found in str(error.value)


def test_two_packages_with_one_name_are_an_error(site: Path) -> None:
    for package in ("our-rules", "their-rules"):
        install(site, package, "early = rules_of_tests_f:early_for_guests", {"rules_of_tests_f": FUNCTION})
    with pytest.raises(RecommendationError, match=r"several packages \(our-rules 1.2, their-rules 1.2\)"):
        read_functions([rule("early")])
