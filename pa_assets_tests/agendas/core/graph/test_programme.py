"""Sessions, streams and mappings as parts."""

from collections.abc import Mapping

import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.graph.parts import Part
from pa_assets.agendas.core.graph.programme import (
    NO_MAPPING,
    NO_STREAM,
    job_stream_parts,
    session_parts,
    specialisation_parts,
)
from pa_assets_tests.agendas.core.graph.graph_tables import QUESTION, STREAMS, Tables, make_tables
from pa_assets_tests.agendas.core.graph.made import SCHEMA, by_name

SETTINGS = config.StreamMapping()
CATALOGUE = ["Feline", "Surgery", "Equine"]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """The tables of a small show."""
    return make_tables()


def mapping(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["key", "stream", "weight"])


def jobs(
    tables: Tables,
    roles: Mapping[str, str],
    rows: pd.DataFrame,
    settings: config.StreamMapping = SETTINGS,
    synonyms: Mapping[str, str] | None = None,
) -> Part:
    """The part of job streams where badges of this year have some roles, and all others none."""
    given = tables.visitors["badge_id"].map(roles).fillna("").astype(object)
    visitors = tables.visitors.assign(job_role=given)
    (part,) = job_stream_parts(SCHEMA, visitors, CATALOGUE, rows, settings, synonyms or {})
    return part


def edges(part: Part) -> list[tuple[str, str, float]]:
    return list(part.frame[["start_BadgeId", "end_stream", "weight"]].itertuples(index=False, name=None))


def refused(part: Part) -> list[tuple[str, str, int]]:
    return list(part.refused.itertuples(index=False, name=None))


def test_streams_of_one_name_are_one_node_in_the_spelling_of_the_catalogue(tables: Tables) -> None:
    parts = by_name(session_parts(SCHEMA, tables.sessions, tables.descriptions))
    streams = parts["stream"].frame
    assert streams["stream"].tolist() == sorted([*STREAMS, "New one"])
    assert streams.set_index("stream")["description"].to_dict() == {**tables.descriptions, "New one": ""}
    ends = parts["session_this_year.stream.stream"].frame
    assert set(ends["end_stream"]) <= set(streams["stream"])
    assert "Stream 1" in set(ends["end_stream"])


def test_sessions_of_two_past_shows_with_one_id_stay_two(tables: Tables) -> None:
    parts = by_name(session_parts(SCHEMA, tables.sessions, tables.descriptions))
    assert len(parts["session_past_year"].frame) == 2 * len(parts["session_this_year"].frame)
    assert {"start_cohort", "start_session_id"} <= set(parts["session_past_year.stream.stream"].frame.columns)


def test_answers_meet_streams_whatever_their_case_and_the_greatest_weight_counts(tables: Tables) -> None:
    rows = mapping(("VET  nurse", "feline", 0.5), ("Vet Nurse", "FELINE", 2.0), ("Vet Nurse", "Surgery", 1.0))
    part = jobs(tables, {"year-1": "vet nurse"}, rows)
    assert edges(part) == [("year-1", "Feline", 2.0), ("year-1", "Surgery", 1.0)]
    assert part.frame["weight"].dtype == float
    assert part.refused.empty


def test_two_answers_of_one_visitor_to_one_stream_are_one_edge_with_the_greatest_weight(tables: Tables) -> None:
    answers = [["Cats", "Lions ", "cats"] if badge == "year-2" else [] for badge in tables.visitors["badge_id"]]
    visitors = tables.visitors.assign(**{QUESTION: answers})
    rows = mapping(("Cats", "Feline", 1.0), ("Lions", "Feline", 3.0))
    parts = specialisation_parts(SCHEMA, visitors, CATALOGUE, rows, SETTINGS, QUESTION, {})
    assert [edges(part) for part in parts] == [[("year-2", "Feline", 3.0)], [], []]


def test_what_cannot_be_placed_is_counted_by_answer_and_stream_and_names_nobody(tables: Tables) -> None:
    roles = {"year-1": "Vet", "year-2": "vet ", "year-3": "Poet", "year-4": "POET", "year-5": "Cook"}
    rows = mapping(("Vet", "Feline", 1.0), ("Vet", "Canine", 1.0), ("Vet", "CANINE", 1.0))
    part = jobs(tables, roles, rows)
    assert edges(part) == [("year-1", "Feline", 1.0), ("year-2", "Feline", 1.0)]
    assert refused(part) == [(NO_MAPPING, "POET", 2), (NO_MAPPING, "Cook", 1), (NO_STREAM, "CANINE", 2)]


@pytest.mark.parametrize("typed", ["ask anne@quillfeather.example", "call 07700 900 123"])
def test_what_somebody_typed_of_themselves_is_not_shown(tables: Tables, typed: str) -> None:
    part = jobs(tables, {"year-1": typed}, mapping(("Vet", "Feline", 1.0)))
    assert refused(part) == [(NO_MAPPING, "(not shown)", 1)]


def test_synonyms_lead_to_streams_of_the_catalogue_only(tables: Tables) -> None:
    rows = mapping(("Vet", "Cats", 1.0), ("Vet", "Horses", 1.0), ("Vet", "Surgery", 1.0))
    part = jobs(tables, {"year-1": "Vet"}, rows, synonyms={"cats": "FELINE", "Horses": "Horse", "surgery": "Feline"})
    assert edges(part) == [("year-1", "Feline", 1.0), ("year-1", "Surgery", 1.0)]
    assert refused(part) == [(NO_STREAM, "Horses", 1)]


def test_the_renames_of_a_cohort_go_before_those_of_all(tables: Tables) -> None:
    answers = [["Kitties"] if badge.endswith("-4") else [] for badge in tables.visitors["badge_id"]]
    visitors = tables.visitors.assign(**{QUESTION: answers})
    settings = config.StreamMapping(
        rename={"kitties": "Cats"},
        rename_by_cohort=config.StreamMapping().rename_by_cohort.model_copy(
            update={"last_year_main": {"KITTIES": "Horses"}}
        ),
    )
    rows = mapping(("Cats", "Feline", 1.0), ("Horses", "Equine", 1.0))
    parts = by_name(specialisation_parts(SCHEMA, visitors, CATALOGUE, rows, settings, QUESTION, {}))
    assert {name.partition(".")[0]: edges(part)[0][1] for name, part in parts.items()} == {
        "visitor_this_year": "Feline",
        "visitor_last_year_main": "Equine",
        "visitor_last_year_secondary": "Feline",
    }


def test_disabled_or_without_a_mapping_there_is_nothing_to_refuse(tables: Tables) -> None:
    off = config.StreamMapping(enabled=False)
    for part in (
        jobs(tables, {"year-1": "Vet"}, mapping(("Vet", "Feline", 1.0)), off),
        jobs(tables, {"year-1": "Vet"}, mapping().astype({"weight": float})),
    ):
        assert part.frame.empty
        assert part.refused.empty


def test_a_question_that_visitors_lack_is_told(tables: Tables) -> None:
    with pytest.raises(ValueError, match="no column 'nothing'"):
        specialisation_parts(SCHEMA, tables.visitors, CATALOGUE, mapping(), SETTINGS, "nothing", {})


def test_rows_given_are_rows_kept_and_refused(tables: Tables) -> None:
    (part,) = job_stream_parts(SCHEMA, tables.visitors, STREAMS, tables.mapping, SETTINGS, {})
    now = tables.visitors[tables.visitors["cohort"].eq("this_year")]
    mapped = now["job_role"].isin(["Vet Nurse", "Student", "Practice Manager"]).sum()
    streams = tables.mapping["stream"].nunique()
    assert len(part.frame) == mapped * (streams - 1)
    assert part.refused["rows"].sum() == now["job_role"].eq("Astronaut").sum() + mapped
