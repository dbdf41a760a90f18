"""The command line, from a checkout: `python cli.py --help`."""

from monitor.commands import run

if __name__ == "__main__":
    run()
