"""Configurations of the real shows that the importers make: FOSDEM and the Meetup groups of Montana.

They are examples beside the shipped events: `import_show` writes them to `config/` when it imports.
"""

from __future__ import annotations

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR
from pa_assets.agendas.demo import meetup, real_programme
from pa_assets.agendas.demo.meetup import BADGE_TYPE, TIME_ZONE, TOPIC_QUESTION

_LANDING = """
landing:
  registrations: ["registrations_*.json"]
  demographics: ["demographics_*.json"]
  scans:
    this_year: ["seminar_scans_this_year*.csv"]
    last_year_main: ["seminar_scans_last_year_main*.csv"]
  scan_reference:
    this_year: ["seminar_reference_this_year*.csv"]
    last_year_main: ["seminar_reference_last_year_main*.csv"]
  entry_scans: ["entry_scans*.csv"]
  mappings: {job_to_stream: [], specialization_to_stream: [], practices: []}
  capacity: ["teatres.csv"]

session_files:
  session_this: ["sessions_this_year*.csv"]
  session_past_bva: ["sessions_last_year_main*.csv"]
"""

_FOSDEM = """\
# FOSDEM: a real programme (tracks are streams, rooms are theatres) with synthetic visitors.

event:
  title: FOSDEM 2025
  show: fosdem
  main_event_name: fosdem
  secondary_event_name: none
  time_zone: Europe/Brussels
  event_date_this_year: 2025-02-01
  event_date_last_year: 2024-02-03
  shows_this_year: [{this_year}]
  shows_last_year_main: [{last_year}]
{landing}
people:
  valid_badge_types: [Visitor, Speaker]
  questions_to_keep:
    current: [{topics}, {role}, {work}]
    past: [{topics}, {role}, {work}]
  job_role_question: {role}

sessions:
  titles_to_remove: ["cancelled:*", "[cancelled]*", "canceled:*", "[canceled]*"]
  sponsor_names: {{No Data: Not Sponsored}}
  overnight: true                # some hacking sessions end after midnight

stream_processing:
  create_missing_streams: true

graph:
  job_stream_mapping: {{enabled: false}}
  specialization_stream_mapping: {{enabled: false}}

recommendations:
  max_recommendations: 10
  travel_minutes: 5              # buildings are a walk apart
  theatre_capacity_limits: {{enabled: true}}
  similarity_attributes:
    {topics}: 1.0
    {role}: 0.6
    {work}: 0.2

exports:
  additional_visitor_fields: [{topics}, {role}]
"""

_MEETUP = """\
# Meetup groups of Montana: groups are streams, meetings are sessions, yes-RSVPs are scans. The "show" lasts months.

event:
  title: Meetup Montana
  show: montana
  main_event_name: montana
  secondary_event_name: none
  time_zone: {time_zone}
  event_date_this_year: 2015-08-20
  event_date_last_year: 2008-12-10
  shows_this_year: [{this_year}]
  shows_last_year_main: [{last_year}]
{landing}
people:
  valid_badge_types: [{badge_type}]
  questions_to_keep:
    current: [{topics}]
    past: [{topics}]

sessions:
  sponsor_names: {{No Data: Not Sponsored}}
  overnight: true                # meetings are taken to last two hours

graph:
  job_stream_mapping: {{enabled: false}}
  specialization_stream_mapping: {{enabled: false}}

recommendations:
  max_recommendations: 10
  min_similarity_score: 0.0      # members are few, and every choice is wanted for comparison
  similarity_attributes:
    {topics}: 1.0
  control_group: {{enabled: false}}

exports:
  additional_visitor_fields: [{topics}]
"""


def _asked(question: str) -> str:
    """A question as the configuration knows it: without its question mark."""
    return question.rstrip("?")


def fosdem_config() -> str:
    """YAML text of `config/<event>.yaml` for `visitors_on_programme` on FOSDEM."""
    return _FOSDEM.format(
        this_year=real_programme.CODES[THIS_YEAR][0],
        last_year=real_programme.CODES[LAST_YEAR_MAIN][0],
        landing=_LANDING,
        topics=_asked(real_programme.TOPIC_QUESTION),
        role=_asked(real_programme.ROLE_QUESTION),
        work=_asked(real_programme.WORK_QUESTION),
    )


def meetup_config() -> str:
    """YAML text of `config/<event>.yaml` for `import_meetup` on Meetup Montana."""
    return _MEETUP.format(
        this_year=meetup.CODES[THIS_YEAR][0],
        last_year=meetup.CODES[LAST_YEAR_MAIN][0],
        landing=_LANDING,
        topics=_asked(TOPIC_QUESTION),
        badge_type=BADGE_TYPE,
        time_zone=TIME_ZONE,
    )
