// Question: Which streams do more visitors care for, by job role or specialisation, than the programme serves?
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: stream, interested, sessions, interested_per_session, recommendations, attendances
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (stream:Stream {show: $show})
WHERE NOT coalesce(stream.load_id, '') IN unfinished
OPTIONAL MATCH (stream)<-[interest:job_to_stream|specialization_to_stream]-(visitor:Visitor_this_year)
WHERE NOT coalesce(interest.load_id, '') IN unfinished
WITH unfinished, stream, count(DISTINCT visitor) AS interested
OPTIONAL MATCH (stream)<-[topic:HAS_STREAM]-(session:Sessions_this_year)
WHERE NOT coalesce(topic.load_id, '') IN unfinished
WITH unfinished, stream, interested, count(DISTINCT session) AS sessions
OPTIONAL MATCH (stream)<-[:HAS_STREAM]-(:Sessions_this_year)<-[recommended:IS_RECOMMENDED]-(:Visitor_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, stream, interested, sessions, count(recommended) AS recommendations
OPTIONAL MATCH (stream)<-[:HAS_STREAM]-(:Sessions_this_year)<-[attended:assisted_session_this_year]-(:Visitor_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH stream, interested, sessions, recommendations, count(attended) AS attendances
RETURN stream.stream AS stream, interested, sessions,
  CASE WHEN sessions = 0 THEN null ELSE round(1.0 * interested / sessions, 1) END AS interested_per_session,
  recommendations, attendances
ORDER BY interested DESC, sessions, stream
