// Question: Which sessions did those attend to whom they were recommended?
// $show = "lva": tag of the show, `event.show` of its YAML
// $least_recommendations = 50: sessions in fewer agendas are left out
// $limit = 15: rows at the most
// Columns: session_id, title, recommended, followed, conversion_percent, attended
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
OPTIONAL MATCH (visitor)-[followed:assisted_session_this_year]->(session)
WHERE NOT coalesce(followed.load_id, '') IN unfinished
WITH unfinished, session, count(DISTINCT visitor) AS recommended, count(followed) AS followed
WHERE recommended >= $least_recommendations
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(session)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH session, recommended, followed, count(attended) AS attended
RETURN session.session_id AS session_id, session.title AS title, recommended, followed,
  round(100.0 * followed / recommended, 1) AS conversion_percent, attended
ORDER BY conversion_percent DESC, recommended DESC, session_id
LIMIT $limit
