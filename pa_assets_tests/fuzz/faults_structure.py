"""Faults of structure: the file is not the table, or the array, that it should be."""

from __future__ import annotations

import json
from random import Random

from pa_assets_tests.fuzz.delivery import Delivery, csv_line
from pa_assets_tests.fuzz.grammar import CSV, JSON, Level, fault

_TEXT, _ROWS = Level.TEXT, Level.ROWS


@fault("structure", _TEXT)
def empty_file(delivery: Delivery, chance: Random) -> None:
    _becomes(delivery, chance.choice(["", " ", "\n\n\n", "\ufeff", "\ufeff\n \t\n"]))


@fault("structure", _TEXT)
def another_kind_of_file(delivery: Delivery, chance: Random) -> None:
    kinds = (
        "<!DOCTYPE html><html><body>Please sign in</body></html>",
        '<?xml version="1.0"?><rows><row/></rows>',
        "%PDF-1.7\n%âãÏÓ\n1 0 obj\n",
        "{\\rtf1 Registrations}",
        "Access denied",
        "null",
        "42",
        '"a text"',
        "{}",
        "true",
        "---\n- badge: 1\n",
    )
    _becomes(delivery, chance.choice(kinds))


@fault("structure", _TEXT)
def cut_off(delivery: Delivery, chance: Random) -> None:
    text = delivery.text
    kept = chance.randrange(len(text.lines))
    rest = text.lines[kept][: chance.randrange(1, len(text.lines[kept]))]
    delivery.lose(range(kept, len(text.lines)))
    text.lines[kept:] = [rest]
    text.tail = ""
    if delivery.layout == "csv":
        delivery.count = kept + 1
    else:
        delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def unclosed_quote(delivery: Delivery, chance: Random) -> None:
    position = chance.randrange(len(delivery.text.lines))
    cells = [str(delivery.rows[position].get(column) or "x") for column in delivery.columns]
    place = chance.randrange(len(cells))
    delivery.text.lines[position] = ",".join(
        f'"{cell}' if number == place else cell.replace('"', "").replace(",", " ") for number, cell in enumerate(cells)
    )
    delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def stray_quote_in_a_quoted_cell(delivery: Delivery, chance: Random) -> None:
    position = chance.randrange(len(delivery.text.lines))
    delivery.text.lines[position] = f'"12" screen",{delivery.text.lines[position].split(",", 1)[-1]}'
    delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def row_too_long(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance):
        delivery.text.lines[position] += chance.choice([",one more", ",,", ",,two more"])
    delivery.touch(*range(len(delivery.rows)))


@fault("structure", _TEXT, layouts=CSV)
def row_too_short(delivery: Delivery, chance: Random) -> None:
    position = chance.randrange(len(delivery.text.lines))
    delivery.text.lines[position] = "alone" if len(delivery.columns) > 1 else "a,b"
    delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def blank_cells_behind_rows(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance, 20):
        delivery.text.lines[position] += "," * chance.randint(1, 5)


@fault("structure", _TEXT, layouts=CSV)
def blank_lines_between(delivery: Delivery, chance: Random) -> None:
    for position in reversed(delivery.some(chance, 5)):
        delivery.text.lines.insert(
            position, chance.choice(["", " ", "," * (len(delivery.columns) - 1), "\t", ",,,,,,"])
        )


@fault("structure", _TEXT, layouts=CSV)
def no_header(delivery: Delivery, _: Random) -> None:
    delivery.text.head = ""
    delivery.must_fail()
    if delivery.role in ("mapping", "practices", "capacity"):
        delivery.refuse = False
        delivery.adrift = True


@fault("structure", _TEXT, layouts=CSV)
def header_alone(delivery: Delivery, _: Random) -> None:
    delivery.lose(range(len(delivery.rows)))
    delivery.text.lines.clear()
    delivery.count = 0


@fault("structure", _TEXT, layouts=CSV)
def header_again_between_rows(delivery: Delivery, chance: Random) -> None:
    lines = delivery.text.lines
    lines.insert(chance.randint(1, len(lines)), delivery.text.head.rstrip("\n"))
    delivery.count = None if delivery.count is None else delivery.count + 1


@fault("structure", _TEXT, layouts=CSV)
def title_above_header(delivery: Delivery, chance: Random) -> None:
    delivery.text.head = chance.choice(["Export of 20 November\n", "Report,,,\n\n", "sep=;\n"]) + delivery.text.head
    delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def sum_below_rows(delivery: Delivery, _: Random) -> None:
    delivery.text.lines.append(f"Total: {len(delivery.rows)}" if len(delivery.columns) > 1 else "Total,1")
    delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def name_missing_in_header(delivery: Delivery, chance: Random) -> None:
    names = list(delivery.columns)
    names[chance.randrange(len(names))] = chance.choice(["", " ", "\u00a0"])
    delivery.text.head = csv_line(names) + "\n"
    delivery.adrift = True


@fault("structure", _TEXT, layouts=CSV)
def name_twice_in_header(delivery: Delivery, chance: Random) -> None:
    names = list(delivery.columns)
    one, other = chance.sample(range(len(names)), 2)
    names[one] = names[other]
    delivery.text.head = csv_line(names) + "\n"
    delivery.must_fail()


@fault("structure", _TEXT, layouts=CSV)
def other_delimiter(delivery: Delivery, chance: Random) -> None:
    delimiter = chance.choice([";", "\t", "|", ":", "^"])
    cells = [[str(value or "") for value in (row.get(name) for name in delivery.columns)] for row in delivery.rows]
    delivery.text.head = csv_line(delivery.columns, delimiter) + "\n"
    delivery.text.lines = [csv_line(row, delimiter) for row in cells]
    if delimiter not in ";\t":
        delivery.adrift = True
        delivery.count = None


@fault("structure", _TEXT, layouts=CSV)
def header_of_another_delimiter(delivery: Delivery, _: Random) -> None:
    delivery.text.head = csv_line(delivery.columns, ";") + "\n"
    delivery.must_fail()


@fault("structure", _TEXT)
def other_line_ends(delivery: Delivery, chance: Random) -> None:
    text, end = delivery.text, chance.choice(["\r\n", "\r"])
    text.head, text.tail = text.head.replace("\n", end), text.tail.replace("\n", end)
    text.joiner = text.joiner.replace("\n", end)


@fault("structure", _ROWS)
def line_breaks_in_cells(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance):
        delivery.put(position, delivery.column(chance), chance.choice(["a\nb", "a\r\nb", "a\rb", "\n", 'say "yes"\n,']))


@fault("structure", _ROWS)
def cells_moved_by_one(delivery: Delivery, chance: Random) -> None:
    names = [name for name in delivery.columns if not isinstance(delivery.rows[0].get(name), list)]
    for position in delivery.some(chance, 6):
        delivery.touch(position)
        row = delivery.rows[position]
        values = [row.get(name) for name in names]
        step = chance.randint(1, len(names))
        row.update(dict(zip(names, values[step:] + values[:step], strict=True)))
        delivery.touch(position)


@fault("structure", _TEXT, layouts=JSON)
def json_lines(delivery: Delivery, chance: Random) -> None:
    text = delivery.text
    text.head, text.joiner, text.tail = "", "\n", chance.choice(["", "\n", "\n\n"])
    if delivery.layout == "graphql":
        delivery.layout = "array"
    if chance.random() < 0.5:
        position = chance.randrange(len(text.lines))
        text.lines[position] = text.lines[position][: len(text.lines[position]) // 2]
        delivery.must_fail()


@fault("structure", _TEXT, layouts=JSON)
def broken_json(delivery: Delivery, chance: Random) -> None:
    text = delivery.text
    match chance.randrange(7):
        case 0:
            text.tail = ",\n]\n"
        case 1:
            text.tail = text.tail.replace("]", "", 1)
        case 2:
            text.joiner = "\n"
        case 3:
            text.lines = [line.replace('"', "'") for line in text.lines]
        case 4:
            text.head = "// exported today\n" + text.head
        case 5:
            text.tail += chance.choice(["x", "]", "}", "\n[]", '{"next": 1}'])
        case _:
            text.lines[-1] = text.lines[-1].replace(":", "=", 1)
    delivery.must_fail()


@fault("structure", _TEXT, layouts=JSON)
def several_arrays(delivery: Delivery, chance: Random) -> None:
    half = len(delivery.text.lines) // 2
    one, other = ",".join(delivery.text.lines[:half]), ",".join(delivery.text.lines[half:])
    name = chance.choice(["past", "data", _a_value(delivery, chance)])
    _becomes(delivery, f'{{"current": [{one}], {json.dumps(name)}: [{other}]}}')


@fault("structure", _TEXT, layouts=JSON)
def objects_in_place_of_arrays(delivery: Delivery, chance: Random) -> None:
    """Rows by their number, or by a value, which may be a person's."""
    lines = delivery.text.lines
    name = delivery.column(chance, "email", "badgeid")
    keys = chance.choice([[str(number) for number in range(len(lines))], [str(row[name]) for row in delivery.rows]])
    whole = "{" + ",".join(f"{json.dumps(key)}: {line}" for key, line in zip(keys, lines, strict=True)) + "}"
    _becomes(delivery, chance.choice([lines[0], whole, f'{{"data": {lines[0]}}}']))
    if any(isinstance(value, list) for value in delivery.rows[0].values()):
        delivery.refuse, delivery.adrift = False, True


@fault("structure", _TEXT, layouts=JSON)
def nested_arrays(delivery: Delivery, chance: Random) -> None:
    lines = delivery.text.lines
    cells = "[" + ",".join(json.dumps(list(row.values())) for row in delivery.rows) + "]"
    _becomes(delivery, chance.choice([f"[[{','.join(lines)}]]", f"[{','.join(f'[{line}]' for line in lines)}]", cells]))


@fault("structure", _TEXT, layouts=JSON)
def items_that_are_no_objects(delivery: Delivery, chance: Random) -> None:
    lines = delivery.text.lines
    lines.insert(chance.randint(0, len(lines)), chance.choice(["null", "42", '"a text"', "true", "[]"]))
    delivery.count = None if delivery.count is None else delivery.count + 1


@fault("structure", _TEXT, layouts=JSON)
def graphql_errors(delivery: Delivery, chance: Random) -> None:
    errors = '"errors": [{"message": "Timeout", "path": ["rows"], "locations": [{"line": 1}]}]'
    texts = (
        f'{{{errors}, "data": null}}',
        f"{{{errors}}}",
        f'{{{errors}, "data": {{}}}}',
        f'{{"data": {{"{delivery.role}": null}}, {errors}}}',
        f'{{"data": {{"{delivery.role}": []}}, {errors}}}',
        f'{{"data": {{"{delivery.role}": [{",".join(delivery.text.lines[:5])}]}}, {errors}}}',
    )
    _becomes(delivery, chance.choice(texts))


@fault("structure", _TEXT, layouts=JSON)
def pages_of_nodes(delivery: Delivery, chance: Random) -> None:
    text, more = delivery.text, chance.choice(["", '"cursor": "x", '])
    text.lines = [f'{{{more}"node": {line}}}' for line in text.lines]
    text.head, text.tail = '{"data": {"rows": {"edges": [', '], "pageInfo": {"hasNextPage": false}}}}'


@fault("structure", _TEXT, layouts=JSON)
def empty_array(delivery: Delivery, chance: Random) -> None:
    delivery.lose(range(len(delivery.rows)))
    delivery.text.lines.clear()
    delivery.text.head, delivery.text.tail = chance.choice([("[", "]"), ('{"data": [', "]}")])
    delivery.count = 0


@fault("structure", _TEXT, layouts=JSON)
def key_twice_in_an_object(delivery: Delivery, chance: Random) -> None:
    position = chance.randrange(len(delivery.text.lines))
    key = chance.choice(delivery.columns)
    name = json.dumps(_a_value(delivery, chance))
    more = chance.choice([f'{json.dumps(key)}: "other"', f"{name}: 1, {name}: 2"])
    delivery.text.lines[position] = f"{{{more}, {delivery.text.lines[position][1:]}"
    delivery.must_fail()


def _a_value(delivery: Delivery, chance: Random) -> str:
    """A value where a key is expected: an e-mail address where there is any."""
    name = delivery.column(chance, "email")
    values = [str(row.get(name)) for row in delivery.rows]
    return chance.choice([value for value in values if "@" in value] or values)


def _becomes(delivery: Delivery, text: str) -> None:
    """The whole file is another text that nobody should read as rows."""
    delivery.text.head, delivery.text.lines, delivery.text.tail = text, [], ""
    delivery.must_fail()
