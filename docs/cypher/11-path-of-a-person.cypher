// Question: What did one person attend over the years, and what is recommended now?
// $show = "lva": tag of the show, `event.show` of its YAML
// $person_id = "": pseudonym of the person; empty: the visitor of this year who attended most last year
// Columns: cohort, badge_id, what, session_id, title, date, start_time
OPTIONAL MATCH (record:LoadRecord {show: $show})
WITH reduce(ids = [], one IN collect(record) | ids + coalesce(one.loading, [])) AS unfinished
MATCH (visitor:Visitor_this_year {show: $show})
WHERE $person_id = '' OR visitor.person_id = $person_id
OPTIONAL MATCH (visitor)-[:Same_Visitor]->(before)-[attended:attended_session]->(:Sessions_past_year)
WHERE NOT coalesce(attended.load_id, '') IN unfinished
WITH unfinished, visitor.person_id AS person, count(attended) AS sessions
ORDER BY sessions DESC, person
LIMIT 1
OPTIONAL MATCH (visitor:Visitor_last_year_bva {show: $show, person_id: person})
  -[step:attended_session]->(session:Sessions_past_year)
WHERE NOT coalesce(step.load_id, '') IN unfinished
WITH unfinished, person,
  collect({cohort: visitor.cohort, badge_id: visitor.BadgeId, what: 'attended', session_id: session.session_id,
    title: session.title, date: session.date, start_time: session.start_time}) AS further
WITH unfinished, person, further AS steps
OPTIONAL MATCH (visitor:Visitor_last_year_lva {show: $show, person_id: person})
  -[step:attended_session]->(session:Sessions_past_year)
WHERE NOT coalesce(step.load_id, '') IN unfinished
WITH unfinished, person, steps,
  collect({cohort: visitor.cohort, badge_id: visitor.BadgeId, what: 'attended', session_id: session.session_id,
    title: session.title, date: session.date, start_time: session.start_time}) AS further
WITH unfinished, person, steps + further AS steps
OPTIONAL MATCH (visitor:Visitor_this_year {show: $show, person_id: person})
  -[step:IS_RECOMMENDED]->(session:Sessions_this_year)
WHERE NOT coalesce(step.load_id, '') IN unfinished
WITH unfinished, person, steps,
  collect({cohort: visitor.cohort, badge_id: visitor.BadgeId, what: 'recommended', session_id: session.session_id,
    title: session.title, date: session.date, start_time: session.start_time}) AS further
WITH unfinished, person, steps + further AS steps
OPTIONAL MATCH (visitor:Visitor_this_year {show: $show, person_id: person})
  -[step:assisted_session_this_year]->(session:Sessions_this_year)
WHERE NOT coalesce(step.load_id, '') IN unfinished
WITH unfinished, person, steps,
  collect({cohort: visitor.cohort, badge_id: visitor.BadgeId, what: 'attended', session_id: session.session_id,
    title: session.title, date: session.date, start_time: session.start_time}) AS further
WITH unfinished, person, steps + further AS steps
UNWIND steps AS step
WITH step
WHERE step.session_id IS NOT NULL
RETURN step.cohort AS cohort, step.badge_id AS badge_id, step.what AS what, step.session_id AS session_id,
  step.title AS title, step.date AS date, step.start_time AS start_time
ORDER BY date, cohort, start_time, what, session_id
