// Question: Which sessions of this year speak of the same things as a given one?
// Likeness is the cosine of the sessions' vectors, which have the length 1: the sum of products.
// $show = "lva": tag of the show, `event.show` of its YAML
// $session_id = "": session to compare with; empty: the first by identifier
// $limit = 10: rows at the most
// Columns: given, session_id, title, streams, likeness
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (given:Sessions_this_year {show: $show})
WHERE given.embedding IS NOT NULL AND ($session_id = '' OR given.session_id = $session_id)
WITH unfinished, given
ORDER BY given.session_id
LIMIT 1
MATCH (session:Sessions_this_year {show: $show})
WHERE session.session_id <> given.session_id AND session.embedding IS NOT NULL
  AND size(session.embedding) = size(given.embedding) AND NOT coalesce(session.load_id, '') IN unfinished
WITH given, session, given.embedding AS one, session.embedding AS other
WITH given, session, reduce(sum = 0.0, at IN range(0, size(one) - 1) | sum + one[at] * other[at]) AS likeness
RETURN given.session_id AS given, session.session_id AS session_id, session.title AS title, session.stream AS streams,
  round(likeness, 4) AS likeness
ORDER BY likeness DESC, session_id
LIMIT $limit
