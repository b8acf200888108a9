"""How likely two people are one: the model, with fixed parameters, run by Splink on DuckDB.

Fellegi and Sunter (1969): each comparison has levels; a level that is met by a share `m` of the pairs that are one
person and by a share `u` of the pairs that are two multiplies the odds by m / u. The shares are set here by
judgement and not learnt; only how many people there are and how common a name, domain or company is among them comes
from the data. So no seed and no order of rows counts, and a show of fifty people can be linked as well as one of a
hundred thousand. What is compared is made in `linkage_features`; which pairs are believed is `linkage_clusters`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

_FEWEST = 200
"""Shows of fewer people are treated as of so many: shares of few people say little."""
_OTHER_SELVES = 0.2
"""People known by another name or e-mail too, per person."""
_NAMES_BEFORE = {"forename": (2000, 0.005), "surname": (4000, 0.002)}
"""What is believed of a name's share before a show is seen: as many people with such a share of them."""

_ALIKE = (
    "(root_l = root_r or jaro_winkler_similarity(forename_l, forename_r) >= 0.9"
    " or (damerau_levenshtein(forename_l, forename_r) = 1 and least(length(forename_l), length(forename_r)) >= 3)"
    " or (initial_l = initial_r and least(length(forename_l), length(forename_r)) = 1)"
    " or (least(length(forename_l), length(forename_r)) >= 3"
    " and (starts_with(forename_l, forename_r) or starts_with(forename_r, forename_l))))"
)
_NEAR_EMAIL = (
    "(digits_l = digits_r and damerau_levenshtein(email_l, email_r) <= 2 and length(local_l) >= 4"
    " and not mailbox_l and not mailbox_r and (split_part(email_l, '@', 2) = split_part(email_r, '@', 2)"
    " or domain_l is null or domain_r is null or company_l = company_r))"
)
"""A slip of the keyboard; the like domains of two companies are none."""


class LinkageMissingError(RuntimeError):
    """The linkage is switched on, but what it needs is not installed."""


def score(persons: pd.DataFrame, least: float) -> pd.DataFrame:
    """Pairs of people who may be one.

    Args:
        persons: as `linkage_features.features` gives them.
        least: confidence from which pairs are wanted.

    Returns:
        person_id, other_person_id (the greater one) and confidence (rounded to 4 digits), sorted by the two.

    Raises:
        LinkageMissingError: Splink or DuckDB is not installed.
    """
    try:
        import duckdb
        from splink import DuckDBAPI, Linker
    except ImportError as error:
        raise LinkageMissingError(
            "people.linkage.enabled is true, but the linkage is not installed. "
            "Install it (pip install 'pa_assets[linkage]'), or set people.linkage.enabled to false."
        ) from error
    if len(persons) < 2:
        return pd.DataFrame({"person_id": [], "other_person_id": [], "confidence": []})
    # Nothing is fetched at run time: the functions used are built in.
    config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("SET enable_progress_bar = false")
        database = DuckDBAPI(connection)
        linker = Linker(database.register(persons), _settings(len(persons)), log_level=None)
        for column in ("forename", "surname", "domain", "company"):
            linker.table_management.register_term_frequency_lookup(database.register(_shares(persons[column])), column)
        found = linker.inference.predict(threshold_match_probability=least * 0.99, warning_mode="never")
        pairs: pd.DataFrame = found.as_pandas_dataframe()
    return _tidy(pairs, least)


def _shares(values: pd.Series[Any]) -> pd.DataFrame:
    """Share of people with each value: Splink's table of term frequencies of a column."""
    name = str(values.name)
    counts = values.value_counts(sort=False)
    weight, share = _NAMES_BEFORE.get(name, (max(_FEWEST - len(values), 0), 0.0))
    shares = (counts.to_numpy() + weight * share) / (len(values) + weight)
    return pd.DataFrame({name: counts.index.astype(object), f"tf_{name}": shares})


def _tidy(pairs: pd.DataFrame, least: float) -> pd.DataFrame:
    found = pairs.rename(columns={"person_id_l": "person_id", "person_id_r": "other_person_id"})
    found["confidence"] = found["match_probability"].round(4)
    found = found.loc[found["confidence"] >= least, ["person_id", "other_person_id", "confidence"]]
    return found.sort_values(["person_id", "other_person_id"], ignore_index=True)


def _settings(people: int) -> Any:
    from splink import SettingsCreator, block_on

    count = max(people, _FEWEST)
    blocks = ("email", "name", "initial", "forename_company", "forename_domain", "surname_company", "surname_domain")
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="person_id",
        probability_two_random_records_match=_OTHER_SELVES / count,
        comparisons=[_forename(), _surname(), _address(count), _mobile(count), _country(), _job_title()],
        blocking_rules_to_generate_predictions=[
            *(block_on(f"block_{name}") for name in blocks),
            block_on("mobiles", arrays_to_explode=["mobiles"]),
        ],
        retain_matching_columns=False,
    )


def _forename() -> dict[str, Any]:
    return _comparison(
        "forename",
        ("forename",),
        _level("forename_l = forename_r", 0.85, 0.006, share_of="forename"),
        _level("root_l = root_r", 0.06, 0.003),
        _level("initial_l = initial_r and least(length(forename_l), length(forename_r)) = 1", 0.03, 0.002),
        _level(_ALIKE, 0.055, 0.006),
        _level("ELSE", 0.005, 0.983),
    )


def _surname() -> dict[str, Any]:
    """A name that is another altogether is common: by marriage."""
    shares_a_part = "(contains(surname_parts_l, surname_parts_r) or contains(surname_parts_r, surname_parts_l))"
    return _comparison(
        "surname",
        ("surname",),
        _level("surname_l = surname_r", 0.8, 0.001, share_of="surname"),
        _level(
            "jaro_winkler_similarity(surname_l, surname_r) >= 0.93 or "
            "(damerau_levenshtein(surname_l, surname_r) = 1 and least(length(surname_l), length(surname_r)) >= 4) or "
            + shares_a_part,
            0.1,
            0.003,
        ),
        _level("ELSE", 0.1, 0.996),
    )


def _address(count: int) -> dict[str, Any]:
    """E-mail, domain, company and landline as one: each of them follows from the one before.

    An address stands for a person only where the forenames are alike and it is no mailbox of a house. What is
    before the @ says nothing where it is the person's name, which has been compared already.
    """
    own_local = (
        "local_l = local_r and not mailbox_l and not mailbox_r and length(digits_l) >= 2 and domain_l is null "
        "and domain_r is null"
    )
    levels = [
        _level(f"email_l = email_r and not mailbox_l and {_ALIKE}", 0.28, 0.01 / count),
        _level(f"email_l = email_r and {_ALIKE}", 0.05, 0.05 / count),
        _level("email_l = email_r", 0.002, 1 / count),
        _level(f"{_NEAR_EMAIL} and {_ALIKE}", 0.12, 0.1 / count),
        _level(own_local, 0.02, 0.05 / count),
        _level("domain_l = domain_r", 0.15, 4 / count, share_of="domain"),
        _level("company_l = company_r", 0.08, 4 / count, share_of="company"),
        _level("list_has_any(landlines_l, landlines_r)", 0.02, 3 / count),
    ]
    return _comparison("address", ("email",), *levels, _rest(levels))


def _mobile(count: int) -> dict[str, Any]:
    levels = [
        _level(f"list_has_any(mobiles_l, mobiles_r) and {_ALIKE}", 0.75, 0.01 / count),
        _level("list_has_any(mobiles_l, mobiles_r)", 0.01, 0.2 / count),
    ]
    return _comparison("mobile", ("mobiles",), *levels, _rest(levels))


def _country() -> dict[str, Any]:
    return _comparison("country", ("country",), _level("country_l = country_r", 0.97, 0.7), _level("ELSE", 0.03, 0.3))


def _job_title() -> dict[str, Any]:
    """Weak: titles change, and colleagues have the same."""
    return _comparison(
        "job_title", ("job_title",), _level("job_title_l = job_title_r", 0.6, 0.2), _level("ELSE", 0.4, 0.8)
    )


def _comparison(name: str, needed: tuple[str, ...], *levels: dict[str, Any]) -> dict[str, Any]:
    """A comparison that says nothing where one of the columns `needed` is empty on either side."""
    nulls = [
        {
            "sql_condition": f"{column}_l is null or {column}_r is null",
            "is_null_level": True,
            "label_for_charts": "none",
        }
        for column in needed
    ]
    return {"output_column_name": name, "comparison_levels": [*nulls, *levels]}


def _level(condition: str, m: float, u: float, *, share_of: str = "") -> dict[str, Any]:
    """A level; with `share_of`, the share of the very value counts instead of `u`."""
    level = {"sql_condition": condition, "m_probability": m, "u_probability": u, "label_for_charts": condition}
    if share_of:
        level |= {
            "tf_adjustment_column": share_of,
            "tf_adjustment_weight": 1.0,
            "disable_tf_exact_match_detection": True,
        }
    return level


def _rest(levels: list[dict[str, Any]]) -> dict[str, Any]:
    """The level of all other pairs."""
    m, u = (1 - sum(level[name] for level in levels) for name in ("m_probability", "u_probability"))
    return _level("ELSE", m, u)
