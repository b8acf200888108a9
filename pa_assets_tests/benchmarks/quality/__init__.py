"""How good recommendations are: real choices, hidden interests, and what stands beside accuracy.

`shows` makes the tables, `engine` runs the product on them, `references` holds plain rankings to compare with,
`metrics` judges, `reports` says what is measured, `agendas` prints some to read. Nothing here scores a session
for the product: every figure of the engine is of `recommend` with settings as the YAML would hold them.
"""
