"""Faults of encoding and packing: the text is right, its bytes are not what is expected."""

from __future__ import annotations

import gzip
import io
import zipfile
from random import Random

from pa_assets_tests.fuzz.delivery import Delivery
from pa_assets_tests.fuzz.grammar import Level, fault

_BYTES, _TEXT = Level.BYTES, Level.TEXT


def _text(delivery: Delivery) -> str:
    return delivery.content.decode("utf-8", "replace")


def _middle(delivery: Delivery, chance: Random) -> int:
    """A place behind the header."""
    size = len(delivery.content)
    return chance.randrange(min(size // 2, 200), max(size - 5, size // 2 + 1))


@fault("encoding", _BYTES)
def windows_1252(delivery: Delivery, _: Random) -> None:
    delivery.content = _text(delivery).encode("cp1252", "replace")


@fault("encoding", _BYTES)
def utf_16_with_mark(delivery: Delivery, chance: Random) -> None:
    mark, name = chance.choice([(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
    delivery.content = mark + _text(delivery).encode(name)


@fault("encoding", _BYTES)
def utf_16_without_mark(delivery: Delivery, chance: Random) -> None:
    delivery.content = _text(delivery).encode(chance.choice(["utf-16-le", "utf-16-be"]))


@fault("encoding", _BYTES)
def utf_16_cut_in_a_character(delivery: Delivery, chance: Random) -> None:
    delivery.content = _text(delivery).encode("utf-16")[: -chance.choice([1, 3])]
    delivery.adrift = True
    delivery.count = None


@fault("encoding", _BYTES)
def utf_32(delivery: Delivery, _: Random) -> None:
    delivery.content = _text(delivery).encode("utf-32")


@fault("encoding", _BYTES)
def utf_8_with_mark(delivery: Delivery, chance: Random) -> None:
    delivery.content = b"\xef\xbb\xbf" * chance.choice([1, 2]) + delivery.content


@fault("encoding", _BYTES)
def other_code_page(delivery: Delivery, chance: Random) -> None:
    """EBCDIC, and code pages that no signature tells: at least nothing is lost."""
    name = chance.choice(["cp037", "cp850", "mac_roman", "koi8-r", "shift_jis", "utf-7"])
    delivery.content = _text(delivery).encode(name, "replace")
    delivery.loose = True
    if name == "cp037":
        delivery.must_fail()


@fault("encoding", _TEXT)
def mark_in_the_middle(delivery: Delivery, chance: Random) -> None:
    """Two files put together."""
    position = chance.randrange(1, len(delivery.text.lines))
    delivery.touch(position)
    delivery.text.lines[position] = "\ufeff" + delivery.text.lines[position]
    if delivery.layout != "csv":
        delivery.must_fail()


@fault("encoding", _BYTES)
def broken_utf_8_byte(delivery: Delivery, chance: Random) -> None:
    """A byte that is not UTF-8 in a file that is: all other characters must stay what they are."""
    place = _middle(delivery, chance)
    byte = chance.choice([b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf", b"\x81"])
    delivery.content = delivery.content[:place] + byte + delivery.content[place:]
    if "é".encode() in delivery.content:
        delivery.must_fail()
    else:
        delivery.adrift = True
        delivery.count = None


@fault("encoding", _BYTES)
def two_encodings_in_one_file(delivery: Delivery, chance: Random) -> None:
    lines = delivery.content.splitlines(keepends=True)
    half = len(lines) // 2
    rest = b"".join(lines[half:]).decode("utf-8", "replace") + " "
    delivery.content = b"".join(lines[:half]) + rest.encode(chance.choice(["utf-16-le", "cp1252"]), "replace")
    if rest.encode("cp1252", "replace") == rest.encode("utf-8"):
        delivery.adrift = True
        delivery.count = None
    elif "é".encode() in b"".join(lines[:half]):
        delivery.must_fail()
    else:
        delivery.adrift, delivery.loose, delivery.count = True, True, None


@fault("encoding", _BYTES)
def nul_bytes(delivery: Delivery, chance: Random) -> None:
    place = _middle(delivery, chance)
    content = delivery.content
    delivery.content = chance.choice(
        [
            content[:place] + b"\0" + content[place:],
            content + b"\0" * 512,
            b"\0" * 16 + content,
            b"\0" * len(content),
        ]
    )
    delivery.adrift = True
    delivery.count = None


@fault("encoding", _BYTES)
def random_bytes(delivery: Delivery, chance: Random) -> None:
    delivery.content = chance.randbytes(chance.choice([1, 100, 5000]))
    delivery.must_fail()


# Packed


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), content, method)
    return stream.getvalue()


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


@fault("encoding", _BYTES)
def packed_by_gzip(delivery: Delivery, _: Random) -> None:
    delivery.content = _gzip(delivery.content)


@fault("encoding", _BYTES)
def gzip_cut_off_or_damaged(delivery: Delivery, chance: Random) -> None:
    packed = _gzip(delivery.content)
    place = chance.randrange(12, len(packed) - 9)
    damaged = bytearray(packed)
    damaged[place] ^= 0xFF
    delivery.content = chance.choice([packed[:place], packed[:4], packed[:-4], bytes(damaged), packed[:-8] + b"\0" * 8])
    delivery.must_fail()


@fault("encoding", _BYTES)
def gzip_in_gzip(delivery: Delivery, chance: Random) -> None:
    for _ in range(chance.choice([2, 2, 5, 40])):
        delivery.content = _gzip(delivery.content)


@fault("encoding", _BYTES)
def gzip_of_zip(delivery: Delivery, chance: Random) -> None:
    packed = {delivery.name: delivery.content}
    delivery.content = chance.choice(
        [_gzip(_zip(packed)), _zip({f"{delivery.name}.gz": _gzip(delivery.content)}), _zip({"inner.zip": _zip(packed)})]
    )


@fault("encoding", _BYTES)
def gzip_with_junk_behind(delivery: Delivery, chance: Random) -> None:
    delivery.content = _gzip(delivery.content) + chance.choice([b"junk", b"\0" * 100, _gzip(b"more")])
    delivery.adrift = True
    delivery.count = None


@fault("encoding", _BYTES)
def packed_by_zip(delivery: Delivery, chance: Random) -> None:
    name = chance.choice([delivery.name, f"export/{delivery.name}", "../../../etc/passwd", "naïve.csv", "C:\\x.csv"])
    method = chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    delivery.content = _zip({name: delivery.content}, method)


@fault("encoding", _BYTES)
def zip_with_junk_beside(delivery: Delivery, chance: Random) -> None:
    junk = {"__MACOSX/._x.csv": b"\0\5\26\7", ".DS_Store": b"\0\0\0\1", "readme.txt": b"Read me.", "empty/": b""}
    chosen = dict(chance.sample(sorted(junk.items()), chance.randint(1, 4)))
    delivery.content = _zip({**chosen, delivery.name: delivery.content})


@fault("encoding", _BYTES)
def zip_without_a_file(delivery: Delivery, chance: Random) -> None:
    delivery.content = chance.choice(
        [_zip({}), _zip({"folder/": b""}), _zip({delivery.name: b""}), _zip({"__MACOSX/._x": b"\0"}), b"PK\x03\x04"]
    )
    delivery.must_fail()


@fault("encoding", _BYTES)
def zip_of_several_files(delivery: Delivery, _: Random) -> None:
    """Which one is meant? The other is rubbish: a reader that takes both must refuse it."""
    delivery.content = _zip({delivery.name: delivery.content, "other.csv": b"a,b\n1,2\n"})
    delivery.adrift = True
    delivery.count = None


@fault("encoding", _BYTES)
def zip_damaged(delivery: Delivery, chance: Random) -> None:
    packed = bytearray(_zip({delivery.name: delivery.content}))
    place = 30 + len(delivery.name.encode()) + 10
    packed[place : place + 4] = bytes(byte ^ 0xFF for byte in packed[place : place + 4])
    delivery.content = chance.choice([bytes(packed), bytes(packed[: len(packed) // 2]), bytes(packed[:-10])])
    delivery.must_fail()


@fault("encoding", _BYTES)
def zip_with_a_password(delivery: Delivery, _: Random) -> None:
    packed = bytearray(_zip({delivery.name: delivery.content}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    delivery.content = bytes(packed)
    delivery.must_fail()


@fault("encoding", _BYTES)
def excel_workbook(delivery: Delivery, _: Random) -> None:
    parts = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"<w/>"}
    delivery.content = _zip(parts)
    delivery.must_fail()


@fault("encoding", _BYTES)
def packed_otherwise(delivery: Delivery, chance: Random) -> None:
    heads = (
        b"7z\xbc\xaf\x27\x1c",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"Rar!\x1a\x07",
        b"\xd0\xcf\x11\xe0",
    )
    delivery.content = chance.choice(heads) + chance.randbytes(500)
    delivery.must_fail()


@fault("encoding", _BYTES, heavy=True)
def decompression_bomb(delivery: Delivery, chance: Random) -> None:
    """Little on the disk, much in memory: 100 MB of blanks behind the rows."""
    size = 100 * 2**20
    whole = delivery.content + b" " * size
    delivery.content = _gzip(whole) if chance.random() < 0.5 else _zip({delivery.name: whole})
