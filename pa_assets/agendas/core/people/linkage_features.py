"""Registrations -> what the linkage compares: one row per person (name and e-mail), in normal forms.

How likely two rows are one person is the matter of `linkage_model`.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pa_assets.agendas.core.tables import COHORTS
from pa_assets.agendas.core.text import each_value, joined, key_text, key_texts, tidy

LARGEST_BLOCK = 80
"""A value that more people share says too little to compare them all with each other."""

_SEVERAL_COMPANIES = 10
"""A domain used from this many companies belongs to no company."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PUBLIC_DOMAINS = _words(
    """
    aol.com btinternet.com btopenworld.com comcast.net fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net
    googlemail.com hotmail.co.uk hotmail.com hotmail.es hotmail.fr hotmail.it icloud.com laposte.net libero.it
    live.co.uk live.com mac.com mail.com mail.ru me.com msn.com ntlworld.com orange.fr outlook.com outlook.es
    proton.me protonmail.com qq.com rocketmail.com sky.com talktalk.net tiscali.co.uk virginmedia.com wanadoo.fr
    web.de yahoo.co.uk yahoo.com yahoo.es yahoo.fr yahoo.ie yandex.ru ymail.com zoho.com
    """
)
_MAILBOXES = _words(
    """
    accounts admin appointments booking bookings clinic contact contactus customerservice enquiries enquiry events
    general hello help hr info inquiries mail mailbox manager marketing office orders pharmacy practice purchasing
    reception receptionist sales secretary shop staff support surgery team training vet vets
    """
)
_NO_COMPANY = _words(
    """
    freelance freelancer independent locum none notapplicable private retired selfemployed selfemployedlocum
    student unemployed
    """
)
_BETWEEN_NAMES = re.compile(r"[\s-]+")
_LEGAL_FORM = re.compile(r"[\s,]+(?:ltd|limited|llp|llc|plc|inc|gmbh|bv|sa|sl|srl)\.?$", re.IGNORECASE)

_NICKNAMES = """
    abigail abby abi gail|agnes aggie|alan al|albert bert bertie|alex alexander alexandra alec sandy sasha|
    alice ali|amanda mandy|andrew andy drew|angela angie ange|ann anne anna annie|anthony tony antony|
    antonio toni|arthur art|barbara barb babs|beatrice bea trixie|benjamin ben benny|bernard bernie|
    catherine katherine kathryn kate katie kathy cathy cath kat kit kitty|charlotte lottie charlie|
    charles chas chuck|chris christopher christine christina kris|cynthia cindy|daniel dan danny|
    david dave davey|deborah debbie deb debra|dennis denis den|diana diane di|donald don donnie|dorothy dot dotty|
    douglas doug dougie|edith edie|edward ed eddie ted ned|eleanor ellie nell nora eleanora|
    elizabeth elisabeth liz lizzie beth betty eliza libby|emily em emmy|emma em|eugene gene|evelyn evie|
    florence flo florrie flossie|frances fran frankie|francis frank|frederick fred freddie|gabriel gabe|
    gareth gary gaz|geoffrey geoff jeffrey jeff|george georgie|gerald gerry jerry|gillian gill jill|
    gregory greg|hannah han|harriet hattie harrie|harold hal|helen nell nellie|henry harry hank|imogen immy|
    isaac zac ike|isabel isabelle isabella izzy bella|jack jackie|jacob jake|jacqueline jackie jacqui|
    james jim jimmy jamie|jane janie|janet jan|jasmine jaz jas|jennifer jen jenny|jessica jess jessie|
    joanna joanne jo|john jon johnny jonny|jonathan jon|joseph joe joey|joshua josh|judith judy jude|
    julia julie jules|kenneth ken kenny|kimberly kim|lawrence laurence larry laurie|leonard len lenny leo|
    lesley les leslie|louise lou|lucinda lucy cindy|lydia liddy|madeleine maddy|margaret maggie meg peggy marge|
    maria mary|mark marc marcus|martin marty|martha marty|matthew matt mat|maximilian max|
    megan meg|melanie mel|michael mike mick mickey|michelle shell|miranda mandy|mohammed mohamed muhammad mo|
    nathan nate nathaniel|natalie nat|neil neal|nicholas nick nicky nicolas|nicola nicky nikki|norman norm|
    oliver ollie olly|olivia liv livvy|oscar ozzy|pamela pam|patricia pat patsy tricia trish|patrick paddy|
    penelope penny|peter pete|philip phillip phil|phoebe phebe|rachel rach rachael|rafael rafa raphael|
    raymond ray|rebecca becky becca bex|richard rich rick dick ricky|robert rob bob bobby robbie bert|
    roderick rod|roger rog|ronald ron ronnie|rosemary rose rosie|russell russ|samuel samantha sam sammy|
    sarah sara|sebastian seb|sharon shaz|sheila shelagh|simon si|sophia sofia|stanley stan|
    stephen steven steve stephan|stephanie steph|stuart stewart stu|susan sue suzanne susie|sylvia sylvie|
    terence terry|teresa theresa tess tessa|thomas tom tommy|theodore theo teddy|timothy tim timmy|
    valerie val|vanessa nessa|veronica ronnie vera|victor vic|victoria vicky tori|vincent vince|violet vi|
    virginia ginny|walter walt wally|wendy wen|william will bill billy|yasmin yaz|zachary zach zac
"""


def _roots(groups: str) -> dict[str, str]:
    """The first name of its group for each short form; a form of several groups has none of its own."""
    found: dict[str, set[str]] = {}
    for group in groups.split("|"):
        first, *others = group.split()
        for name in (first, *others):
            found.setdefault(name, set()).add(first)
    return {name: next(iter(roots)) for name, roots in found.items() if len(roots) == 1}


ROOTS = _roots(_NICKNAMES)
"""Short form of a forename -> the forename; only where there is one."""


def features(registrations: pd.DataFrame) -> pd.DataFrame:
    """One row per person with what can be compared; `None` stands for nothing.

    Where the registrations of a person differ, the first cohort in the order of `COHORTS` that says something
    counts; telephone numbers are those of all registrations.

    Args:
        registrations: table `REGISTRATIONS`.

    Returns:
        Sorted by `person_id`: forename, root, initial, surname, surname_parts, email, local, digits, mailbox,
        domain, company, landlines, mobiles, job_title, country, and keys `block_*` of people to compare.
    """
    order = registrations["cohort"].map({cohort: place for place, cohort in enumerate(COHORTS)})
    rows = registrations.assign(order=order).sort_values(["person_id", "order", "badge_id"], kind="stable")
    shaped = _normal_forms(rows)
    persons = shaped.groupby(rows["person_id"], sort=True).first().reset_index()
    persons = persons.merge(_numbers(rows, shaped["initial"]), on="person_id", how="left")
    persons["mailbox"] = _is_mailbox(persons)
    persons["domain"] = persons["domain"].mask(_public(persons))
    persons = persons.astype(object).where(persons.notna(), None)
    return persons.assign(**_blocks(persons))


def _normal_forms(rows: pd.DataFrame) -> pd.DataFrame:
    email = each_value(rows["email"], lambda text: tidy(text).casefold())
    local, domain = email.str.rsplit("@", n=1).str[0], email.str.rsplit("@", n=1).str[-1]
    forename = key_texts(rows["forename"])
    root = each_value(forename, lambda name: ROOTS.get(name, name))
    shaped = pd.DataFrame(
        {
            "forename": forename,
            "root": root,
            "initial": root.str[:1],
            "surname": key_texts(rows["surname"]),
            "surname_parts": each_value(
                rows["surname"], lambda name: " ".join(map(key_text, re.split(r"[\s-]+", name)))
            ),
            "email": email,
            "local": local,
            "digits": local.str.replace(r"\D", "", regex=True),
            "domain": domain,
            "company": each_value(rows["company"], company_key),
            "job_title": key_texts(rows["job_title"]),
            "country": key_texts(rows["country"]),
        }
    )
    return shaped.mask((shaped == "") & (shaped.columns != "digits"))


def _parts(name: str) -> str:
    """The names of a double name, each between spaces."""
    return f" {' '.join(map(key_text, _BETWEEN_NAMES.split(name)))} "


def company_key(company: str) -> str:
    """A company without its legal form, as a key; empty for what is no company, such as `self-employed`."""
    key = key_text(_LEGAL_FORM.sub("", company.strip()))
    return "" if key in _NO_COMPANY else key


def number_key(number: str) -> str:
    """The last nine digits, which do not depend on how the country is dialled; empty for what is no number."""
    digits = re.sub(r"\D", "", number)
    return digits[-9:] if len(digits) >= 7 and len(set(digits)) > 2 else ""


def _numbers(rows: pd.DataFrame, initial: pd.Series[Any]) -> pd.DataFrame:
    """Lists of numbers per person: `mobiles` are personal, `landlines` belong to a house.

    A number that anybody gave as a mobile number is one, unless people of several initials use it.
    """
    given = pd.concat(
        [
            pd.DataFrame(
                {
                    "person_id": rows["person_id"],
                    "initial": initial,
                    "number": each_value(rows[column], number_key),
                    "mobile": column == "mobile",
                }
            )
            for column in ("mobile", "tel")
        ]
    )
    given = given[given["number"] != ""]
    of_number = given.groupby("number")
    personal = of_number["mobile"].transform("any") & (of_number["initial"].transform("nunique") <= 1)
    crowded = of_number["person_id"].transform("nunique") > LARGEST_BLOCK
    given = given.assign(kind=personal.map({True: "mobiles", False: "landlines"}))[~crowded]
    given = given.drop_duplicates(["person_id", "number"]).sort_values(["person_id", "number"])
    lists = {kind: some.groupby("person_id")["number"].agg(list) for kind, some in given.groupby("kind")}
    return pd.DataFrame(lists, columns=["mobiles", "landlines"]).rename_axis("person_id").reset_index()


def _is_mailbox(persons: pd.DataFrame) -> pd.Series[Any]:
    """Whether an address is of a house rather than a person: by its name, or used under several initials."""
    word = persons["local"].str.split(r"[^a-z]", n=1, regex=True).str[0]
    several = persons.groupby("email")["initial"].transform("nunique") > 1
    return word.isin(_MAILBOXES) | several


def _public(persons: pd.DataFrame) -> pd.Series[Any]:
    companies = persons.groupby("domain")["company"].transform("nunique")
    return persons["domain"].isin(_PUBLIC_DOMAINS) | (companies >= _SEVERAL_COMPANIES)


def _blocks(persons: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Keys; two people are compared where one of their keys is equal."""
    pairs = {
        "block_email": ("email",),
        "block_name": ("root", "surname"),
        "block_initial": ("initial", "surname"),
        "block_forename_company": ("root", "company"),
        "block_forename_domain": ("root", "domain"),
        "block_surname_company": ("surname", "company"),
        "block_surname_domain": ("surname", "domain"),
    }
    return {name: _block(persons, columns) for name, columns in pairs.items()}


def _block(persons: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series[Any]:
    whole = persons[list(columns)].notna().all(axis=1)
    key = joined(persons[list(columns)].fillna("").astype(str), columns)
    size = key[whole].groupby(key[whole]).transform("size").reindex(key.index, fill_value=0)
    return key.mask(~size.between(2, LARGEST_BLOCK), None)
