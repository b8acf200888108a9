// Question: How full is each theatre in each slot, by agendas and by scans?
// $show = "lva": tag of the show, `event.show` of its YAML
// $seats = {}: seats by theatre, such as {"Main": 300}, for the share of seats
// Columns: theatre, date, start_time, sessions, recommended, attended, seats, recommended_percent, attended_percent
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (session:Sessions_this_year {show: $show})
WHERE NOT coalesce(session.load_id, '') IN unfinished
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, session, count(recommended) AS recommended
OPTIONAL MATCH (:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(session)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH session, recommended, count(attended) AS attended
WITH coalesce(session.theatre__name, '') AS theatre, session.date AS date, session.start_time AS start_time,
  count(session) AS sessions, sum(recommended) AS recommended, sum(attended) AS attended
WITH theatre, date, start_time, sessions, recommended, attended, $seats[theatre] AS seats
RETURN theatre, date, start_time, sessions, recommended, attended, seats,
  round(100.0 * recommended / seats, 1) AS recommended_percent, round(100.0 * attended / seats, 1) AS attended_percent
ORDER BY theatre, date, start_time
