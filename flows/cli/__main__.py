"""`python -m flows.cli` is `dermcurate`."""

from flows.cli.main import main

main()
