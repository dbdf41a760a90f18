"""Run the collected tests against every mutant, each in a fork of this process."""

import gc
import json
import os
import random
import re
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from _pytest.tmpdir import tmppath_result_key

from tests.mutation import mutants, typed

RESULTS = Path(os.environ.get("MUTATION_RESULTS", "mutants.jsonl"))
ALL = os.environ.get("MUTATION") == "all"  # what survived, by every test that reaches it
ONLY = os.environ.get("MUTATION_ONLY", "").split()  # modules, in the order in which to try them
SECONDS = float(os.environ.get("MUTATION_SECONDS", "inf"))  # of work on one mutant
WORKERS = int(os.environ.get("MUTATION_WORKERS", "2"))
TIMEOUT = 5  # seconds of work on one test; a mutant that never ends is noticed

COMMON = {
    "self", "view", "none", "quest", "retur", "findi", "true", "false", "facts", "rule", "case",
}  # fmt: skip
HISTORIES = int(
    os.environ.get("MUTATION_HISTORIES", "100")
)  # of each profile, which the oracle has answered already
FIRST = 40  # so many of its answers are tried first
ROOT = Path(__file__).parents[2]

finder = mutants.install(ONLY)

from monitor.store import facts  # noqa: E402  (loaded with the mutants in the domain)
from tests import factories  # noqa: E402
from tests.oracle import compare, histories  # noqa: E402

_rows: dict[str, list[Any]] = {}
_asks: dict[str, list[Any]] = {}


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the tests once as they are, then every mutant."""
    items = [item for item in session.items if ALL or not (_drawn(item) or _shuffled(item))]
    seconds, reaches = _once(items)
    if not ALL:
        _record_cases(items)
    tried = _tried()
    refused = _refused()
    todo = [
        mutant
        for mutant in finder.mutants
        if mutant.key not in refused
        and (not ONLY or _stem(mutant) in ONLY)
        and (tried.get(mutant.key) == "survived" if ALL else mutant.key not in tried)
    ]
    by_function: dict[str, list[Any]] = defaultdict(list)
    for agreed in _agreed():
        mutants.reached.clear()
        agreed.check()
        for function in mutants.reached:
            by_function[function].append(agreed)
    for item in _varied(items, seconds):
        for function in reaches[item.nodeid]:
            by_function[function].append(item)
    of = sum(not ONLY or _stem(mutant) in ONLY for mutant in finder.mutants)
    _say(f"{of} mutants, of them {len(refused)} refused by mypy")
    _say(f"{len(items)} tests in {sum(seconds.values()):.0f} s; {len(todo)} mutants to try")
    kills: dict[tuple[str, str], int] = defaultdict(int)
    running: dict[int, tuple[mutants.Mutant, int, float]] = {}
    done = survived = 0
    gc.collect()
    gc.freeze()  # the forks share what is there
    todo.sort(key=lambda mutant: ONLY.index(_stem(mutant)) if ONLY else 0)
    todo.reverse()
    with RESULTS.open("a", encoding="utf-8") as out:
        while todo or running:
            while todo and len(running) < WORKERS:
                mutant = todo.pop()
                order = _likeliest(by_function[mutant.function], mutant, kills)
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(read)
                    _try(mutant, order, write)
                os.close(write)
                running[child] = (mutant, read, time.monotonic())
            child, status = os.wait()
            mutant, read, began = running.pop(child)
            with os.fdopen(read) as pipe:
                ran, _, killer = pipe.read().partition(" ")
            fate = "killed" if killer else "survived"
            if not killer and status != 0:
                fate = "timeout" if os.WIFSIGNALED(status) else "crashed"
            kills[mutant.function, killer] += 1
            done, survived = done + 1, survived + (fate == "survived")
            told = {
                "mutant": mutant.key,
                "place": mutant.place,
                "fate": fate,
                "by": killer,
                "ran": ran,
                "tests": len(by_function[mutant.function]),
                "seconds": round(time.monotonic() - began, 2),
                "change": mutant.change,
            }
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
            out.flush()
            if done % 100 == 0:
                _say(f"{done} tried, {survived} survived, {len(todo)} left")
    _say(f"{done} tried, {survived} survived")
    return True


def _varied(items: list[pytest.Item], seconds: dict[str, float]) -> list[pytest.Item]:
    """Put one of each kind first, the quickest; then another of each, and so on."""
    rounds: dict[str, int] = defaultdict(int)
    keys = {}
    for item in sorted(items, key=lambda item: seconds[item.nodeid]):
        kind = re.sub(r"\[(us|eu|fr): |-(as written|shuffled)\]$", "", item.nodeid)
        if kind == item.nodeid:
            kind = kind.partition("[")[0]
        keys[item] = rounds[kind], seconds[item.nodeid]
        rounds[kind] += 1
    return sorted(items, key=keys.__getitem__)


def _likeliest(
    items: list[Any], mutant: mutants.Mutant, kills: dict[tuple[str, str], int]
) -> list[Any]:
    """Put what noticed mutants of this function first, then what speaks of the same things."""
    words = " ".join([mutant.place, *mutant.change]).lower()
    stems = {word[:5] for word in re.findall(r"[a-z]{4,}", words)} - COMMON
    oracle = [item for item in items if isinstance(item, Agreed)]
    others = [item for item in items if not isinstance(item, Agreed)]
    said = {
        item: sum(stem in item.nodeid.partition("::")[2].lower() for stem in stems)
        for item in others
    }
    others.sort(key=lambda item: -said[item])  # stable: else as they come
    order = [*oracle[:FIRST], *others[:FIRST], *oracle[FIRST:], *others[FIRST:]]
    return sorted(order, key=lambda item: -kills.get((mutant.function, item.nodeid), 0))


def _stem(mutant: mutants.Mutant) -> str:
    return mutant.module.rpartition(".")[2]


def _drawn(item: pytest.Item) -> bool:
    return hasattr(getattr(item, "obj", None), "hypothesis")


def _shuffled(item: pytest.Item) -> bool:
    return item.nodeid.endswith("-shuffled]")


def _record_cases(items: list[pytest.Item]) -> None:
    """Record the facts of every case once; a mutant then meets the questions of the case.

    Reading gives the rows that are kept here: `check` takes them where it takes a connection.
    """
    for item in items:
        asked = getattr(getattr(item, "callspec", None), "params", {})
        if item.nodeid.startswith("tests/test_cases.py::test_the_case_holds"):
            case, module = asked["case"], item.module
            with factories.clinic_in_memory() as connection:
                factories.load_facts(connection, factories.case_lines(case, asked["profile"]))
                for step in case.get("then", []):
                    module.do(connection, step)
                _rows[item.nodeid] = facts.read(connection, "P")
            asks = case["ask"]
            _asks[item.nodeid] = asks[asked["profile"]] if isinstance(asks, dict) else asks


class Agreed:
    """What the oracle answers on a day of a history: the program must still answer the same."""

    obj = None

    def __init__(self, name: str, history: histories.History, ask: histories.Ask) -> None:
        self.nodeid = f"tests/oracle::{name}"
        self._clinic, self._ask = history.clinic, ask
        self._theirs = compare._oracle(history.clinic.oracle(ask.known), ask)

    def check(self) -> None:
        case = self._clinic.case(self._ask.as_of, self._ask.known)
        assert not case.treatments or compare._program(case, self._ask) == self._theirs


def _agreed() -> list[Agreed]:
    drawn = random.Random(2026)
    found = []
    for number in range(HISTORIES):
        for profile in ("us", "eu", "fr"):
            told = histories.tell(profile, 2, drawn.randbytes(histories.ROLLED))
            for n, ask in enumerate(told.asks):
                if told.clinic.case(ask.as_of, ask.known).treatments:
                    found.append(Agreed(f"{profile} {number} {n}", told, ask))
    return found


def _run(item: pytest.Item | Agreed, following: pytest.Item | None) -> None:
    """Run a test as pytest does, without writing a report."""
    if isinstance(item, Agreed):
        item.check()
        return
    if item.nodeid in _rows:
        for ask in _asks[item.nodeid]:
            item.module.check(_rows[item.nodeid], ask)
        return
    state = item.session._setupstate
    item.stash[tmppath_result_key] = {}  # tmp_path asks for what a report would have left
    try:
        state.setup(item)
        item.runtest()
    finally:
        state.teardown_exact(following if isinstance(following, pytest.Item) else None)


def _once(items: list[pytest.Item]) -> tuple[dict[str, float], dict[str, set[str]]]:
    """Run every test as it is: how long it takes, and which functions it reaches.

    What was found is kept beside the results, for a run that goes on.
    """
    kept = RESULTS.with_suffix(".tests")
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    new = [item for item in items if item.nodeid not in known]
    for item, following in pairwise([*new, None]):
        assert item is not None
        mutants.reached.clear()
        began = time.process_time()
        with suppress(pytest.skip.Exception):
            _run(item, following)
        known[item.nodeid] = [time.process_time() - began, sorted(mutants.reached)]
        if following is None or len(known) % 500 == 0:
            kept.write_text(json.dumps(known), encoding="utf-8")
    return (
        {item.nodeid: known[item.nodeid][0] for item in items},
        {item.nodeid: set(known[item.nodeid][1]) for item in items},
    )


def _try(mutant: mutants.Mutant, items: list[pytest.Item], write: int) -> None:
    """In the fork: run the tests until one fails, and say which; never returns."""
    reading = facts.read
    facts.read = lambda given, who, **kw: (
        given if isinstance(given, list) else reading(given, who, **kw)
    )
    mutants.on = mutant.key
    began, killer, ran = time.process_time(), "", 0
    for item, following in pairwise([*items, None]):
        assert item is not None
        if time.process_time() - began > SECONDS:
            break
        ran += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, TIMEOUT if not _drawn(item) else 20 * TIMEOUT)
        try:
            _run(item, following)
        except pytest.skip.Exception:
            continue
        except BaseException:  # whatever it is, it was noticed
            killer = item.nodeid
            break
    os.write(write, f"{ran} {killer}".encode())
    os._exit(0)


def _refused() -> set[str]:
    kept = RESULTS.with_suffix(".refused")
    if not kept.exists():
        kept.write_text("\n".join(sorted(typed.refused(ROOT, ONLY))), encoding="utf-8")
    return set(kept.read_text(encoding="utf-8").split())


def _tried() -> dict[str, str]:
    if not RESULTS.exists():
        return {}
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    return {told["mutant"]: told["fate"] for told in map(json.loads, lines)}


def _say(words: str) -> None:
    print(words, file=sys.__stderr__, flush=True)
