"""Make the mutants of a module, and switch one of them on."""

import difflib
import importlib.abc
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
from mutmut.mutation import file_mutation, mutators

DOMAIN = "monitor.domain"
# A word that something is looked up by; texts for people, with blanks, are left alone.
WORD = re.compile(r"""["'][A-Za-z][\w.-]*["']""")
OWN_SWITCH = "from tests.mutation.mutants import switched as _mutmut_mutated, MutantDict"
THEIR_SWITCH = re.compile(r"^from mutmut\.mutation\.trampoline import .*$", re.MULTILINE)
MutantDict = dict[str, Callable[..., Any]]

on: str | None = None  # the mutant that is switched on: module, colon, function
reached: set[str] = set()  # the functions that were called, as module, colon, function


@dataclass(frozen=True)
class Mutant:
    """One change of one function."""

    module: str
    name: str  # as mutmut names it
    line: int  # of the function, in the file
    change: tuple[str, ...]  # the lines that differ

    @property
    def key(self) -> str:
        return f"{self.module}:{self.name}"

    @property
    def function(self) -> str:
        return f"{self.module}:{self.name.rpartition('__mutmut_')[0]}"

    @property
    def place(self) -> str:
        """Name the function as a reader would."""
        names = self.name.rpartition("__mutmut_")[0].split("ǁ")
        return ".".join(names[1:]) if len(names) > 1 else names[0].removeprefix("x_")


def switched(mutants: MutantDict, *, is_classmethod: bool = False) -> Callable[..., Any]:
    """Call the mutant where it is switched on, else the function as it is."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        function = None

        def call(*args: Any, **named: Any) -> Any:
            nonlocal function
            if function is None:
                function = f"{original.__module__}:{mutants['_mutmut_orig'].__name__}"
                function = function.removesuffix("__mutmut_orig")
            if on is None:
                reached.add(function)
            elif on.startswith(f"{function}__mutmut_"):
                chosen = mutants[on.partition(":")[2]]
                return chosen(*args, **named)
            return mutants["_mutmut_orig"](*args, **named)

        def call_class(cls: type, *args: Any, **named: Any) -> Any:
            name = mutants["_mutmut_orig"].__name__
            key = f"{original.__module__}:{name}".removesuffix("orig")
            if on is None:
                reached.add(key.removesuffix("__mutmut_"))
            elif on.startswith(key):
                name = on.partition(":")[2]
            return getattr(cls, name)(*args, **named)

        return call_class if is_classmethod else call

    return wrap


def words_only(node: cst.BaseString) -> Iterator[cst.BaseString]:
    """Change what is looked up; the wording of a message is not a rule."""
    if isinstance(node, cst.SimpleString) and WORD.fullmatch(node.value):
        quote = node.value[0]
        yield node.with_changes(value=f"{quote}XX{node.value[1:-1]}XX{quote}")


OPERATORS = [
    (kind, words_only if operator is mutators.operator_string else operator)
    for kind, operator in mutators.mutation_operators
]


class _Undecorated(cst.CSTTransformer):
    """Write `@property def f` as `def f`, `f = property(f)`: mutmut leaves decorated ones out."""

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> Any:
        names = [cst.Module([]).code_for_node(d.decorator) for d in updated_node.decorators]
        if not names or names == ["classmethod"]:
            return updated_node
        name = updated_node.name.value
        wrapped = name
        for decorator in reversed(names):
            wrapped = f"{decorator}({wrapped})"
        again = cst.parse_statement(f"{name} = {wrapped}\n")
        return cst.FlattenSentinel([updated_node.with_changes(decorators=[]), again])


def mutated(path: Path, source: str) -> file_mutation.MutatedFile:
    """Let mutmut write a module with all its mutants."""
    file_mutation.mutation_operators = OPERATORS
    return file_mutation.mutate_file_contents(str(path), source)


def make(path: Path) -> tuple[str, list[Mutant]]:
    """Write the source of a module with all its mutants, and list them."""
    module = f"{DOMAIN}.{path.stem}"
    plain = cst.parse_module(path.read_text(encoding="utf-8")).visit(_Undecorated()).code
    made = mutated(path, plain)
    lines = made.code.splitlines()

    def text(name: str) -> list[str]:
        span = made.line_span_by_function_name[name]
        found = lines[span.start - 1 : span.end]
        return [re.sub(r"x\w*__mutmut_\w+", "", line) for line in found]

    mutants = []
    for name in made.mutant_names:
        original = text(name.rpartition("__mutmut_")[0] + "__mutmut_orig")
        differences = difflib.unified_diff(original, text(name), lineterm="", n=0)
        change = [line for line in differences if not line.startswith(("---", "+++", "@@"))]
        mutants.append(Mutant(module, name, 0, tuple(change)))
    return THEIR_SWITCH.sub(OWN_SWITCH, made.code), mutants


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Load the modules of the domain with their mutants in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.mutants: list[Mutant] = []

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        source = self._folder / f"{fullname.removeprefix(DOMAIN + '.')}.py"
        if not fullname.startswith(DOMAIN + ".") or not source.exists():
            return None
        return importlib.util.spec_from_file_location(fullname, source, loader=self)

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        code, mutants = make(Path(module.__spec__.origin))
        self.mutants += mutants
        exec(compile(code, module.__spec__.origin, "exec"), module.__dict__)


def install() -> Finder:
    """Let the domain be loaded with its mutants from now on."""
    assert not any(name.startswith(DOMAIN) for name in sys.modules), "the domain is loaded already"
    finder = Finder(Path(__file__).parents[2] / "monitor" / "domain")
    sys.meta_path.insert(0, finder)
    return finder
