// Question: Which visitors have no agenda, and is anything known that one could be made of?
// $show = "lva": tag of the show, `event.show` of its YAML
// $limit = 100: rows at the most
// Columns: badge_id, job_role, returning, streams_of_interest, sessions_last_year, registration_date
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})
WHERE NOT coalesce(visitor.load_id, '') IN unfinished
OPTIONAL MATCH (visitor)-[recommended:IS_RECOMMENDED]->(:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, visitor, count(recommended) AS recommended
WHERE recommended = 0
OPTIONAL MATCH (visitor)-[:job_to_stream|specialization_to_stream]->(stream:Stream)
WITH unfinished, visitor, count(DISTINCT stream) AS streams_of_interest
OPTIONAL MATCH (visitor)-[:Same_Visitor]->(before)-[attended:attended_session]->(:Sessions_past_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH visitor, streams_of_interest, count(attended) AS sessions_last_year
RETURN visitor.BadgeId AS badge_id, visitor.job_role AS job_role,
  coalesce(visitor.assist_year_before, 0) = 1 AS returning, streams_of_interest, sessions_last_year,
  toString(visitor.registration_date) AS registration_date
ORDER BY badge_id
LIMIT $limit
