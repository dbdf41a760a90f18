"""Options before the command as well as after it, `-h`, and completion by shells."""

import pytest

from monitor.commands import main
from tests import postgresql

AS_OF = "--as-of 2023-04-10"


@pytest.mark.parametrize(
    "typed",
    [
        f"--json {AS_OF} gate P-1 --on 2023-04-10",
        f"gate --json {AS_OF} P-1 --on 2023-04-10",
        "--as-of=2023-04-10 gate --on 2023-04-10 P-1 --json",
    ],
)
def test_options_may_stand_before_the_command(typed, clinic, monitor):
    assert monitor(typed) == monitor(f"gate P-1 --on 2023-04-10 {AS_OF} --json")


@pytest.mark.parametrize(
    "typed",
    [
        "--db {} patient list",
        "patient --db {} list",
        "patient list --db {}",
        "--db={} --json patient list",
        "--known-at 2099-01-01T00:00:00Z --db {} patient list",
    ],
)
@postgresql.sqlite_only
def test_the_database_may_be_named_anywhere(typed, clinic, monitor, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/clinic.db"
    monkeypatch.setenv("MONITOR_DB", f"sqlite:///{tmp_path}/other.db")

    code, out, err = monitor(typed.format(url))

    assert code == 0
    assert "P-3" in out
    assert "there is no database" not in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--db x gte", "no such command 'gte'. Did you mean 'gate'? Type: monitor --help"),
        ("--json patient ad", "no such command 'ad'. Did you mean 'add'? Type: monitor patient --"),
        ("--as-of 2023-01-01 doctor", "no such option: --as-of"),
        ("--json gate P-1", "missing option '--on'; type: monitor gate --help"),
        ("--json patient", "which command? One of add, list"),
        ("--db x", "which command? One of "),
        ("--db", "which command? One of "),
        ("--on 2023-01-01 gate P-1", "no such option: --on"),
    ],
)
def test_what_is_wrong_is_said_of_the_command_that_was_meant(typed, said, monitor):
    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert err.startswith(f"monitor: {said}")


@pytest.mark.parametrize("typed", ["", "gate", "patient", "patient add"])
def test_h_is_help(typed, monitor):
    assert monitor(f"{typed} -h") == monitor(f"{typed} --help")
    assert monitor(f"{typed} -h")[0] == 0
    assert monitor(f"--db x --json {typed} -h") == monitor(f"{typed} --help")


@pytest.mark.parametrize(
    ("shell", "typed", "offered"),
    [
        ("bash", "monitor pro", "protocol"),
        ("bash", "monitor protocol ne", "new"),
        ("bash", "monitor gate P-1 --wei", "--weight-kg"),
        ("bash", "monitor --db x gate --wei", "--weight-kg"),
        ("bash", "monitor course start P-1 --protocol dox", "doxorubicin-us"),
        ("bash", "monitor protocol show dox", "doxorubicin-us"),
        ("zsh", "monitor pro", "protocol"),
        ("zsh", "monitor gate P-1 --wei", "--weight-kg"),
    ],
)
def test_shells_complete_what_is_typed(shell, typed, offered, monkeypatch, capsys):
    monkeypatch.setenv("_MONITOR_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", typed)

    assert main([]) == 0

    assert offered in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_ask(shell, monkeypatch, capsys):
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: shell)

    assert main(["--show-completion"]) == 0

    assert f"_MONITOR_COMPLETE=complete_{shell}" in capsys.readouterr().out


def test_completion_is_installed_for_the_shell_in_use(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("typer._completion_shared._get_shell_name", lambda: "bash")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert main(["--install-completion"]) == 0

    assert "bash completion installed in" in capsys.readouterr().out
    assert "_MONITOR_COMPLETE" in (tmp_path / ".bash_completions/monitor.sh").read_text()
