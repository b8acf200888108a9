"""How the name, the e-mail or the company of a person changes from one registration to the next.

Each kind is a function of some registrations and the pool that new values come from. Who changes is `population`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.demo.chance import Integers, drawn, picked


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


CHANGES = {
    "typo in forename": 0.08,
    "typo in surname": 0.1,
    "typo in e-mail": 0.1,
    "married name, same e-mail": 0.07,
    "married name, new e-mail": 0.05,
    "new employer": 0.2,
    "private e-mail": 0.12,
    "nickname": 0.1,
    "initial": 0.05,
    "accents": 0.03,
    "shared mailbox": 0.06,
    "two at once": 0.04,
}
"""Kinds of change and their shares among the changed registrations."""

PRIVATE_PROVIDERS = {"mail.example": 0.6, "post.example": 0.25, "inbox.example": 0.15}
"""Domains of private addresses and how often they are met."""

_NICKNAMES = _pairs(
    """
    Andrew:Andy Beatrice:Bea Charlotte:Lottie Daniel:Dan David:Dave Diana:Di Edith:Edie Eleanor:Nell Emily:Em
    Fatima:Tima Florence:Flo Gareth:Gaz Hannah:Han Harriet:Hattie Helen:Nell Henry:Harry Imogen:Immy Isaac:Zac
    James:Jim Jasmine:Jaz Joanna:Jo Joseph:Joe Julia:Jules Kate:Katie Marcus:Marc Maria:Mia Martha:Marnie
    Matthew:Matt Mohammed:Mo Nathan:Nate Oliver:Ollie Peter:Pete Rachel:Rach Rafael:Rafa Rebecca:Becky Robert:Bob
    Simon:Si Thomas:Tom Victor:Vic Violet:Vi William:Bill Yasmin:Yaz
    """
)
_LAST_VOWEL = re.compile(r"([aeiou])(?=[^aeiou]*$)")


@dataclass(frozen=True)
class Pool:
    """What new names and employers are drawn from."""

    persons: pd.DataFrame
    """All persons, with surname, company, domain, tel."""
    chance: np.random.Generator

    def some(self, count: int) -> pd.DataFrame:
        """Persons drawn evenly."""
        return self.persons.iloc[self.chance.integers(len(self.persons), size=count)]


Change = Callable[[pd.DataFrame, Pool], pd.DataFrame]


def change(held: pd.DataFrame, rows: Integers, pool: Pool) -> pd.DataFrame:
    """`held` with the registrations at `rows` changed, and the kind of change in the column `change`."""
    held.loc[rows, "change"] = drawn(pool.chance, CHANGES, len(rows))
    for kind in _HOW:
        _apply(held, np.flatnonzero(held["change"] == kind), kind, pool)
    doubled = np.flatnonzero(held["change"] == "two at once")
    for _ in range(2):
        kinds = picked(pool.chance, _COMBINED, len(doubled))
        for kind in _COMBINED:
            _apply(held, doubled[kinds == kind], kind, pool)
    return held


def plain(name: str) -> str:
    """Letters and digits as they stand in an e-mail address."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in ascii_only.lower() if letter.isalnum())


def _apply(held: pd.DataFrame, rows: Integers, kind: str, pool: Pool) -> None:
    columns = ["forename", "surname", "email", "company", "domain", "tel"]
    held.loc[rows, columns] = _HOW[kind](held.loc[rows], pool)[columns]


def _mistyped(values: pd.Series, chance: np.random.Generator) -> list[str]:
    """One slip of the keyboard behind the first letter of each text."""
    kinds, spots = chance.integers(4, size=len(values)), chance.random(len(values))
    return [_slip(text, kind, spot) for text, kind, spot in zip(values, kinds, spots, strict=True)]


def _slip(text: str, kind: int, spot: float) -> str:
    """A letter lost, doubled, swapped with the next, or another one."""
    if len(text) < 3:
        return text + text[-1:]
    place = 1 + int(spot * (len(text) - 2))
    before, letter, after = text[:place], text[place], text[place + 1 :]
    other = "a" if letter == "e" else "e"
    return before + (after, letter + letter + after, after[:1] + letter + after[1:], other + after)[kind]


def _typo_in_forename(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    return some.assign(forename=_mistyped(some["forename"], pool.chance))


def _typo_in_surname(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    return some.assign(surname=_mistyped(some["surname"], pool.chance))


def _typo_in_email(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    local, domain = (some["email"].str.split("@", n=1).str[part] for part in (0, 1))
    return some.assign(email=pd.Series(_mistyped(local, pool.chance), index=some.index, dtype=object) + "@" + domain)


def _married(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    """Another surname; every fourth person keeps the old one before it."""
    new = pool.some(len(some))["surname"].to_numpy()
    both = some["surname"] + "-" + new
    return some.assign(surname=both.where(pool.chance.random(len(some)) < 0.25, new))


def _married_new_email(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    some = _married(some, pool)
    return some.assign(email=_by_name(some))


def _by_name(some: pd.DataFrame) -> pd.Series:
    return some["forename"].map(plain) + "." + some["surname"].map(plain) + "@" + some["domain"]


def _new_employer(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    """Another company with its address and telephone; who uses a private address keeps it."""
    new = pool.some(len(some))[["company", "domain", "tel"]].set_axis(some.index)
    private = some["email"].str.split("@", n=1).str[1].isin(list(PRIVATE_PROVIDERS))
    some = some.assign(company=new["company"], domain=new["domain"], tel=new["tel"])
    return some.assign(email=some["email"].where(private, _by_name(some)))


def _private_email(some: pd.DataFrame, pool: Pool) -> pd.DataFrame:
    years = pd.Series(pool.chance.integers(1950, 2005, size=len(some)), index=some.index).astype(str)
    local = some["forename"].map(plain) + some["surname"].map(plain) + years
    return some.assign(email=local + "@" + drawn(pool.chance, PRIVATE_PROVIDERS, len(some)))


def _nickname(some: pd.DataFrame, _: Pool) -> pd.DataFrame:
    """The nickname, or the first syllable where none is known."""
    return some.assign(forename=some["forename"].map(lambda name: _NICKNAMES.get(name, name[:3])))


def _initial(some: pd.DataFrame, _: Pool) -> pd.DataFrame:
    return some.assign(forename=some["forename"].str[:1])


def _accents(some: pd.DataFrame, _: Pool) -> pd.DataFrame:
    """An accent that the person's other registrations leave out."""
    accented = [
        _LAST_VOWEL.sub(lambda vowel: vowel[0] + "\N{COMBINING ACUTE ACCENT}", name) for name in some["surname"]
    ]
    return some.assign(surname=accented)


def _shared_mailbox(some: pd.DataFrame, _: Pool) -> pd.DataFrame:
    return some.assign(email="info@" + some["domain"])


_HOW: dict[str, Change] = {
    "typo in forename": _typo_in_forename,
    "typo in surname": _typo_in_surname,
    "typo in e-mail": _typo_in_email,
    "married name, same e-mail": _married,
    "married name, new e-mail": _married_new_email,
    "new employer": _new_employer,
    "private e-mail": _private_email,
    "nickname": _nickname,
    "initial": _initial,
    "accents": _accents,
    "shared mailbox": _shared_mailbox,
}
_COMBINED = [kind for kind in _HOW if kind != "new employer"]
