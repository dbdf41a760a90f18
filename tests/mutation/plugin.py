"""Run the collected tests against every mutant, each in a fork of this process."""

import json
import os
import signal
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from tests.mutation import mutants

RESULTS = Path(os.environ.get("MUTATION_RESULTS", "mutants.jsonl"))
ALL = os.environ.get("MUTATION") == "all"  # what survived, by every test that reaches it
ONLY = os.environ.get("MUTATION_ONLY", "").split()  # modules, in the order in which to try them
SECONDS = float(os.environ.get("MUTATION_SECONDS", "inf"))  # of work on one mutant
WORKERS = int(os.environ.get("MUTATION_WORKERS", "2"))
TIMEOUT = 5  # seconds of work on one test; a mutant that never ends is noticed

finder = mutants.install()


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the tests once as they are, then every mutant."""
    items = [item for item in session.items if ALL or not _drawn(item)]
    seconds, reaches = _once(session, items)
    tried = _tried()
    todo = [
        mutant
        for mutant in finder.mutants
        if (not ONLY or _stem(mutant) in ONLY)
        and (tried.get(mutant.key) == "survived" if ALL else mutant.key not in tried)
    ]
    by_function: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: seconds[item.nodeid]):
        for function in reaches[item.nodeid]:
            by_function[function].append(item)
    _say(f"{len(items)} tests in {sum(seconds.values()):.0f} s; {len(todo)} mutants to try")
    kills: dict[str, int] = defaultdict(int)
    running: dict[int, tuple[mutants.Mutant, int, float]] = {}
    done = survived = 0
    todo.sort(key=lambda mutant: ONLY.index(_stem(mutant)) if ONLY else 0)
    todo.reverse()
    with RESULTS.open("a", encoding="utf-8") as out:
        while todo or running:
            while todo and len(running) < WORKERS:
                mutant = todo.pop()
                order = sorted(
                    by_function[mutant.function], key=lambda item: -kills.get(item.nodeid, 0)
                )  # stable: else the quickest first
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(read)
                    _try(session, mutant, order, write)
                os.close(write)
                running[child] = (mutant, read, time.monotonic())
            child, status = os.wait()
            mutant, read, began = running.pop(child)
            with os.fdopen(read) as pipe:
                ran, _, killer = pipe.read().partition(" ")
            fate = "killed" if killer else "survived"
            if not killer and status != 0:
                fate = "timeout" if os.WIFSIGNALED(status) else "crashed"
            kills[killer] += 1
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


def _stem(mutant: mutants.Mutant) -> str:
    return mutant.module.rpartition(".")[2]


def _drawn(item: pytest.Item) -> bool:
    return hasattr(getattr(item, "obj", None), "hypothesis")


def _once(
    session: pytest.Session, items: list[pytest.Item]
) -> tuple[dict[str, float], dict[str, set[str]]]:
    seconds, reaches = {}, {}
    for item, following in pairwise([*items, None]):
        assert item is not None
        mutants.reached.clear()
        began = time.perf_counter()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds[item.nodeid] = time.perf_counter() - began
        reaches[item.nodeid] = set(mutants.reached)
        assert not session.testsfailed, f"{item.nodeid} fails without a mutant"
    return seconds, reaches


def _try(
    session: pytest.Session, mutant: mutants.Mutant, items: list[pytest.Item], write: int
) -> None:
    """In the fork: run the tests until one fails, and say which; never returns."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    mutants.on = mutant.key
    began, killer, ran = time.process_time(), "", 0
    for item, following in pairwise([*items, None]):
        assert item is not None
        if time.process_time() - began > SECONDS:
            break
        ran += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, TIMEOUT if not _drawn(item) else 20 * TIMEOUT)
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            failed = bool(session.testsfailed)
        except BaseException:  # whatever it is, it was noticed
            failed = True
        if failed:
            killer = item.nodeid
            break
    os.write(write, f"{ran} {killer}".encode())
    os._exit(0)


def _tried() -> dict[str, str]:
    if not RESULTS.exists():
        return {}
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    return {told["mutant"]: told["fate"] for told in map(json.loads, lines)}


def _say(words: str) -> None:
    print(words, file=sys.__stderr__, flush=True)
