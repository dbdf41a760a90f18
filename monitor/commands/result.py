"""Test results: one, or all of a slip in one line."""

from typing import Annotated

import typer

from monitor.commands.options import TODAY, By, Confirm, Db, Json, Patient, Second
from monitor.commands.usual import Question, asks

app = typer.Typer(no_args_is_help=True, help="Log test results, and list them.")


@app.command("log")
def log_result(
    patient: Patient,
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            help="For instance neutrophils, or anc; a wrong one lists all. Or a whole slip, "
            "CODE=VALUE[:UNIT][/ULN] for each result.",
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE", help="A number, or a word; none, or why, where it is unsuitable."
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Argument(
            metavar="UNIT",
            help="Numbers need one, unless config.toml has it ([units]); quote a *, or write G/L.",
        ),
    ] = None,
    more: Annotated[
        list[str] | None, typer.Argument(metavar="MORE", help="The other results of a slip.")
    ] = None,
    *,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="The day the sample was taken.")
    ] = TODAY,
    uln: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="This laboratory's upper limit.")
    ] = None,
    lln: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="This laboratory's lower limit.")
    ] = None,
    method: Annotated[str | None, typer.Option(metavar="WORD", help="How it was measured.")] = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="final (default), corrected, preliminary or unsuitable."),
    ] = None,
    ask: Annotated[
        bool,
        typer.Option("--ask", "-i", help="Be asked for what the next gate lacks."),
    ] = False,
    by: By = None,
    confirm: Confirm = False,
    second: Second = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Log a result, or all of a slip; only final and corrected ones count.

    Of a slip, and of what is asked, all is stored, or nothing.

    Example: monitor result log P-017 neutrophils 3.2 "10*9/L" --on 2025-05-28

    Example: monitor result log P-017 "neut=3.2:10*9/L" alt=28:U/L/40 ecg=normal --on 2025-05-28
    """
    typed = dict(locals())  # what was typed, and nothing of below
    from monitor.commands.days import written_out
    from monitor.commands.recording import record_results
    from monitor.errors import NotSaid

    if (code is None) != ask:
        both = "-i asks for the results; leave CODE out" if ask else "which result? Name CODE VALUE"
        raise NotSaid(f"{both}; type: monitor result log --help")
    words = [word for word in (code, value, unit, *(more or ())) if word is not None]
    others = ("code", "value", "unit", "more", "ask", "db", "json")
    said = {key: one for key, one in written_out(typed).items() if key not in others}
    record_results(words, said, db=db, json=json)


@app.command("list")
@asks
def list_results(
    patient: Patient,
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Of this code only, for instance anc.")
    ] = None,
) -> Question:
    """List a patient's results, also those that do not count, with why; and how each code went.

    Example: monitor result list P-017 neutrophils
    """
    return lambda inquiry: inquiry.results(patient, code)
