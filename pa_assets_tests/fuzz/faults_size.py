"""Faults of size: cells, columns, rows, nesting and numbers of files beyond anything that an export should have."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from pa_assets_tests.fuzz.delivery import NESTED, PERSONAL, Delivery, plain
from pa_assets_tests.fuzz.grammar import CSV, JSON, Level, fault

_ROWS, _TEXT = Level.ROWS, Level.TEXT
_IDENTIFIERS = ("badgeid", "sessionid", "shortname")


@fault("size", _ROWS)
def cell_of_5_mb(delivery: Delivery, chance: Random) -> None:
    position = chance.randrange(len(delivery.rows))
    column = delivery.column(chance)
    delivery.put(position, column, chance.choice(["x", "word ", "=1+", "a;b;", "é"]) * (5 * 2**20 // 5))


@fault("size", _ROWS)
def cell_just_over_128_kib(delivery: Delivery, chance: Random) -> None:
    """The limit of Python's csv reader."""
    delivery.put(chance.randrange(len(delivery.rows)), delivery.column(chance), "x" * 131_073)


@fault("size", _ROWS, heavy=True)
def columns_50_000(delivery: Delivery, _: Random) -> None:
    names = [f"extra {number}" for number in range(50_000)]
    delivery.columns += names
    delivery.rows[0].update(dict.fromkeys(names, "x"))
    delivery.loose = delivery.adrift = True


@fault("size", _ROWS)
def columns_3_000(delivery: Delivery, chance: Random) -> None:
    names = [f"extra {number}" for number in range(3_000)]
    delivery.columns += names
    delivery.rows[chance.randrange(len(delivery.rows))].update(dict.fromkeys(names, "x"))
    delivery.loose = delivery.adrift = True


@fault("size", _TEXT, layouts=CSV)
def rows_of_many_cells(delivery: Delivery, chance: Random) -> None:
    delivery.text.lines[chance.randrange(len(delivery.rows))] += ",x" * 50_000
    delivery.must_fail()


@fault("size", _TEXT, layouts=CSV)
def header_without_required_columns_but_many_others(delivery: Delivery, _: Random) -> None:
    """The error must not repeat thousands of names."""
    delivery.text.head = ",".join(f"c{number}" for number in range(20_000)) + "\n"
    delivery.text.lines = [",".join("1" * 20_000)]
    delivery.must_fail()
    if delivery.role in ("mapping", "practices", "capacity"):
        delivery.refuse, delivery.adrift = False, True


@fault("size", _ROWS, roles=("scans", "entry_scans", "scan_reference"), heavy=True)
def scans_200_000(delivery: Delivery, _: Random) -> None:
    _many(delivery, 200_000)


@fault("size", _ROWS, roles=("registrations",), heavy=True)
def registrations_50_000(delivery: Delivery, _: Random) -> None:
    _many(delivery, 50_000)


@fault("size", _ROWS, roles=("demographics",), heavy=True)
def answers_of_many_badges(delivery: Delivery, _: Random) -> None:
    _many(delivery, 50_000 if NESTED in delivery.columns else 200_000)


@fault("size", _ROWS, roles=("programme",), heavy=True)
def sessions_20_000(delivery: Delivery, _: Random) -> None:
    _many(delivery, 20_000)


@fault("size", _TEXT, layouts=JSON)
def nesting_100_000_deep(delivery: Delivery, chance: Random) -> None:
    _nest(delivery, chance, 100_000)
    delivery.must_fail()


@fault("size", _TEXT, layouts=JSON)
def nesting_some_hundred_deep(delivery: Delivery, chance: Random) -> None:
    """Deep enough for a recursion of the reader, too shallow for that of the parser."""
    _nest(delivery, chance, chance.choice([100, 200, 300, 450, 600, 800, 950, 990]))


@fault("size", _TEXT)
def blanks_all_over(delivery: Delivery, chance: Random) -> None:
    delivery.text.tail += chance.choice([" ", "\n", "\t\n"]) * 500_000


@fault("size", _TEXT, layouts=JSON)
def number_of_a_million_digits(delivery: Delivery, chance: Random) -> None:
    position = chance.randrange(len(delivery.text.lines))
    delivery.touch(position)
    delivery.text.lines[position] = f'{{"extra": {"7" * 10**6}, {delivery.text.lines[position][1:]}'


def _many(delivery: Delivery, size: int) -> None:
    """Copies of the rows with identifiers of their own, till there are `size`."""
    clean = list(delivery.rows)
    own = [column for column in delivery.columns if plain(column) in {*_IDENTIFIERS, *PERSONAL}]
    for number in range(size - len(clean)):
        row = deepcopy(clean[number % len(clean)]) if NESTED in delivery.columns else dict(clean[number % len(clean)])
        for column in own:
            row[column] = f"{row[column]}x{number // len(clean)}"
        delivery.rows.append(row)
    delivery.loose = True


def _nest(delivery: Delivery, chance: Random, depth: int) -> None:
    position = chance.randrange(len(delivery.text.lines))
    delivery.touch(position)
    opened, closed = chance.choice([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
    inner = opened * depth + "1" + closed * depth
    delivery.text.lines[position] = f'{{"extra": {inner}, {delivery.text.lines[position][1:]}'
