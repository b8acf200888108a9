"""Personal agendas for the visitors of trade shows, as a Dagster asset graph.

`kit` knows no domain; `agendas` is the first domain; `definitions` is what the `dagster` command loads.
This file stays free of imports: nothing here may slow the command line down.
"""
