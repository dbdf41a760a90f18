"""The naive alternative: one scheduled job a reminder, kept in the scheduler's own database.

python -m tests.benchmarks.one_job_each add DATABASE URL NUMBER
python -m tests.benchmarks.one_job_each run DATABASE
"""

import sys
from datetime import UTC, datetime

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from monitor.delivery.channels import open_channel
from monitor.delivery.channels.outgoing import Outgoing
from monitor.domain.outcome import Urgency

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def scheduler(kind: type[BaseScheduler], database: str) -> BaseScheduler:
    """Make a scheduler that keeps its jobs in a file."""
    store = SQLAlchemyJobStore(url=f"sqlite:///{database}")
    return kind(jobstores={"default": store}, timezone=UTC)


def add(jobs: BaseScheduler, url: str, number: int) -> None:
    """Add jobs that are due, whatever their delay."""
    for each in range(number):
        jobs.add_job(send, "date", run_date=LONG_AGO, args=(url, each), misfire_grace_time=None)


def send(url: str, number: int) -> None:
    """Send one reminder."""
    outgoing = Outgoing(key=str(number), ref="X", title="x", body="x", urgency=Urgency.ROUTINE)
    open_channel(url).send(outgoing)


def main(command: str, database: str, *arguments: str) -> None:
    """Add jobs, or fire them until killed."""
    if command == "run":
        scheduler(BlockingScheduler, database).start()
        return
    url, number = arguments
    jobs = scheduler(BackgroundScheduler, database)
    jobs.start(paused=True)
    add(jobs, url, int(number))


if __name__ == "__main__":
    main(*sys.argv[1:])
