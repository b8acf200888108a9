// Question: How many visitors have an agenda and attended nothing, attended without an agenda, or neither?
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: has_agenda, attended_sessions, visitors, percent
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})
WHERE NOT coalesce(visitor.load_id, '') IN unfinished
OPTIONAL MATCH (visitor)-[recommended:IS_RECOMMENDED]->(:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, visitor, count(recommended) > 0 AS has_agenda
OPTIONAL MATCH (visitor)-[attended:assisted_session_this_year]->(:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH visitor, has_agenda, count(attended) > 0 AS attended_sessions
WITH has_agenda, attended_sessions, count(visitor) AS visitors
WITH collect({has_agenda: has_agenda, attended_sessions: attended_sessions, visitors: visitors}) AS groups,
  sum(visitors) AS total
UNWIND groups AS found
RETURN found.has_agenda AS has_agenda, found.attended_sessions AS attended_sessions, found.visitors AS visitors,
  round(100.0 * found.visitors / total, 1) AS percent
ORDER BY has_agenda DESC, attended_sessions DESC
