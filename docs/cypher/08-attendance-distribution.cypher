// Question: How many sessions did visitors attend who attended at all?
// $show = "lva": tag of the show, `event.show` of its YAML
// Columns: visitors, attendances, least, lower_quartile, median, upper_quartile, most, mean
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})-[attended:assisted_session_this_year]->(:Sessions_this_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH visitor, count(attended) AS sessions
RETURN count(visitor) AS visitors, sum(sessions) AS attendances, min(sessions) AS least,
  percentileCont(sessions, 0.25) AS lower_quartile, percentileCont(sessions, 0.5) AS median,
  percentileCont(sessions, 0.75) AS upper_quartile, max(sessions) AS most, avg(sessions) AS mean
