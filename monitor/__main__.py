"""Run the command line: `python -m monitor`."""

from monitor.commands import run

run()
