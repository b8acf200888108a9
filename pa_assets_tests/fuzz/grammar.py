"""The grammar: faults by class, and cases made of one or two of them by (seed, number).

The faults stand in `faults_*`; what becomes of a case is judged in `judge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from random import Random
from typing import Literal

from pa_assets_tests.fuzz.delivery import Delivery, Layout

Family = Literal["structure", "encoding", "types", "keys", "times", "size", "hostile text"]
FAMILIES: tuple[Family, ...] = ("structure", "encoding", "types", "keys", "times", "size", "hostile text")

CSV: frozenset[Layout] = frozenset({"csv"})
JSON: frozenset[Layout] = frozenset({"array", "graphql"})
ANY: frozenset[Layout] = CSV | JSON

_SECOND_FAULT = 0.25
_TWIN = 0.3
"""Share of files that land in the other format: CSV for JSON and back."""


class Level(IntEnum):
    """At what a fault works; lower ones come first."""

    ROWS = 0
    TEXT = 1
    BYTES = 2


Apply = Callable[[Delivery, Random], None]


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong with a landing file."""

    family: Family
    name: str
    apply: Apply
    level: Level
    layouts: frozenset[Layout]
    roles: frozenset[str]
    """Roles that it makes sense for; none: all."""
    columns: tuple[str, ...]
    """Plain names of columns of which one must be there; none: any."""
    heavy: bool
    """Takes seconds: once per run."""

    def fits(self, delivery: Delivery) -> bool:
        """Whether the file can have this fault."""
        return (
            delivery.layout in self.layouts
            and (not self.roles or delivery.role in self.roles)
            and (not self.columns or delivery.has(*self.columns))
        )


FAULTS: list[Fault] = []
"""Filled by the modules `faults_*`, in the order of their import."""


def fault(
    family: Family,
    level: Level,
    *,
    layouts: frozenset[Layout] = ANY,
    roles: Iterable[str] = (),
    columns: Sequence[str] = (),
    heavy: bool = False,
) -> Callable[[Apply], Apply]:
    """Put a function into the grammar under its own name."""

    def declare(apply: Apply) -> Apply:
        name = apply.__name__.replace("_", " ")
        FAULTS.append(Fault(family, name, apply, level, layouts, frozenset(roles), tuple(columns), heavy))
        return apply

    return declare


def named_fault(
    family: Family,
    name: str,
    apply: Apply,
    level: Level,
    *,
    layouts: frozenset[Layout] = ANY,
    columns: Sequence[str] = (),
) -> None:
    """Put one of a series of faults into the grammar."""
    FAULTS.append(Fault(family, name, apply, level, layouts, frozenset(), tuple(columns), heavy=False))


@dataclass(frozen=True)
class Spoiled:
    """A fault in a file."""

    fault: Fault
    file: str


@dataclass(frozen=True)
class Case:
    """A landing folder with one or two faults."""

    seed: int
    number: int
    event: str
    deliveries: tuple[Delivery, ...]
    faults: tuple[Spoiled, ...]

    @property
    def family(self) -> Family:
        """The class that it counts for: that of its first fault."""
        return self.faults[0].fault.family

    @property
    def title(self) -> str:
        """What is wrong, in words."""
        return " + ".join(f"{spoiled.fault.name} in {spoiled.file}" for spoiled in self.faults)


def make_case(seed: int, number: int, shows: dict[str, list[Delivery]]) -> Case:
    """Case `number` (from 1) of a seed. All faults come in turn; heavy ones in the first turn alone."""
    chance = Random(f"{seed}/{number}")
    first = fault_of(seed, number)
    event = chance.choice([name for name in sorted(shows) if _fitting(first, shows[name])])
    files = {delivery.name: delivery.copy() for delivery in shows[event]}
    chosen = [(first, _target(first, files, chance))]
    if not first.heavy and chance.random() < _SECOND_FAULT:
        second = chance.choice([other for other in FAULTS if not other.heavy and other is not first])
        if _fitting(second, list(files.values())):
            chosen.append((second, _target(second, files, chance)))
    for one, name in sorted(chosen, key=lambda pair: pair[0].level):
        _spoil(files[name], one, chance)
    for delivery in files.values():
        delivery.to_bytes()
    spoiled = tuple(Spoiled(one, files[name].name) for one, name in chosen)
    return Case(seed, number, event, tuple(files.values()), spoiled)


def fault_of(seed: int, number: int) -> Fault:
    """The first fault of a case."""
    light = [one for one in FAULTS if not one.heavy]
    turn, place = divmod(number - 1, len(FAULTS))
    if turn:
        turn, place = divmod(number - 1 - len(FAULTS), len(light))
        turn += 1
    order = list(light if turn else FAULTS)
    Random(f"{seed}/turn {turn}").shuffle(order)
    return order[place]


def _fitting(one: Fault, files: Sequence[Delivery]) -> list[Delivery]:
    return [file for file in files if one.fits(file) or one.fits(_twin(file))]


def _twin(delivery: Delivery) -> Delivery:
    """The same rows in the other format; nested answers have none."""
    flat = not any(isinstance(value, list | dict) for row in delivery.rows for value in row.values())
    if not flat:
        return delivery
    twin = delivery.copy()
    twin.layout = "array" if delivery.layout == "csv" else "csv"
    return twin


def _target(one: Fault, files: dict[str, Delivery], chance: Random) -> str:
    """Choose a file, in one of its formats, that the fault fits."""
    name = chance.choice([file.name for file in _fitting(one, list(files.values()))])
    given, twin = files[name], _twin(files[name])
    if one.fits(twin) and (not one.fits(given) or chance.random() < _TWIN):
        files[name] = twin
    return name


def _spoil(delivery: Delivery, one: Fault, chance: Random) -> None:
    if one.level >= Level.TEXT:
        delivery.to_text()
    if one.level >= Level.BYTES:
        delivery.to_bytes()
    one.apply(delivery, chance)
