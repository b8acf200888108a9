"""Faults of names and identifiers: columns, badges, show codes, sessions, and whole files twice."""

from __future__ import annotations

from copy import deepcopy
from pathlib import PurePath
from random import Random

from pa_assets_tests.fuzz.delivery import NESTED, PERSONAL, Delivery, plain
from pa_assets_tests.fuzz.grammar import JSON, Level, fault

_ROWS, _BYTES = Level.ROWS, Level.BYTES
_BADGES = ("registrations", "demographics", "scans", "entry_scans")
_CODE = ("showref",)

RESERVED = (
    "source_file", "source_row", "reason", "detail", "cohort", "person_id", "index", "level_0", "0", "date", "key_text",
    "badge_id_as_delivered", "reason_as_delivered", "show_ref", "content_group", "days", "entry", "entered", "node",
)  # fmt: skip
"""Names that the product itself may use for a column."""


@fault("keys", _ROWS)
def column_missing(delivery: Delivery, chance: Random) -> None:
    name = chance.choice(delivery.columns)
    delivery.columns.remove(name)
    for row in delivery.rows:
        row.pop(name, None)
    delivery.adrift = True


@fault("keys", _ROWS, layouts=JSON)
def key_missing_in_some_objects(delivery: Delivery, chance: Random) -> None:
    name = chance.choice(delivery.columns)
    for position in delivery.some(chance, 6):
        delivery.touch(position)
        delivery.rows[position].pop(name, None)


@fault("keys", _ROWS)
def column_renamed(delivery: Delivery, chance: Random) -> None:
    name = chance.choice(delivery.columns)
    _rename(delivery, name, chance.choice([f"{name}s", f"my {name}", name[:-1], name[::-1], "Spalte"]))
    delivery.adrift = True


@fault("keys", _ROWS)
def columns_in_another_spelling(delivery: Delivery, chance: Random) -> None:
    if delivery.role in ("mapping", "practices", "capacity"):
        delivery.adrift = True
    for name in list(delivery.columns):
        if name != NESTED:
            _rename(delivery, name, chance.choice([name.upper(), name.lower(), f" {name} ", name.replace("_", " ")]))


@fault("keys", _ROWS)
def column_under_two_spellings(delivery: Delivery, chance: Random) -> None:
    name = chance.choice([column for column in delivery.columns if column != NESTED])
    other = chance.choice([name.swapcase(), f"{name} ", name.replace("_", " ").title(), f"{name}."])
    delivery.columns.append(other)
    for row in delivery.rows:
        row[other] = chance.choice([row.get(name), "other"])
    delivery.adrift = True


@fault("keys", _ROWS)
def columns_of_reserved_names(delivery: Delivery, chance: Random) -> None:
    taken = {plain(column) for column in delivery.columns}
    names = [name for name in chance.sample(RESERVED, 6) if plain(name) not in taken]
    delivery.columns += names
    for number, row in enumerate(delivery.rows):
        row.update({name: chance.choice([str(number), "x", None]) for name in names})
    delivery.loose = delivery.adrift = True


@fault("keys", _ROWS)
def column_named_as_its_canonical_name_but_other(delivery: Delivery, chance: Random) -> None:
    names = ("email", "email_address", "starts_at", "short_name", "badge", "code", "id", "session", "metadata_file")
    free = [name for name in names if name not in delivery.columns]
    name = chance.choice(free)
    delivery.columns.append(name)
    for row in delivery.rows:
        row[name] = "elsewhere"
    delivery.loose = delivery.adrift = True


@fault("keys", _ROWS, roles=_BADGES)
def blank_badges(delivery: Delivery, chance: Random) -> None:
    column = delivery.column(chance, "badgeid")
    for position in delivery.some(chance, 6):
        delivery.put(position, column, chance.choice(["", " ", None, "None", "nan", "NULL", "-", "\u200b"]))


@fault("keys", _ROWS, roles=("registrations",))
def badge_of_two_people(delivery: Delivery, chance: Random) -> None:
    column = delivery.column(chance, "badgeid")
    one, other = chance.sample(range(len(delivery.rows)), 2)
    delivery.put(one, column, delivery.rows[other][column])


@fault("keys", _ROWS, roles=("registrations",))
def badge_of_two_shows(delivery: Delivery, chance: Random) -> None:
    codes = sorted({str(row[delivery.column(chance, *_CODE)]) for row in delivery.rows})
    for position in delivery.some(chance):
        copied = deepcopy(delivery.rows[position])
        delivery.touch(position)
        delivery.put(delivery.add(copied), delivery.column(chance, *_CODE), chance.choice(codes))


@fault("keys", _ROWS)
def rows_twice(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance, 10):
        delivery.touch(position)
        copied = deepcopy(delivery.rows[position])
        if chance.random() < 0.5:
            name = chance.choice([column for column in delivery.columns if column != NESTED])
            copied[name] = chance.choice([None, "other", "0"])
        delivery.add(copied)


@fault("keys", _ROWS, columns=_CODE)
def show_codes_unknown(delivery: Delivery, chance: Random) -> None:
    codes = ("ZZZ99", "", None, "LVS", "lvs25", " LVS25 ", "LVS25_LVS24", "LVS25;LVS24", "0", "=LVS25", "LVS2025")
    column = delivery.column(chance, *_CODE)
    for position in delivery.some(chance, 6):
        delivery.put(position, column, chance.choice(codes))


@fault("keys", _ROWS, columns=_CODE)
def personal_values_as_show_code(delivery: Delivery, chance: Random) -> None:
    """Cells in the wrong column: what is told of them must not be what they hold."""
    column = delivery.column(chance, *_CODE)
    values = ("anne.quill@clinic.example.com", "Anne Quill", "+44 7700 900123 quill", "quill", "q.QUILL")
    for position in delivery.some(chance, 4):
        delivery.put(position, column, chance.choice(values))


@fault("keys", _ROWS, roles=_BADGES)
def personal_values_in_any_cell(delivery: Delivery, chance: Random) -> None:
    """A name alone cannot be told from any other word; what has the shape of an address or a number can."""
    values = ("anne.quill@clinic.example.com", "07700 900123 quill", "Anne Quill <anne@clinic.example.com>")
    for position in delivery.some(chance, 4):
        delivery.put(position, delivery.column(chance), chance.choice(values))


@fault("keys", _ROWS, roles=("registrations",))
def identities_that_say_nothing(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance, 6):
        for column in delivery.columns:
            if plain(column) in ("forename", "surname", "email"):
                delivery.put(position, column, "")
                delivery.rows[position][column] = chance.choice([None, "", "None", "nan", ".", "\u200b", "@"])


@fault("keys", _ROWS, roles=("registrations",))
def same_name_and_mail_for_many(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance, 30):
        for column in delivery.columns:
            if plain(column) in PERSONAL:
                delivery.put(position, column, "Reception")


@fault("keys", _ROWS, roles=("programme", "scan_reference"))
def one_identifier_for_two(delivery: Delivery, chance: Random) -> None:
    column = delivery.column(chance, "sessionid", "shortname")
    one, other = chance.sample(range(len(delivery.rows)), 2)
    delivery.touch(other)
    delivery.put(one, column, delivery.rows[other][column])


@fault("keys", _BYTES)
def the_file_twice(delivery: Delivery, _: Random) -> None:
    """A second copy lands under another name."""
    if delivery.role in ("mapping", "capacity"):
        return
    path = PurePath(delivery.name)
    delivery.beside[f"{path.stem}_copy{path.suffix}"] = delivery.content
    delivery.loose = True
    if delivery.count is not None:
        delivery.count *= 2


@fault("keys", _BYTES)
def a_file_of_another_role(delivery: Delivery, chance: Random) -> None:
    """Somebody saved the wrong export under this name."""
    wrong = (
        "Short Name,Seminar Name\nA1,Talk\n",
        '[{"BadgeId": "X1", "QuestionText": "Why", "AnswerText": "So"}]',
        "theatre__name,number_visitors\nMain,5\n",
        "Badge Id,Short Name\nX1,A1\n",
        "a\n1\n",
    )
    delivery.content = chance.choice(wrong).encode()
    delivery.adrift = True
    delivery.count = None


@fault("hostile text", _BYTES)
def hostile_name_of_the_file(delivery: Delivery, chance: Random) -> None:
    """Names that the patterns find; the last is no text in any encoding."""
    if delivery.role in ("mapping", "practices", "capacity"):
        return
    path = PurePath(delivery.name)
    ends = ("=cmd", " ' \" {}", "\u202egpj", "\n=1+1", "x" * 150, "%s%n", "<script>", "..", "é", "\U0001f9ff", "\udcff")
    delivery.name = f"{path.stem}_{chance.choice(ends)}{path.suffix}"
    if delivery.role == "entry_scans":
        delivery.name = chance.choice(["=1+1", "@x", "-", "+"]) + "_unfiltered_entry_scans.csv"


def _rename(delivery: Delivery, name: str, new: str) -> None:
    delivery.columns[delivery.columns.index(name)] = new
    for row in delivery.rows:
        if name in row:
            row[new] = row.pop(name)
