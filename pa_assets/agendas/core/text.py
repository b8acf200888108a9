"""Text helpers that several stages share: tidying, keys, slugs, whole words, lists packed in one cell.

Only what is the same for people, sessions and scans belongs here; rules of one table stand with that table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

NOTHING = frozenset({"", "none", "nan", "null", "n/a", "nat", "<na>"})
"""What exports write where there is nothing, in lower case."""

NO_ANSWER = NOTHING | {"na"}
"""The same in survey answers and streams, where `NA` is no value (as a surname it is one)."""

SEPARATOR = "; "
"""Between the items of a list that stands in one cell."""

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def tidy(text: str) -> str:
    """Trim, and turn each run of white space into one space."""
    return " ".join(text.split())


def each_value(values: pd.Series[Any], function: Callable[[str], str]) -> pd.Series[Any]:
    """`function` of every text of a column, nulls as `""`; each distinct text is worked out once."""
    texts = values.astype(object).where(values.notna(), "").tolist()
    # By a dictionary: pandas takes texts that differ behind a NUL character for one.
    results = {text: function(str(text)) for text in dict.fromkeys(texts)}
    return pd.Series([results[text] for text in texts], index=values.index, dtype=object)


def tidy_values(values: pd.Series[Any], nothing: frozenset[str] = NOTHING) -> pd.Series[Any]:
    """A text column with trimmed values, single spaces, and `""` for nulls and for each word of `nothing`."""

    def tidied(value: str) -> str:
        text = tidy(value)
        return "" if text.lower() in nothing else text

    return each_value(values, tidied)


def key_text(text: str) -> str:
    """Letters and digits of `text` in lower case without accents: the key that joins titles.

    `"Managing feline C.K.D., café"` and `"managing Feline CKD: cafe"` share one key. Letters of other
    alphabets stay.
    """
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKD", text).casefold())


def joined(frame: pd.DataFrame, columns: Iterable[str]) -> pd.Series[Any]:
    """The texts of some columns as one text per row, for fingerprints and ties."""
    first, *others = columns
    return frame[first].str.cat(frame[others], sep="\x1f").astype(object)


def key_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """`key_text` of a column."""
    return each_value(values, key_text)


def slug(text: str) -> str:
    """A column name from a text: lower case, each run of spaces and punctuation becomes one `_`."""
    return _NOT_ALPHANUMERIC.sub("_", unicodedata.normalize("NFKC", text).lower()).strip("_")


def fold(text: str) -> str:
    """A text for comparison: Unicode-normalised (NFKC), case folded, trimmed, single spaces."""
    return tidy(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def fold_values(values: pd.Series[Any]) -> pd.Series[Any]:
    """`fold` of a column."""
    return each_value(values, fold)


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds one of `words` (words or phrases) as whole words, whatever the case.

    `cat` is not found in `education`. No word at all matches nothing.
    """
    phrases = sorted({tidy(word) for word in words} - {""}, key=lambda phrase: (-len(phrase), phrase))
    if not phrases:
        return re.compile(r"(?!)")
    alternatives = "|".join(r"\s+".join(map(re.escape, phrase.split(" "))) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)


def split_streams(text: str) -> list[str]:
    """Items of a cell such as `"Feline; Internal Medicine"`: trimmed, none blank, none twice, order kept."""
    distinct: dict[str, str] = {}
    for item in map(tidy, text.split(";")):
        if item.lower() not in NO_ANSWER:
            distinct.setdefault(fold(item), item)
    return list(distinct.values())


def join_streams(streams: Iterable[str]) -> str:
    """One cell from items; the inverse of `split_streams`."""
    return SEPARATOR.join(streams)


def gather_items(keys: pd.Series[Any], cells: pd.Series[Any]) -> pd.Series[Any]:
    """All items of the cells of each key, as one list per key.

    Cells are split on `;`; the order inside a cell is kept, cells of one key come in the order of their
    text (so that the order of rows does not count), and no item stands twice.

    Args:
        keys: one key per cell.
        cells: texts, aligned with `keys`.

    Returns:
        Lists of text, one per key that has any item, indexed by key.
    """
    parts = pd.DataFrame({"key": keys.to_numpy(), "cell": cells.to_numpy(dtype=object)})
    parts = parts.drop_duplicates().sort_values(["key", "cell"], kind="stable")
    parts["item"] = parts["cell"].astype(str).str.split(";")
    parts = parts.explode("item", ignore_index=True)
    parts["item"] = tidy_values(parts["item"], NO_ANSWER)
    parts = parts[parts["item"] != ""]
    parts = parts[~parts.assign(item=parts["item"].str.casefold()).duplicated(["key", "item"])]
    return lists_by_key(parts["key"], parts["item"])


def lists_by_key(keys: pd.Series[Any], values: pd.Series[Any]) -> pd.Series[Any]:
    """Values of each key as one list, in the given order, indexed by key."""
    order = keys.reset_index(drop=True).sort_values(kind="stable")
    items = values.to_numpy(dtype=object)[order.index].tolist()
    sorted_keys = order.to_numpy()
    first = ~pd.Series(sorted_keys).duplicated().to_numpy()
    starts = first.nonzero()[0].tolist()
    ends = [*starts[1:], len(items)] if starts else []
    lists = [items[start:end] for start, end in zip(starts, ends, strict=True)]
    return pd.Series(lists, index=sorted_keys[first], dtype=object)
