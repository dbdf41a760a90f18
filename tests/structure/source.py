"""What the source of `monitor/` shows by itself: lines, names, and who names what."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

RULES = ("Rule",)  # what the base class of all kinds of rules is called
KINDS = {  # words of kinds of facts -> their classes: those whose word means nothing else
    "plan": "InfusionPlanned",
    "close": "PatientClosed",
    "course_pause": "CoursePaused",
    "course_move": "CourseMoved",
    "symptom": "Symptom",
    "waiver": "Waiver",
}
REMINDING = ("domain/reminders/", "service/reminding/")
MESSAGE_STATES = {"owed", "sending", "sent", "failed", "withdrawn"}
LONG = 250


@dataclass(frozen=True)
class Module:
    """One file of the program."""

    path: str  # under monitor/
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def code(self) -> set[int]:
        """Number the lines on which there is code."""
        told = {
            line
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            for line in range(node.lineno, (node.end_lineno or 0) + 1)
        }
        lines = enumerate(self.text.splitlines(), start=1)
        return {n for n, line in lines if line.strip() and line.strip()[0] != "#"} - told

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]

    @cached_property
    def imported(self) -> dict[str, str]:
        """Tell of each name that is imported from which module."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom))
        return {a.asname or a.name: node.module or "" for node in nodes for a in node.names}

    @cached_property
    def names(self) -> Counter[str]:
        """Count the names that the code uses; an import by itself uses none."""
        used = Counter(n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name))
        return used + Counter(n.attr for n in ast.walk(self.tree) if isinstance(n, ast.Attribute))

    @cached_property
    def words(self) -> Counter[str]:
        """Count the strings of the code, those of an enumeration left out."""
        enums = [c for c in self.classes if any("Enum" in ast.unparse(b) for b in c.bases)]
        named = {id(node) for enum in enums for node in ast.walk(enum)}
        return Counter(
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in named
        )

    def has_kind(self, word: str) -> bool:
        return any(
            isinstance(node, ast.Attribute)
            and node.attr == word.upper()
            and ast.unparse(node.value).endswith("Kind")
            for node in ast.walk(self.tree)
        )


class Source:
    """All of the program's files."""

    def __init__(self, root: Path = Path("monitor")) -> None:
        files = sorted(root.rglob("*.py"))
        self.modules = [Module(f.relative_to(root).as_posix(), f.read_text()) for f in files]

    def lines(self) -> int:
        return sum(module.lines for module in self.modules)

    def code_lines(self) -> int:
        """Count lines without blank ones, comments and docstrings."""
        return sum(len(module.code) for module in self.modules)

    def longest(self) -> Module:
        return max(self.modules, key=lambda module: module.lines)

    def long(self) -> list[Module]:
        return [module for module in self.modules if module.lines > LONG]

    def reminding(self) -> list[Module]:
        return [module for module in self.modules if module.path.startswith(REMINDING)]

    def same_module_names(self) -> dict[str, list[str]]:
        """Find names that modules of two packages have."""
        places = defaultdict(list)
        for module in self.modules:
            places[Path(module.path).stem].append(module.path)
        return {name: p for name, p in places.items() if len(p) > 1 and name[0] != "_"}

    def same_class_names(self) -> dict[str, list[str]]:
        """Find public classes of one name in two modules."""
        places = defaultdict(list)
        for module in self.modules:
            for one in module.classes:
                if not one.name.startswith("_"):
                    places[one.name].append(module.path)
        return {name: where for name, where in places.items() if len(where) > 1}

    def raised(self, name: str) -> int:
        """Count where an exception is raised by this very name."""
        return sum(
            isinstance(node, ast.Raise)
            and node.exc is not None
            and ast.unparse(node.exc).partition("(")[0].rpartition(".")[2] == name
            for module in self.modules
            for node in ast.walk(module.tree)
        )

    def untyped(self) -> int:
        """Count `dict[str, Any]` in what functions return, and in names for it."""
        return sum(module.text.count("dict[str, Any]") for module in self.modules)

    def message_states(self) -> tuple[int, int]:
        """Count strings that name a state of a message; in how many files.

        One of them names a column too: there it is no state.
        """
        text = "".join(m.text for m in self.modules if m.path == "store/tables.py")
        columns = {word for word in MESSAGE_STATES if f'Column("{word}"' in text}
        found = [
            sum(m.words[word] for word in MESSAGE_STATES - columns)
            + sum(word in columns for word in _given(m.tree, "state"))
            for m in self.modules
        ]
        return sum(found), sum(map(bool, found))

    def fact_kinds(self) -> tuple[int, int]:
        """Count strings that are compared with, or given as, a kind of fact; in how many files."""
        kinds = self.kinds_of_facts()
        found = [sum(word in kinds for word in _given(m.tree, "kind")) for m in self.modules]
        return sum(found), sum(map(bool, found))

    def kinds_of_facts(self) -> set[str]:
        """List the words of the enumeration of kinds: other things are of some kind too."""
        of_facts = [m for m in self.modules if m.path.startswith("domain/facts")]
        enums = [c for m in of_facts for c in m.classes if c.name == "Kind"]
        nodes = (node for enum in enums for node in ast.walk(enum) if isinstance(node, ast.Assign))
        return {ast.literal_eval(node.value) for node in nodes}

    def below(self, bases: tuple[str, ...], folder: str = "domain/") -> set[str]:
        """Find the classes of a folder that derive from a base, however far down."""
        heirs = defaultdict(set)
        for module in self.modules:
            if module.path.startswith(folder):
                for one in module.classes:
                    for base in one.bases:
                        heirs[ast.unparse(base)].add(one.name)
        found: set[str] = set()
        new = set(bases)
        while new:
            new = set().union(*(heirs[name] for name in new)) - found
            found |= new
        return found

    def touched_by_a_fact(self) -> tuple[float, dict[str, int]]:
        """Count, for some kinds of facts, the modules that name the kind; with their median.

        A module names it by its class, its word, or its member of an enumeration of kinds.
        """
        counts = {}
        for word, name in KINDS.items():
            named = [m for m in self.modules if m.names[name] or m.words[word] or m.has_kind(word)]
            counts[word] = len(named)
        return median(counts.values()), counts

    def rules_named_outside(self) -> dict[str, int]:
        """Count, by module, where a kind of rule is named outside of the files that define them.

        A file with a rule class, and the list of kinds, may name them: these are the rules.
        A kind is a class that says its word, `kind = …`. What lies between it and `Rule`, such as
        `CheckRule`, is the interface that the program speaks to; until 2026-11-30 it was counted.
        """
        heirs = self.below(RULES)
        classes = [c for m in self.modules for c in m.classes if c.name in heirs]
        kinds = {c.name for c in classes if any(map(_says_its_word, c.body))}
        own = {m.path for m in self.modules if {c.name for c in m.classes} & heirs}
        found = {
            m.path: sum(m.names[n] for n in kinds if "monitor.domain" in m.imported.get(n, ""))
            for m in self.modules
            if m.path not in own and not m.path.startswith("domain/rules")
        }
        return {path: times for path, times in found.items() if times}


def _says_its_word(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "kind"


def _given(tree: ast.Module, name: str) -> Iterator[str]:
    """Find strings in a comparison with, or as a value of, something of a name."""
    for node in ast.walk(tree):
        held: list[ast.expr] = []
        if isinstance(node, ast.Compare) and _is_called(node.left, name):
            held = node.comparators
        elif isinstance(node, ast.keyword) and node.arg == name:
            held = [node.value]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            held = [v for k, v in pairs if isinstance(k, ast.Constant) and k.value == name]
        elif isinstance(node, ast.Match) and _is_called(node.subject, name):
            cases = [n for case in node.cases for n in ast.walk(case.pattern)]
            held = [n.value for n in cases if isinstance(n, ast.MatchValue)]
        for value in held:
            keys = [n.slice for n in ast.walk(value) if isinstance(n, ast.Subscript)]
            for one in ast.walk(value):
                is_text = isinstance(one, ast.Constant) and isinstance(one.value, str)
                if is_text and one not in keys:
                    yield one.value


def _is_called(node: ast.expr, name: str) -> bool:
    text = ast.unparse(node)
    return text.rpartition(".")[2] == name or f"['{name}']" in text
