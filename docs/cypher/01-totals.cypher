// Question: How large is the show, and how much of it do agendas and scans reach?
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: visitors, with_agenda, control, sessions, recommendations, recommended_sessions, attendances, attending
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
OPTIONAL MATCH (visitor:Visitor_this_year {show: $show})
WHERE NOT coalesce(visitor.load_id, '') IN unfinished
WITH unfinished, count(visitor) AS visitors,
  sum(CASE WHEN visitor.has_recommendation = '1' THEN 1 ELSE 0 END) AS with_agenda,
  sum(CASE WHEN visitor.control_group = 1 THEN 1 ELSE 0 END) AS control
OPTIONAL MATCH (session:Sessions_this_year {show: $show})
WHERE NOT coalesce(session.load_id, '') IN unfinished
WITH unfinished, visitors, with_agenda, control, count(session) AS sessions
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, visitors, with_agenda, control, sessions,
  count(recommended) AS recommendations, count(DISTINCT session) AS recommended_sessions
OPTIONAL MATCH (visitor:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
RETURN visitors, with_agenda, control, sessions, recommendations, recommended_sessions,
  count(attended) AS attendances, count(DISTINCT visitor) AS attending
