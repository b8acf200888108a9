// Question: Do visitors who were there last year come to more sessions, and follow their agendas more?
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: returning, visitors, with_agenda, attending, attendances, hits, hit_percent
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})
WHERE NOT coalesce(visitor.load_id, '') IN unfinished
OPTIONAL MATCH (visitor)-[recommended:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(recommended.load_id, '') IN unfinished
WITH unfinished, visitor, collect(session.session_id) AS agenda
OPTIONAL MATCH (visitor)-[attended:assisted_session_this_year]->(session:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH visitor, agenda, count(session) AS attended,
  sum(CASE WHEN session.session_id IN agenda THEN 1 ELSE 0 END) AS hits
WITH coalesce(visitor.assist_year_before, 0) = 1 AS returning, count(visitor) AS visitors,
  sum(CASE WHEN size(agenda) > 0 THEN 1 ELSE 0 END) AS with_agenda,
  sum(CASE WHEN attended > 0 THEN 1 ELSE 0 END) AS attending,
  sum(attended) AS attendances,
  sum(CASE WHEN size(agenda) > 0 THEN attended ELSE 0 END) AS attended_with_agenda,
  sum(hits) AS hits
RETURN returning, visitors, with_agenda, attending, attendances, hits,
  CASE WHEN attended_with_agenda = 0 THEN null
    ELSE round(100.0 * hits / attended_with_agenda, 1) END AS hit_percent
ORDER BY returning DESC
