// Question: Which streams do the agendas of each job role hold? One row per pair; pivot it for a matrix.
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: job_role, stream, visitors, recommendations, attendances
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
MATCH (session)-[topic:HAS_STREAM]->(stream:Stream)
WHERE NOT coalesce(topic.load_id, '') IN unfinished
OPTIONAL MATCH (visitor)-[attended:assisted_session_this_year]->(session)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
RETURN coalesce(visitor.job_role, '') AS job_role, stream.stream AS stream, count(DISTINCT visitor) AS visitors,
  count(recommended) AS recommendations, count(attended) AS attendances
ORDER BY job_role, recommendations DESC, stream
