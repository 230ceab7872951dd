"""The wheel as others get it: built, installed into a fresh environment, run from elsewhere."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import tui_optim

PROJECT = Path(__file__).resolve().parents[1]


def call(*words, cwd, **variables):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        words,
        cwd=cwd,
        env=environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"} | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def pip(python, *words, cwd):
    """Our own pip, for another interpreter: it takes seconds to give each its own."""
    return call(sys.executable, "-m", "pip", "--python", python, *words, cwd=cwd)


@pytest.mark.thorough
def test_wheel(tmp_path):
    """One test, so that one worker builds and installs once."""
    python = fresh_python(tmp_path / "fresh")
    (tmp_path / "wheel").mkdir()
    words = ("wheel", "-q", "--no-deps", "-w", tmp_path / "wheel", PROJECT)
    built = pip(python, *words, cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheel").iterdir()
    check_contents(wheel)
    check_that_nothing_is_left_in_the_project()
    done = pip(python, "install", "-q", "--no-compile", wheel, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "elsewhere").mkdir()
    check_that_it_trains(python, tmp_path / "elsewhere")
    check_dependencies(python, tmp_path / "elsewhere")


def fresh_python(folder):
    """The interpreter of a fresh virtual environment, with packages within reach."""
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    once = ("--retries", "0", "--timeout", "15")
    words = ("download", "-q", "--no-deps", "-d", folder, "platformdirs")
    got = pip(python, *once, *words, cwd=folder)
    if got.returncode:
        pytest.skip(f"pip reaches no package index: {got.stderr.strip().splitlines()[-1]}")
    return python


def check_contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        digits = archive.read("tui_optim/datasets/digits.npz")
        (path,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(path).decode())
        licences = [
            archive.read(path.replace("METADATA", f"licenses/{name}"))
            for name in metadata.get_all("License-File")
        ]
    assert re.fullmatch(r"tui_optim-[\d.]+-py3-none-any\.whl", wheel.name)
    assert {name.split("/")[0] for name in names} == {"tui_optim", path.split("/")[0]}
    sources = {p.relative_to(PROJECT).as_posix() for p in (PROJECT / "tui_optim").rglob("*.py")}
    sheets = {p.relative_to(PROJECT).as_posix() for p in (PROJECT / "tui_optim").rglob("*.tcss")}
    assert sources
    assert sources | sheets <= set(names)
    assert {"tui_optim/py.typed", "tui_optim/datasets/digits.npz"} <= set(names)
    assert not [name for name in names if re.search(r"test|bench|cache|\.pyc", name)]
    assert digits == (PROJECT / "data" / "digits.npz").read_bytes()
    assert metadata["Version"] == tui_optim.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE", "data/LICENSE-digits.txt"]
    assert licences == [
        (PROJECT / name).read_bytes() for name in ("LICENSE", "data/LICENSE-digits.txt")
    ]
    assert metadata.get_payload().startswith("# tui-optim")


def check_that_nothing_is_left_in_the_project():
    listed = call("git", "status", "--porcelain", "--ignored", cwd=PROJECT)
    left = re.findall(r"^.. ((?:build|dist|[^/]*\.egg-info)/)", listed.stdout, re.MULTILINE)
    assert left == []


def check_that_it_trains(python, folder):
    words = ("--headless", "--iterations", "20", "--log", "a.jsonl")
    ran = call(python.with_name("tui-optim"), *words, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert "20 iterations of 6 runs" in ran.stdout
    assert (folder / "a.jsonl").read_text().splitlines()[-1].startswith('{"event":"ended"')
    code = "import tui_optim; print(tui_optim.__file__)"
    where = Path(call(python, "-c", code, cwd=folder).stdout.strip())
    assert where.is_relative_to(python.parents[1])
    assert where.with_name("py.typed").exists()


def check_dependencies(python, folder):
    code = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    printed = call(python, "-c", code, cwd=folder).stdout.lower().replace("_", "-")
    there = set(printed.split())
    assert {"numpy", "threadpoolctl", "rich", "platformdirs", "textual", "plotext"} <= there
    assert not there & {"torch", "pytest", "matplotlib", "scikit-learn", "hypothesis", "scipy"}
    checked = pip(python, "check", cwd=folder)
    assert checked.returncode == 0, checked.stdout
