"""Functions of rules that installed packages bring, under the entry point `pa_assets.rules`.

Only finding and loading them is here, and only of those that a rule names; what they give is checked and applied in
`core.recommend.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.inputs import RecommendationError
from pa_assets.agendas.core.recommend.rules import RuleFunction

GROUP = "pa_assets.rules"

_FAULTS_OF_MODULES = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a module raises while it is imported, if it does."""


def read_functions(rules: Iterable[config.Rule]) -> dict[str, RuleFunction]:
    """The function of each name that `rules` name.

    Raises:
        RecommendationError: a name is not installed, two packages bring it, or it cannot be loaded.
    """
    installed = list(entry_points(group=GROUP))
    first_rule = {rule.function: rule.name for rule in reversed(list(rules)) if rule.function}
    return {name: _loaded(name, f"Rule {rule!r}", installed) for name, rule in sorted(first_rule.items())}


def _loaded(name: str, where: str, installed: list[EntryPoint]) -> RuleFunction:
    found = [entry for entry in installed if entry.name == name]
    if not found:
        known = ", ".join(sorted(_described(entry) for entry in installed)) or "none"
        raise RecommendationError(
            f"{where}: function {name!r} is not installed; installed under the entry point {GROUP}: {known}"
        )
    if len(found) > 1:
        packages = ", ".join(sorted(_package(entry) for entry in found))
        raise RecommendationError(
            f"{where}: function {name!r} comes from several packages ({packages}); uninstall all but one"
        )
    try:
        function = found[0].load()
    except _FAULTS_OF_MODULES as error:
        raise RecommendationError(
            f"{where}: {_described(found[0])} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not callable(function):
        raise RecommendationError(f"{where}: {_described(found[0])} is {type(function).__name__}, not a function")
    return cast(RuleFunction, function)


def _described(entry: EntryPoint) -> str:
    return f"{entry.name} = {entry.value} of package {_package(entry)}"


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "without a name"
