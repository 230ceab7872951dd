"""The wheel as others get it: built, installed into a fresh environment, run from elsewhere."""

import os
import re
import subprocess
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


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The interpreter of a fresh virtual environment with pip, and packages within reach."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = (python, "-m", "pip", "--retries", "0", "--timeout", "15")
    got = call(*pip, "download", "-q", "--no-deps", "-d", folder, "platformdirs", cwd=folder)
    if got.returncode:
        pytest.skip(f"pip reaches no package index: {got.stderr.strip().splitlines()[-1]}")
    return python


@pytest.fixture(scope="module")
def wheel(python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = call(python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, PROJECT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(python, wheel):
    done = call(python, "-m", "pip", "install", "-q", wheel, cwd=wheel.parent)
    assert done.returncode == 0, done.stderr
    return python


def test_what_is_in_the_wheel(wheel):
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
    assert sources | {"tui_optim/py.typed", "tui_optim/datasets/digits.npz"} <= set(names)
    assert not [name for name in names if re.search(r"test|bench|__pycache__|\.pyc", name)]
    assert digits == (PROJECT / "data" / "digits.npz").read_bytes()
    assert metadata["Version"] == tui_optim.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE", "data/LICENSE-digits.txt"]
    assert licences == [
        (PROJECT / name).read_bytes() for name in ("LICENSE", "data/LICENSE-digits.txt")
    ]
    assert metadata.get_payload().startswith("# tui-optim")


def test_the_installed_program_trains(installed, tmp_path):
    ran = call(
        installed.with_name("tui-optim"),
        *("--headless", "--iterations", "20", "--log", "a.jsonl"),
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    assert "20 iterations of 6 runs" in ran.stdout
    assert (tmp_path / "a.jsonl").read_text().splitlines()[-1].startswith('{"event":"ended"')
    code = "import tui_optim; print(tui_optim.__file__)"
    where = call(installed, "-c", code, cwd=tmp_path).stdout
    assert Path(where.strip()).is_relative_to(installed.parents[1])
    assert Path(where.strip()).with_name("py.typed").exists()


def test_it_brings_nothing_but_its_dependencies(installed, tmp_path):
    code = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    there = {name.lower() for name in call(installed, "-c", code, cwd=tmp_path).stdout.split()}
    direct = {"numpy", "threadpoolctl", "rich", "platformdirs", "textual", "plotext", "tomli-w"}
    assert direct <= {name.replace("_", "-") for name in there}
    assert not there & {"torch", "pytest", "matplotlib", "scikit-learn", "hypothesis", "scipy"}
    checked = call(installed, "-m", "pip", "check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_nothing_is_left_in_the_project(wheel):
    assert wheel.exists()
    listed = call("git", "status", "--porcelain", "--ignored", cwd=PROJECT)
    if listed.returncode:
        pytest.skip("the project is no git checkout")
    assert not re.search(r"^.. (build|dist|.*\.egg-info)/", listed.stdout, re.MULTILINE)
