// Question: Which sessions stand in no agenda, who sponsors them, and did people come all the same?
// $show = "lva": tag of the show, `event.show` of its YAML
// $limit = 100: rows at the most
// Columns: session_id, title, date, start_time, theatre, streams, sponsored, sponsor, attended
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (session:Sessions_this_year {show: $show})
WHERE NOT coalesce(session.load_id, '') IN unfinished
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, session, count(recommended) AS recommended
WHERE recommended = 0
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(session)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH session, count(attended) AS attended
RETURN session.session_id AS session_id, session.title AS title, session.date AS date,
  session.start_time AS start_time, session.theatre__name AS theatre, session.stream AS streams,
  session.sponsored_session AS sponsored, session.sponsored_by AS sponsor, attended
ORDER BY attended DESC, session_id
LIMIT $limit
