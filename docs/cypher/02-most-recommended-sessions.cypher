// Question: Which sessions stand in most agendas, and did they fill? A high share means concentration.
// Conversion is attendances per 100 recommendations, of anybody: 05 counts those who came as recommended.
// $show = "lva": tag of the show, `event.show` of its YAML
// $limit = 20: rows at the most
// Columns: session_id, title, date, start_time, theatre, recommended, percent_of_agendas, attended, conversion_percent
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, count(DISTINCT visitor) AS agendas
MATCH (:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, agendas, session, count(recommended) AS recommended
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(session)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH agendas, session, recommended, count(attended) AS attended
RETURN session.session_id AS session_id, session.title AS title, session.date AS date,
  session.start_time AS start_time, session.theatre__name AS theatre, recommended,
  round(100.0 * recommended / agendas, 1) AS percent_of_agendas, attended,
  round(100.0 * attended / recommended, 1) AS conversion_percent
ORDER BY recommended DESC, session_id
LIMIT $limit
