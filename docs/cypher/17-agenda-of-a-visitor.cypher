// Question: What does the agenda of one visitor hold, in the order of the day, and why?
// $show = "lva": tag of the show, `event.show` of its YAML
// $badge_id = "": badge; empty: the first by identifier who has an agenda
// Columns: badge_id, date, start_time, theatre, session_id, title, rank, score, strategy, reasons, attended
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(:Sessions_this_year)
WHERE ($badge_id = '' OR visitor.BadgeId = $badge_id) AND NOT coalesce(recommended.load_id, '') IN unfinished
WITH DISTINCT unfinished, visitor
ORDER BY visitor.BadgeId
LIMIT 1
MATCH (visitor)-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
OPTIONAL MATCH (visitor)-[attended:assisted_session_this_year]->(session)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
RETURN visitor.BadgeId AS badge_id, session.date AS date, session.start_time AS start_time,
  session.theatre__name AS theatre, session.session_id AS session_id, session.title AS title,
  recommended.rank AS rank, recommended.similarity_score AS score, recommended.strategy AS strategy,
  recommended.reasons AS reasons, attended IS NOT NULL AS attended
ORDER BY date, start_time, rank
