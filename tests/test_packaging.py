"""The wheel: which files are in it, and that it works elsewhere than in the checkout."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from monitor import __version__
from monitor.store import schema
from tests import oldest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel with the tools at hand: a test waits for no network."""
    folder = tmp_path_factory.mktemp("dist")
    options = ["--wheel", "--outdir", str(folder)]
    if _is_installed("hatchling"):
        options.append("--no-isolation")
    subprocess.run([sys.executable, "-m", "build", *options, str(ROOT)], check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Install the wheel into a fresh environment that borrows our other packages."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    ours = [sys.executable, "-m", "pip", "--python", python]
    subprocess.run([*ours, "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    # A plain path: `.pth` files of that folder, our editable install among them, are not read.
    Path(theirs.stdout.strip(), "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture
def elsewhere(installed, tmp_path, database):
    """Run an installed program from another folder."""

    def run(*typed: str) -> subprocess.CompletedProcess[str]:
        program = [str(installed / "bin" / typed[0]), *typed[1:]]
        settings = {**os.environ, "MONITOR_DB": database, "PYTHONPATH": ""}
        return subprocess.run(program, cwd=tmp_path, env=settings, capture_output=True, text=True)

    return run


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_package_and_its_description_only(wheel):
    tops = {name.split("/")[0] for name in names(wheel)}

    assert tops == {"monitor", f"infusion_monitor-{__version__}.dist-info"}


def test_the_wheel_holds_every_file_of_the_package_and_of_the_migrations(wheel):
    in_package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "monitor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    in_migrations = {
        f"monitor/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "migrations").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    inside = {name for name in names(wheel) if name.startswith("monitor/")}

    assert inside == in_package | in_migrations


def test_the_wheel_holds_no_other_kinds_of_files(wheel):
    kinds = Counter(
        name if "/migrations/" in name and name.endswith(".mako") else Path(name).suffix
        for name in names(wheel)
        if name.startswith("monitor/")
    )

    assert set(kinds) == {
        ".py",
        ".yaml",
        ".toml",
        ".txt",
        ".jsonl",
        ".json",
        "monitor/migrations/script.py.mako",
    }
    assert {Path(name).name for name in names(wheel) if name.endswith((".txt", ".jsonl"))} == {
        "tour.txt",
        "tour.jsonl",
        "entry_points.txt",
    }
    assert sum(name.startswith("monitor/migrations/versions/") for name in names(wheel)) == int(
        schema.HEAD
    )


def test_the_description_names_the_command_and_the_licence(wheel):
    about = f"infusion_monitor-{__version__}.dist-info"
    assert {name for name in names(wheel) if name.startswith(about)} == {
        f"{about}/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    with zipfile.ZipFile(wheel) as archive:
        commands = archive.read(f"{about}/entry_points.txt").decode()
    assert commands.split() == ["[console_scripts]", "monitor", "=", "monitor.commands:run"]


def test_the_installed_program_is_not_the_checkout(installed, elsewhere):
    where = elsewhere("python", "-c", "import monitor; print(monitor.__file__)")

    assert where.stdout.startswith(str(installed))


@pytest.mark.faults
def test_the_installed_program_finds_its_protocols_and_migrations(elsewhere, tmp_path):
    listed = elsewhere("monitor", "protocol", "list")
    upgraded = elsewhere("monitor", "db", "upgrade")
    status = elsewhere("monitor", "db", "status", "--json")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert "mitoxantrone-ms-us" in listed.stdout
    created = f"monitor: created the database {tmp_path}/clinic.db\n"
    assert (upgraded.returncode, upgraded.stderr) == (0, created)
    assert (status.returncode, '"schema": "current"' in status.stdout) == (0, True)
    assert (tmp_path / "clinic.db").exists()


@pytest.mark.faults
def test_the_installed_program_takes_its_tour(elsewhere):
    shown = elsewhere("python", "-m", "monitor", "demo")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.endswith("The database of this demo has been thrown away.\n")


def test_every_library_says_from_which_version_on_it_works():
    project = (ROOT / "pyproject.toml").read_text()
    promised = oldest.oldest(project)
    needed = {one.partition(">")[0] for one in tomllib.loads(project)["project"]["dependencies"]}

    assert needed <= set(promised)
    with pytest.raises(ValueError, match="'pyyaml' does not say from which version on"):
        oldest.oldest(project.replace('"pyyaml>=6.0.2"', '"pyyaml"'))


def _is_installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
