// Question: After the show: of what visitors with an agenda attended, how much had been recommended to them?
// Over visitors who have an agenda and attended a session. 40 % and more is excellent, below 10 % poor.
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: visitors, attended, recommended, hits, hit_percent, visitors_with_a_hit
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, visitor, collect(session.session_id) AS agenda
MATCH (visitor)-[attended:assisted_session_this_year]->(session:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH visitor, agenda, count(session) AS attended,
  sum(CASE WHEN session.session_id IN agenda THEN 1 ELSE 0 END) AS hits
WITH count(visitor) AS visitors, sum(attended) AS attended, sum(size(agenda)) AS recommended, sum(hits) AS hits,
  sum(CASE WHEN hits > 0 THEN 1 ELSE 0 END) AS visitors_with_a_hit
RETURN visitors, attended, recommended, hits,
  CASE WHEN attended = 0 THEN null ELSE round(100.0 * hits / attended, 1) END AS hit_percent, visitors_with_a_hit
