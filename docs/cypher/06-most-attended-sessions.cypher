// Question: Which sessions drew most visitors, and in how many agendas did they stand?
// $show = "lva": tag of the show, `event.show` of its YAML
// $limit = 20: rows at the most
// Columns: session_id, title, date, start_time, theatre, attended, recommended
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(session:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH unfinished, session, count(attended) AS attended
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH session, attended, count(recommended) AS recommended
RETURN session.session_id AS session_id, session.title AS title, session.date AS date,
  session.start_time AS start_time, session.theatre__name AS theatre, attended, recommended
ORDER BY attended DESC, session_id
LIMIT $limit
