// Question: Did visitors who were sent their agenda attend more, and more of it, than the control group?
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: group, visitors, attending, attending_percent, attendances, sessions_per_visitor, hits, hit_percent
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, visitor, collect(session.session_id) AS agenda
OPTIONAL MATCH (visitor)-[attended:assisted_session_this_year]->(session:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH visitor, count(session) AS attended, sum(CASE WHEN session.session_id IN agenda THEN 1 ELSE 0 END) AS hits
WITH CASE WHEN visitor.control_group = 1 THEN 'control' ELSE 'treated' END AS group, count(visitor) AS visitors,
  sum(CASE WHEN attended > 0 THEN 1 ELSE 0 END) AS attending, sum(attended) AS attendances, sum(hits) AS hits
RETURN group, visitors, attending, round(100.0 * attending / visitors, 1) AS attending_percent,
  attendances, round(1.0 * attendances / visitors, 2) AS sessions_per_visitor, hits,
  CASE WHEN attendances = 0 THEN null ELSE round(100.0 * hits / attendances, 1) END AS hit_percent
ORDER BY group
