"""`python -m pa_assets.cli`."""

from pa_assets.cli import main

main()
