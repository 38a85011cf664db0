"""The house is as docs/architecture.md says: floors, no stage knows another, no circles, small modules."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nbtrace"

# From the top down. What stands on one floor may use the floors below.
FLOORS = (
    {"__main__"},
    {"cli"},
    {"analysis", "redact"},
    {"engines"},
    {"bundle", "records", "tracing", "findings", "learning", "report", "redaction"},
    {"grammar", "flows", "knowledge", "listed", "tables", "bounds", "zones"},
    {"errors"},
)
STAGES, APART, GROUND = FLOORS[4], "simulator", FLOORS[5] | FLOORS[6]
LONGEST = 400
LONGER = {"nbtrace.tables": 600}  # a list of tables with hardly any code, which one looks up and does not read
BY_TABLE = {"nbtrace.simulator.scenarios"}  # its functions are reached through the table SCENARIOS


def modules():
    """Return every module of the package by its dotted name."""
    names = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


MODULES = modules()


def is_for_types(node):
    """Return whether this is `if TYPE_CHECKING:`, which does not run."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def statements(tree, *, running):
    """Yield every node below the tree; with `running`, only what runs, and not what a function does later."""
    for node in ast.iter_child_nodes(tree):
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if running and (is_for_types(node) or later):
            continue
        yield node
        yield from statements(node, running=running)


def imported(name, *, running=False):
    """Return the (module, name in it) pairs that a module imports from the package."""
    path, found = MODULES[name], set()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in statements(ast.parse(path.read_text(encoding="utf-8")), running=running):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names if alias.name.split(".")[0] == "nbtrace"}
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (above, node.module or "")))
            if source.split(".")[0] != "nbtrace":
                continue
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                found.add((whole, "") if whole in MODULES else (source, alias.name))
    return found


def unit(module):
    """Return the package or single module directly below nbtrace that a module belongs to."""
    return module.partition(".")[2].partition(".")[0]


def uses():
    """Return for each unit the units that it imports, types included."""
    found = {unit(name): set() for name in MODULES}
    for name in MODULES:
        found[unit(name)] |= {unit(module) for module, _ in imported(name)} - {unit(name), ""}
    return found


USES = uses()


def floor(name):
    """Return the number of the floor that a unit stands on, 0 at the top."""
    return next(number for number, units in enumerate(FLOORS) if name in units)


def test_every_unit_has_its_place():
    """Every package and module directly below nbtrace stands on a floor, or is the simulator."""
    assert set(USES) - {""} == set().union(*FLOORS) | {APART}


@pytest.mark.parametrize("name", sorted(set().union(*FLOORS)))
def test_imports_run_downwards(name):
    """A unit uses lower floors only; on the lowest two its neighbours are free, as long as there is no circle."""
    beside = FLOORS[5] if name in FLOORS[5] else set()
    wrong = {used for used in USES[name] - {APART} if floor(used) <= floor(name)} - beside
    assert not wrong, f"{name} imports {sorted(wrong)}"


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_no_stage_imports_another(stage):
    """Stages meet in analysis.py, redact.py and the engines only; what a stage needs else is ground."""
    assert USES[stage] <= GROUND


def test_engines_run_what_runs_per_log():
    """The engines open bundles, read records and notice what they name; of tracing they know no more than that."""
    assert USES["engines"] & STAGES <= {"bundle", "records", "tracing"}
    names = [name for name in MODULES if unit(name) == "engines"]
    known = {module for name in names for module, _ in imported(name) if unit(module) == "tracing"}
    assert known == {"nbtrace.tracing.notice"}


def test_the_simulator_stands_apart():
    """The simulator shares nothing with the analysis but the errors, and only the command line uses it."""
    assert USES[APART] <= {"errors"}
    assert {name for name, used in USES.items() if APART in used} == {"cli"}


def test_there_are_no_circles():
    """Neither the units nor the modules, as far as they run, import each other in a circle."""
    running = {
        name: {module for module, _ in imported(name, running=True) if module in MODULES} - {name} for name in MODULES
    }
    for graph in (USES, running):
        TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_small(name):
    """A module fits in one sitting; a longer one has its reason."""
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= LONGER.get(name, LONGEST)


def test_modules_are_small_on_average():
    """The average module has at most 150 lines."""
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES.values()]
    assert sum(lengths) / len(lengths) <= 150


def exported(name):
    """Return the names in a module's `__all__`, or nothing where it has none."""
    for node in ast.parse(MODULES[name].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return None


def defined(name):
    """Return the public functions and classes that a module defines."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")}


@pytest.mark.parametrize("name", sorted(set(MODULES) - BY_TABLE))
def test_public_names_are_declared(name):
    """`__all__` holds every public function and class of a module; modules without any need none."""
    public, listed = defined(name), exported(name)
    if public:
        assert listed is not None
        assert public <= listed


@pytest.mark.parametrize("name", MODULES)
def test_only_declared_names_are_imported(name):
    """What a module takes from another is in the other's `__all__`."""
    taken = {(module, what) for module, what in imported(name) if what and not what.startswith("__")}
    wrong = sorted(f"{module}.{what}" for module, what in taken if what not in (exported(module) or ()))
    assert not wrong


def test_the_document_knows_every_unit():
    """The table in docs/architecture.md has one row for each package and module below nbtrace, and no other."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(set(USES) - {"", "__main__"})


def test_the_document_names_what_exists():
    """Every path that the document names is in the repository."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:nbtrace|grammars|docs|tests|benchmarks|sample_logs)/[\w./-]*)`", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
