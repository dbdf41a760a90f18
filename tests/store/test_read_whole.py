"""What is asked is read whole: an answer left in the middle keeps the file from who writes.

The driver lets go of such a file when its memory is swept, which can be hours later; until then
the program waits for itself, and ends with "database is locked".
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ASKING = ("execute", "exec_driver_sql", "scalars")


def iterated(tree: ast.AST) -> Iterator[ast.expr]:
    """List what is gone through, by loops and by what gives all of it on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension):
            yield node.iter
        elif isinstance(node, ast.YieldFrom):
            yield node.value


def is_answer(iterated: ast.expr, names: set[str]) -> bool:
    """Say whether rows are still to be read of it."""
    if isinstance(iterated, ast.Name):
        return iterated.id in names
    call = iterated.func if isinstance(iterated, ast.Call) else None
    return isinstance(call, ast.Attribute) and call.attr in ASKING


def unread(source: str) -> list[int]:
    """List the lines that go through an answer while it is read."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
            names = {
                target.id
                for node in assigned
                if is_answer(node.value, set())
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            found += [one.lineno for one in iterated(function) if is_answer(one, names)]
    return found


def test_a_loop_over_an_answer_that_is_still_read_is_found():
    left = "for row in connection.execute(query): use(row)"
    named = "rows = connection.execute(query)\n    use([row for row in rows])"

    assert unread(f"def f():\n    {left}") == [2]
    assert unread(f"def f():\n    {named}") == [3]
    assert unread(f"def f():\n    {left.replace('query)', 'query).all()')}") == []


def test_every_answer_is_read_whole_before_it_is_used():
    for file in Path("monitor").rglob("*.py"):
        assert unread(file.read_text()) == [], file
