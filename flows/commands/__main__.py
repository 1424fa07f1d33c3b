"""`python -m flows.commands` is `ballast`: how `ballast up` starts the listener."""

from flows.commands.cli import main

main()
