"""Where an event's files are found, and under which names its sessions are written. Models only; see `config`."""

from typing import Literal

from pydantic import Field

from pa_assets.agendas.config_base import Patterns, Section, Text

ProgrammeColumn = Literal[
    "session_id", "date", "start_time", "end_time", "theatre__name", "stream", "synopsis_stripped"
]


class CohortPatterns(Section):
    """File patterns of the scans or references of each cohort."""

    this_year: Patterns = Field(default=[], description="This year's files, delivered after the show")
    last_year_main: Patterns = Field(default=[], description="Last year's main show")
    last_year_secondary: Patterns = Field(default=[], description="Last year's paired show")


class MappingFiles(Section):
    """File patterns of the mapping tables."""

    job_to_stream: Patterns = Field(default=["job_to_stream.csv"], description="Job roles x streams, YES or NO")
    specialization_to_stream: Patterns = Field(
        default=["spezialization_to_stream.csv", "specialization_to_stream.csv"],
        description="Specialisations x streams, YES or NO",
    )
    practices: Patterns = Field(default=["practices*.csv"], description="Companies and their type of practice")
    identity_decisions: Patterns = Field(
        default=["identity_decisions*.csv"],
        description="Pairs of badges as in identity_review.csv, with a person's yes or no",
    )


class Landing(Section):
    """Where each role is found: file patterns below data/<event>/landing."""

    registrations: Patterns = Field(
        min_length=1,
        description="Registrations, JSON or CSV, several years and shows in one or many files",
        examples=[["registrations_*"]],
    )
    demographics: Patterns = Field(
        default=[],
        description="Survey answers, JSON or CSV",
        examples=[["demographics_*"]],
    )
    scans: CohortPatterns = Field(
        default=CohortPatterns(),
        description="Badge scans at sessions, CSV",
        examples=[
            {
                "this_year": ["seminar_scans_this_year*.csv"],
                "last_year_main": ["seminar_scans_last_year_main*.csv"],
                "last_year_secondary": ["seminar_scans_last_year_secondary*.csv"],
            }
        ],
    )
    scan_reference: CohortPatterns = Field(
        default=CohortPatterns(),
        description="Short name -> seminar name, CSV",
        examples=[
            {
                "this_year": ["seminar_reference_this_year*.csv"],
                "last_year_main": ["seminar_reference_last_year_main*.csv"],
                "last_year_secondary": ["seminar_reference_last_year_secondary*.csv"],
            }
        ],
    )
    entry_scans: Patterns = Field(
        default=[],
        description="Badge scans at the entrance, CSV, delivered after the show",
        examples=[["entry_scans*.csv"]],
    )
    mappings: MappingFiles = Field(default=MappingFiles(), description="Mapping tables, CSV")
    capacity: Patterns = Field(
        default=["teatres.csv", "theatres.csv", "capacity*.csv"], description="Seats per theatre, CSV"
    )
    bookings: Patterns = Field(
        default=["bookings*.csv"],
        description="What visitors booked already, CSV: badge with session, or with date, start and end",
    )


class SessionFiles(Section):
    """File patterns of the programme, CSV or JSON, below data/<event>/landing."""

    session_this: Patterns = Field(
        min_length=1,
        description="This year's programme",
        examples=[["sessions_this_year*"]],
    )
    session_past_bva: Patterns = Field(
        default=[],
        description="Programme of last year's main show",
        examples=[["sessions_last_year_main*"]],
    )
    session_past_lva: Patterns = Field(
        default=[],
        description="Programme of last year's paired show",
        examples=[["sessions_last_year_secondary*"]],
    )
    absent_columns: list[ProgrammeColumn] = Field(
        default=[], description="Columns that the programmes of this show never have; ids are then made of the content"
    )


class ProcessedSessions(Section):
    """Names of the cleaned session files."""

    this_year: Text = Field(default="session_this_filtered_valid_cols.csv", description="This year's programme")
    last_year_main: Text = Field(
        default="session_last_filtered_valid_cols_bva.csv", description="Programme of last year's main show"
    )
    last_year_secondary: Text = Field(
        default="session_last_filtered_valid_cols_lva.csv", description="Programme of last year's paired show"
    )


class SessionOutputFiles(Section):
    """Names of the session outputs in data/<event>/output."""

    processed_sessions: ProcessedSessions = Field(default=ProcessedSessions(), description="Cleaned session files")
    streams_catalog: Text = Field(default="streams.json", description="Catalogue of streams with descriptions")
