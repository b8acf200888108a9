// Question: Which loads began and did not end? Their rows are left out by the other queries until the next run.
// $show = "": tag of the show; empty: every show
// Columns: show, loader, unfinished, last_finished
MATCH (record:LoadRecord)
WHERE ($show = '' OR record.show = $show) AND size(coalesce(record.loading, [])) > 0
RETURN record.show AS show, record.name AS loader, record.loading AS unfinished, record.load_id AS last_finished
ORDER BY show, loader
