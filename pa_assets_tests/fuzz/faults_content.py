"""Faults in cells: wrong types, impossible times, hostile texts."""

from __future__ import annotations

from random import Random
from typing import Any

from pa_assets_tests.fuzz.delivery import NESTED, Delivery, plain
from pa_assets_tests.fuzz.grammar import JSON, Apply, Level, fault, named_fault

_ROWS = Level.ROWS

_KEYS = ("badgeid", "sessionid", "shortname")
_NAMES = ("forename", "surname", "email", "title", "company", "jobtitle", "seminarname", "theatrename", "speaker")

WRONG_TYPES: dict[str, tuple[Any, ...]] = {
    "number": (0, 7, -1, 3.25, 1e300, 1e-300, -0.0),
    "huge number": (10**400, -(10**40), 2**63, 1.7976931348623157e308),
    "boolean": (True, False),
    "null": (None,),
    "not a number": (float("nan"), float("inf"), float("-inf")),
    "list of texts": (["a", "b"], [], [""], ["a;b", "c"]),
    "list of lists": ([["a"], ["b", ["c"]]], [[]], [1, None, "x", {"a": 1}]),
    "object": ({"a": 1}, {}, {"name": "x", "deeper": {"b": [1]}}, {"": ""}),
    "empty text": ("", " ", "\t", "\u00a0"),
    "word for nothing": ("None", "nan", "NULL", "N/A", "-", "#N/A", "undefined", "<NA>", "NaT"),
    "number as text": ("0", "00012", "1e5", "-5", "1,000", "１２", "0x1F", "1_000"),  # noqa: RUF001
    "date as text": ("2025-11-20", "20/11/2025 10:00", "45981", "10:00"),
}

IMPOSSIBLE_TIMES: dict[str, tuple[Any, ...]] = {
    "impossible date": (
        "2025-02-30",
        "2025-13-01",
        "31/11/2025",
        "0000-00-00",
        "2025-00-10",
        "1582-10-10",
        "9999-12-31",
    ),
    "impossible clock": ("25:00", "10:60", "24:00:00", "99:99:99", "-01:00", "10:00:00:00"),
    "date far away": ("1066-10-14", "2262-04-12T00:00:00", "3025-11-20 10:00", "1677-09-20", "10000-01-01"),
    "offset": (
        "2025-11-20T10:00:00+05:30",
        "2025-11-20T10:00:00Z",
        "2025-11-20 10:00:00-1400",
        "10:00+01:00",
        "2025-11-20T10:00:00+99:00",
    ),
    "mixed offsets": ("2025-11-20T10:00:00+01:00", "2025-11-20T10:00:00", "2025-11-20T23:59:60Z"),
    "two-digit year": ("20/11/25", "11/20/25", "20-11-25 10:00", "'25-11-20"),
    "month before day": ("11/20/2025", "03/04/2025", "12/31/2025 11:59 PM", "02/29/2024"),
    "leap day": ("2024-02-29", "2025-02-29", "29/02/2024 10:00", "1900-02-29"),
    "midnight": ("00:00", "24:00", "2025-11-20T24:00:00", "2025-11-20 00:00:00", "12:00 AM", "0:00"),
    "hour that the clock skips": ("2025-03-30T01:30:00", "2025-10-26T01:30:00", "2025-10-26 01:30:00+01:00"),
    "epoch": ("1763632800", "1763632800000", "45981.4166", "0", "-1"),
    "words": ("tomorrow", "noon", "TBC", "20th November 2025", "jeudi 20 novembre 2025", "Nov 20", "10 o'clock"),
    "not ascii": ("２０２５-１１-２０", "2025‑11‑20", "10꞉00", "٢٠٢٥-١١-٢٠"),  # noqa: RUF001
    "too long": ("2025-11-20T10:00:00." + "1" * 5000, "1" * 5000, "10:" * 2000),
}

HOSTILE_TEXTS: dict[str, tuple[str, ...]] = {
    "formula": ("=CMD|' /C calc'!A0", "=1+1", '=HYPERLINK("http://x.example","y")', "=", "==1", "=\tDDE()"),
    "at sign": ("@SUM(1+1)*cmd|' /C calc'!A0", "@", "@x"),
    "plus": ("+1+cmd|' /C calc'!A0", "+44 7700 900000", "+", "+nan", "+Infinity"),
    "minus": ("-1+cmd|' /C calc'!A0", "-2+3", "-", "- bullet", "-inf", "-1_0"),
    "tab in front": ("\t=1+1", "\t", "\tx"),
    "return in front": ("\r=1+1", "\rx", "\n=1+1", "\r\n=1+1", "x\r=1+1"),
    "blank in front of a formula": (" =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1", "\u3000=1+1", "\0=1+1"),
    "full-width formula": ("＝1+1", "＋1", "－1", "＠x"),  # noqa: RUF001
    "quotes around a formula": ('"=1+1"', '"",=1+1', "'=1+1", '""=1+1', "\"'=1+1"),
    "separators": (";=1+1", "a;=1+1;b", ",=1+1", "a\t=1+1", "|=1+1", ";;;", "; ; =1+1"),
    "control characters": ("\x00", "a\x07b\x1b[31mred\x1b[0m", "\x1a", "\x7f\x80\x9f", "\x0b\x0c\x1c\x1e\x85"),
    "lone surrogate": ("\ud800", "a\udfffb", "\udc00\ud800", "\ud83d", "x\ude00"),
    "direction override": ("\u202egpj.exe", "\u2066x\u2069", "\u200fabc\u200e", "\u202e=1+1"),
    "zero width": ("\u200b", "a\u200bb\u200cc\u200dd\ufeffe", "\u2060\u2060", "\u00ad"),
    "script": ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;&#x3D;1", "<b", "<![CDATA[x]]>",
               "<!--", "&#0;&#xD800;&#99999999999;"),
    "path traversal": ("../../../../etc/passwd", "C:\\Windows\\x", "/dev/null", "../LVS25.json", "file:///etc"),
    "query": ("'; DROP TABLE visitors;--", "' OR 1=1 //", "MATCH (n) DELETE n", "{$gt: ''}", "\\", "`) DELETE n //"),
    "template": ("{{7*7}}", "${jndi:ldap://x}", "%s%s%n", "{0.__class__}", "%(x)s", "\\N{x}", "(?P<a", "[a-z]*+"),
    "long word": ("a" * 20_000, "é" * 5_000, "ab " * 3_000, "=" * 9_000),
    "marks and emoji": ("👩‍👩‍👧‍👦", "e" + "\u0301" * 200, "Z̷a̸l̵g̶o̴", "🏳️‍🌈" * 50, "ﷺ", "ﬁ", "İi", "ß", "ǅ"),
    "not latin": ("Ωμέγα", "שלום", "مرحبا", "你好", "नमस्ते", "ไทย", "\U0001f9ff", "\U0010ffff", "\ufffe", "\ue000"),
}  # fmt: skip

_TIME_COLUMNS = (
    "date", "starttime", "endtime", "scandate", "registrationdate", "day1entry", "day2entry", "startsat", "endsat",
)  # fmt: skip


def _cells(values: tuple[Any, ...], columns: tuple[str, ...], *, whole: bool = False) -> Apply:
    def spoil(delivery: Delivery, chance: Random) -> None:
        column = delivery.column(chance, *columns)
        positions = range(len(delivery.rows)) if whole else delivery.some(chance)
        for position in positions:
            delivery.put(position, column, chance.choice(values))

    return spoil


for _name, _values in WRONG_TYPES.items():
    named_fault("types", f"{_name} in a key", _cells(_values, _KEYS), _ROWS)
    named_fault("types", f"{_name} in a name", _cells(_values, _NAMES), _ROWS)
    named_fault("types", f"{_name} in any column", _cells(_values, ()), _ROWS)

for _name in ("number", "boolean", "null", "list of texts", "list of lists", "object"):
    named_fault("types", f"column of {_name}", _cells(WRONG_TYPES[_name], (), whole=True), _ROWS)

for _name, _values in IMPOSSIBLE_TIMES.items():
    named_fault("times", _name, _cells(_values, _TIME_COLUMNS), _ROWS, columns=_TIME_COLUMNS)

for _name in ("impossible date", "offset", "month before day", "words", "epoch"):
    spoil = _cells(IMPOSSIBLE_TIMES[_name], _TIME_COLUMNS, whole=True)
    named_fault("times", f"column of {_name}", spoil, _ROWS, columns=_TIME_COLUMNS)

for _name, _values in HOSTILE_TEXTS.items():
    named_fault("hostile text", _name, _cells(_values, ()), _ROWS)

_BESIDE_NAMES = ("formula", "return in front", "lone surrogate", "control characters", "long word", "script")
for _name in _BESIDE_NAMES:

    def _header(delivery: Delivery, chance: Random, values: tuple[str, ...] = HOSTILE_TEXTS[_name]) -> None:
        """A further column of a hostile name."""
        name = chance.choice(values)
        delivery.columns.append(name)
        delivery.adrift = not plain(name) or delivery.role in ("mapping", "practices", "capacity")
        delivery.loose = True
        for row in delivery.rows:
            row[name] = chance.choice([name, "x", None])

    named_fault("hostile text", f"{_name} as name of a column", _header, _ROWS)


@fault("hostile text", _ROWS, columns=("metadatafilename", "metadatasourcefilename", "source", "file"))
def hostile_file_name(delivery: Delivery, chance: Random) -> None:
    column = delivery.column(chance, "metadatafilename", "metadatasourcefilename", "source", "file")
    for position in delivery.some(chance, 10):
        delivery.put(position, column, chance.choice(["../../x", "=cmd.csv", "\x00.csv", "x" * 5000, "LVS25/../LVS24"]))


@fault("times", _ROWS, roles=("programme",), columns=("starttime",))
def end_before_start(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance):
        row = delivery.rows[position]
        delivery.touch(position)
        row["start_time"], row["end_time"] = row["end_time"], row["start_time"]


@fault("times", _ROWS, roles=("programme",), columns=("starttime",))
def no_length(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance):
        delivery.put(position, "end_time", delivery.rows[position]["start_time"])


@fault("times", _ROWS, roles=("programme",), columns=("starttime",))
def over_midnight(delivery: Delivery, chance: Random) -> None:
    for position in delivery.some(chance):
        delivery.put(position, "start_time", "23:30:00")
        delivery.put(position, "end_time", chance.choice(["00:15:00", "24:15:00", "00:00:00"]))


def _nested(delivery: Delivery, chance: Random, values: tuple[Any, ...]) -> None:
    for position in delivery.some(chance):
        delivery.touch(position)
        delivery.rows[position][NESTED] = chance.choice(values)


@fault("types", _ROWS, layouts=JSON, columns=(plain(NESTED),))
def answers_that_are_no_list(delivery: Delivery, chance: Random) -> None:
    _nested(delivery, chance, (None, "text", 5, True, {}, {"questionText": "Are you a?", "answerText": "x"}, []))


@fault("types", _ROWS, layouts=JSON, columns=(plain(NESTED),))
def answers_of_wrong_items(delivery: Delivery, chance: Random) -> None:
    answer = {"questionText": "Are you a?", "answerText": "Pharmacist"}
    _nested(delivery, chance, (["text"], [None], [[answer]], [answer, "text"], [answer, None, 3], [{}], [{"x": 1}]))


@fault("types", _ROWS, layouts=JSON, columns=(plain(NESTED),))
def answers_of_wrong_values(delivery: Delivery, chance: Random) -> None:
    values = [value for values in WRONG_TYPES.values() for value in values]
    for position in delivery.some(chance):
        delivery.touch(position)
        for answer in delivery.rows[position][NESTED]:
            answer[chance.choice(["questionText", "answerText", "responseText", "questionType"])] = chance.choice(
                values
            )


@fault("keys", _ROWS, layouts=JSON, columns=(plain(NESTED),))
def answer_with_the_keys_of_its_badge(delivery: Delivery, chance: Random) -> None:
    """A nested answer that names another badge, or a key twice in two spellings."""
    for position in delivery.some(chance):
        delivery.touch(position)
        for answer in delivery.rows[position][NESTED]:
            answer[chance.choice(["badgeId", "badge_id", "source", "question_text"])] = "other"
    delivery.adrift = True
