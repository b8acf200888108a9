"""The tables of the domain: every column that passes between assets is declared here, once."""

from __future__ import annotations

from pa_assets.kit.tables import Column, Reference, Table

THIS_YEAR = "this_year"
LAST_YEAR_MAIN = "last_year_main"
LAST_YEAR_SECONDARY = "last_year_secondary"
COHORTS = (THIS_YEAR, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY)
PAST_COHORTS = (LAST_YEAR_MAIN, LAST_YEAR_SECONDARY)

_COHORT = Column("cohort", "text", "this_year, last_year_main or last_year_secondary", filled=True, allowed=COHORTS)
_BADGE = Column("badge_id", "text", "badge of the visitor", filled=True, personal=True)
_PERSON = Column(
    "person_id", "text", "pseudonym of name and e-mail; equal for one person in every year", filled=True, personal=True
)

_REGISTRATION_COLUMNS = (
    _BADGE,
    _COHORT,
    Column("show_ref", "text", "code of the show in the registration system, such as LVS25", filled=True),
    _PERSON,
    Column("title", "text", "form of address", personal=True),
    Column("forename", "text", "first name", filled=True, personal=True),
    Column("surname", "text", "family name", filled=True, personal=True),
    Column("email", "text", "e-mail address, lower case", filled=True, personal=True),
    Column("email_domain", "text", "part of the e-mail address after the @", personal=True),
    Column("tel", "text", "telephone", personal=True),
    Column("mobile", "text", "mobile telephone", personal=True),
    Column("company", "text", "company or practice", personal=True),
    Column("job_title", "text", "job title as typed, lower case", personal=True),
    Column("country", "text", "country"),
    Column("badge_type", "text", "type of badge"),
    Column("source", "text", "campaign or form that the registration came from"),
    Column("registration_date", "time", "when the person registered"),
    Column("days_since_registration", "integer", "days from registration to the show; -1 if unknown", least=-1),
)

REGISTRATIONS = Table(
    "registrations_processed",
    "One row per badge and cohort: cleaned registrations of this and the last shows.",
    _REGISTRATION_COLUMNS,
    key=("cohort", "badge_id"),
)

SURVEY_ANSWERS = Table(
    "survey_answers",
    "One row per badge, question and answer: every answer delivered, each choice a row of its own.",
    (
        _COHORT,
        _BADGE,
        Column("question", "text", "question as asked, without punctuation, corrections done", filled=True),
        Column("column", "text", "column of visitors that holds the answer; empty where the question is not kept"),
        Column("asks_job_role", "flag", "the question asks for the job role"),
        Column("answer", "text", "one answer or one choice of several", filled=True, personal=True),
    ),
    key=("cohort", "badge_id", "question", "answer"),
    references=(Reference(("cohort", "badge_id"), "registrations_processed"),),
)

VISITORS = Table(
    "visitors",
    "One row per badge and cohort, with survey answers joined and returning people linked.",
    (
        *_REGISTRATION_COLUMNS,
        Column("assist_year_before", "integer", "1 when the person was there last year, else 0", least=0, most=1),
        Column("badges_last_year_main", "texts", "badges of the same person at last year's main show"),
        Column("badges_last_year_secondary", "texts", "badges of the same person at last year's secondary show"),
        Column("has_answers", "flag", "the visitor answered at least one survey question"),
        Column("job_role", "text", "job role: answered, else inferred from the job title by rule"),
        Column("job_role_source", "text", "answer, rule:<value> or empty"),
        Column("job_role_confidence", "number", "1 for an answer, else that of the rule, 0 for none", least=0, most=1),
        Column("practice_source", "text", "answer, company, similar company, rule:<value> or empty"),
        Column("practice_confidence", "number", "1 for an answer or an equal company, 0 for none", least=0, most=1),
        Column("identity_source", "text", "exact: by name and e-mail; probable: by likeness; decided: by a person"),
        Column("identity_confidence", "number", "how sure it is that all badges are this person's", least=0, most=1),
    ),
    key=("cohort", "badge_id"),
    open=True,
    references=(Reference(("cohort", "badge_id"), "registrations_processed", covers=True),),
)

SESSIONS = Table(
    "sessions_processed",
    "One row per session and cohort: cleaned programme slots, speakers folded, streams as delivered.",
    (
        Column("session_id", "text", "identifier in the programme", filled=True),
        _COHORT,
        Column("date", "text", "day, YYYY-MM-DD"),
        Column("start_time", "text", "start, HH:MM:SS"),
        Column("end_time", "text", "end, HH:MM:SS"),
        Column("theatre__name", "text", "room"),
        Column("title", "text", "title", filled=True),
        Column("stream", "text", "streams, joined by '; '"),
        Column("synopsis_stripped", "text", "synopsis without markup"),
        Column("sponsored_session", "text", "True or False as delivered"),
        Column("sponsored_by", "text", "sponsor, spelled out"),
        Column("key_text", "text", "title reduced to letters and digits: the join key of scans", filled=True),
        Column("speakers", "text", "speakers, joined by '; '"),
        Column("starts_at", "time", "start as local time"),
        Column("ends_at", "time", "end as local time"),
        Column(
            "content_group",
            "text",
            "key_text but for marks of repetition: one for all slots of a talk",
            filled=True,
        ),
    ),
    key=("cohort", "session_id"),
)

BACKFILLED_SESSIONS = Table(
    "sessions_backfilled",
    "The sessions with missing streams filled, and where each stream came from.",
    (
        *SESSIONS.columns,
        Column(
            "stream_source", "text", "programme, person, rule, classifier, model or empty where none could be given"
        ),
        Column("stream_confidence", "number", "how sure the filling is; 1 for the programme's own", least=0, most=1),
        Column("stream_reason", "text", "why this stream"),
    ),
    key=("cohort", "session_id"),
    references=(Reference(("cohort", "session_id"), "sessions_processed", covers=True),),
)

SCANS = Table(
    "scans_processed",
    "One row per badge scan at a session, joined to the name of the seminar.",
    (
        Column("scan_id", "text", "fingerprint of the scan's content", filled=True),
        _BADGE,
        _COHORT,
        Column("short_name", "text", "short name of the seminar as scanned"),
        Column("seminar_name", "text", "title of the seminar by the scan reference"),
        Column("key_text", "text", "seminar name reduced to letters and digits"),
        Column("scanned_at", "time", "when the badge was read"),
        Column("source_file", "text", "scanner file named in the delivery"),
        Column("landing_file", "text", "landing file that delivered the scan; of several the first by name"),
    ),
    key=("scan_id",),
)

ENTRY_SCANS = Table(
    "entry_scans",
    "One row per badge and day at the entrance of this year's show (delivered after the show).",
    (
        _BADGE,
        Column("show_ref", "text", "code of the show"),
        Column("show_name", "text", "name of the show as delivered"),
        Column(
            "day",
            "text",
            "Day 1 for the first day of the show, Day 2 for the next; days before it by date",
            filled=True,
        ),
        Column("date", "text", "that day, YYYY-MM-DD", filled=True),
        Column("entered_at", "time", "first entry on that day"),
        Column("badge_type", "text", "type of badge"),
        Column("source_file", "text", "landing file"),
    ),
    key=("badge_id", "show_ref", "day"),
    open=True,
    further=Column(
        "one per further column of the landing file", "text", "its text; none of columns that may tell who somebody is"
    ),
)

ATTENDANCE = Table(
    "attendance",
    "One row per badge and session attended: scans matched to sessions and people.",
    (
        _BADGE,
        _COHORT,
        Column("session_id", "text", "session attended, of the same cohort", filled=True),
        _PERSON,
        Column("first_scan", "time", "first scan of the badge at the session"),
        Column("last_scan", "time", "last scan of the badge at the session"),
        Column("scans", "integer", "number of scans", least=1),
        Column("show_ref", "text", "code of the show that the badge was for"),
        Column("year", "integer", "year of the show"),
        Column("seminar_name", "text", "title of the seminar by the scan reference"),
        Column("source_file", "text", "scanner file of the first scan"),
    ),
    key=("cohort", "badge_id", "session_id"),
    references=(
        Reference(("cohort", "session_id"), "sessions_processed"),
        Reference(("cohort", "badge_id"), "visitors"),
    ),
)

SCAN_DELIVERY = Table(
    "scan_delivery",
    "One row per cohort: how many badge scans were delivered, and what became of them before sessions were looked for.",
    (
        _COHORT,
        Column("delivered", "integer", "rows delivered", least=0),
        Column("duplicates", "integer", "rows that repeat a scan", least=0),
        Column("blank_badges", "integer", "rows without badge", least=0),
        Column("blank_short_names", "integer", "rows without short name", least=0),
        Column("unknown_short_names", "integer", "rows whose short name the scan reference does not hold", least=0),
        Column("ambiguous_short_names", "integer", "rows whose short name has several seminars", least=0),
        Column("scans", "integer", "scans with a seminar", least=0),
        Column("seminars", "texts", "titles in the scan reference"),
    ),
    key=("cohort",),
)

MATCH_REPORT = Table(
    "scan_match_report",
    "One row per cohort: where every delivered badge scan went. Rows delivered = duplicates + blank badges + blank, "
    "unknown and ambiguous short names + scans without session + scans without visitor + scans matched.",
    (
        *(column for column in SCAN_DELIVERY.columns if column.name not in ("scans", "seminars")),
        Column("without_session", "integer", "scans of a seminar that the programme does not have", least=0),
        Column("without_visitor", "integer", "scans at a session of a badge that is not registered", least=0),
        Column("matched", "integer", "scans of a visitor at a session", least=0),
        Column("share_matched", "number", "matched / (delivered - duplicates); empty without scans", least=0, most=1),
        Column("attendances", "integer", "rows of attendance: visitors x sessions attended", least=0),
        Column("unknown_badges", "integer", "badges scanned at a session that are not registered", least=0),
        Column("seminars_without_session", "integer", "titles in the scan reference that no session bears", least=0),
        Column("sessions_not_attended", "integer", "sessions without any attendance", least=0),
    ),
    key=("cohort",),
)

UNMATCHED_TITLES = Table(
    "scan_titles_unmatched",
    "One row per cohort and title of a seminar that was scanned but met no session.",
    (
        Column("title", "text", "title of the seminar by the scan reference", filled=True),
        _COHORT,
        Column("scans", "integer", "scans of it", least=1),
    ),
    key=("cohort", "title"),
)

SESSION_EMBEDDINGS = Table(
    "session_embeddings",
    "One vector of unit length per session and cohort.",
    (
        Column("session_id", "text", "session", filled=True),
        _COHORT,
        Column("text_hash", "text", "fingerprint of model, recipe and text", filled=True),
        Column("vector", "vector", "embedding, 32-bit floats, length 1"),
    ),
    key=("cohort", "session_id"),
    references=(Reference(("cohort", "session_id"), "sessions_backfilled", covers=True),),
)

RECOMMENDATIONS = Table(
    "recommendations",
    "One row per visitor of this year and recommended session: an agenda without clashes.",
    (
        _BADGE,
        Column("session_id", "text", "session of this year", filled=True),
        Column("rank", "integer", "1 for the visitor's best session", least=1),
        Column("score", "number", "0 to 1: how well the session fits the visitor", least=0, most=1),
        Column("strategy", "text", "own_history, similar_visitors, streams or popularity: what carried the agenda"),
        Column("reasons", "texts", "why this session, in plain words, strongest first"),
        Column("control_group", "flag", "the visitor is in the control group: agenda made, not sent"),
    ),
    key=("badge_id", "session_id"),
    references=(
        Reference(("badge_id",), "visitors", where=(("cohort", THIS_YEAR),)),
        Reference(("session_id",), "sessions_backfilled", where=(("cohort", THIS_YEAR),)),
    ),
)

QUARANTINE_COLUMNS = ("source_file", "source_row", "reason", "detail")
"""First columns of every quarantine file; the delivered values of the row follow."""

ALL_TABLES = (
    REGISTRATIONS,
    SURVEY_ANSWERS,
    VISITORS,
    SCANS,
    ENTRY_SCANS,
    SCAN_DELIVERY,
    ATTENDANCE,
    MATCH_REPORT,
    UNMATCHED_TITLES,
    SESSIONS,
    BACKFILLED_SESSIONS,
    SESSION_EMBEDDINGS,
    RECOMMENDATIONS,
)
