"""A place for the lines of an import while they are put in order: on disk, not in memory."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Column, Connection, Integer, MetaData, Table, select

from monitor.store.engine import TEXT, add, word

_metadata = MetaData()

# A temporary table: it belongs to one connection and vanishes with it.
_staged = Table(
    "staged",
    _metadata,
    Column("line", Integer, nullable=False),
    Column("patient", word(64), nullable=False, index=True),
    Column("kind", word(32), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("happened_on", word(10), nullable=False),
    Column("text", TEXT, nullable=False),
    prefixes=["TEMPORARY"],
)

StagedLine = tuple[int, str, str, int, str, str]  # number, patient, kind, rank, day, text


def open_staging(connection: Connection) -> None:
    """Make the empty staging table."""
    _metadata.create_all(connection, checkfirst=False)


def close_staging(connection: Connection) -> None:
    """Remove the staging table."""
    _metadata.drop_all(connection, checkfirst=False)


def stage(connection: Connection, lines: Iterable[StagedLine]) -> None:
    """Put lines into the staging table."""
    names = ("line", "patient", "kind", "rank", "happened_on", "text")
    add(connection, _staged, [dict(zip(names, line, strict=True)) for line in lines])


def staged_patients(connection: Connection, *, rank: int | None = None) -> list[str]:
    """List the patients that lines speak of, or lines of one rank."""
    query = select(_staged.c.patient).distinct().order_by(_staged.c.patient)
    if rank is not None:
        query = query.where(_staged.c.rank == rank)
    return list(connection.execute(query).scalars())


def staged_lines(connection: Connection, who: str) -> Iterator[tuple[int, str, str]]:
    """Go through one patient's lines by rank, then day, then place in the file.

    Gives number, kind and text of each.
    """
    query = (
        select(_staged.c.line, _staged.c.kind, _staged.c.text)
        .where(_staged.c.patient == who)
        .order_by(_staged.c.rank, _staged.c.happened_on, _staged.c.line)
    )
    yield from connection.execute(query).all()
