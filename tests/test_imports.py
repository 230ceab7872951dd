"""What importing the package and asking for its version load, each in a process of its own."""

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import tui_optim

SCREENS = {"textual", "plotext"}
OTHERS = {"torch", "jax", "tensorboard", "matplotlib", "sklearn", "scipy", "pandas"}


@pytest.fixture
def loaded(environment, tmp_path):
    """The top-level modules that are loaded once some code has run, and what it printed."""

    def run(code):
        ending = "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", code + ending],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        )
        *printed, modules = ran.stdout.splitlines()
        assert "sys" in modules.split()
        return set(modules.split()), printed

    return run


def main(*words):
    return f"from tui_optim.cli import main\nassert main({list(words)}) == 0\n"


@pytest.mark.parametrize(
    "code",
    [
        "import tui_optim",
        main("--version"),
        *(main(*words, "--help") for words in ((), ("data",), ("watch",))),
    ],
)
def test_little_is_loaded(loaded, code):
    modules, _ = loaded(code)
    assert "tui_optim" in modules
    assert not modules & (SCREENS | OTHERS | {"rich", "numpy", "threadpoolctl", "platformdirs"})


def test_a_mistyped_option_loads_no_more(loaded):
    modules, _ = loaded("from tui_optim.cli import main\nassert main(['--bogus']) == 2")
    assert not modules & (SCREENS | OTHERS | {"rich", "numpy"})


def test_the_trainer_loads_neither_screens_nor_others(loaded):
    modules, _ = loaded("from tui_optim import Experiment, Trainer")
    assert "numpy" in modules
    assert not modules & (SCREENS | OTHERS | {"rich"})


def test_training_headless_loads_neither_screens_nor_others(loaded):
    code = (
        "from tui_optim.cli import main\n"
        "assert main(['--headless', '--quiet', '--iterations', '2']) == 0"
    )
    modules, _ = loaded(code)
    assert {"numpy", "rich"} <= modules
    assert not modules & (SCREENS | OTHERS)


def test_every_public_name_is_there_and_listed(loaded):
    names = set(tui_optim.__all__)
    assert {"Experiment", "Trainer", "History", "Control", "InputError", "__version__"} <= names
    assert names <= set(dir(tui_optim))
    for name in names:
        assert getattr(tui_optim, name) is not None
        assert name == "__version__" or f"\n{name}: " in tui_optim.__doc__
    # Before anything was loaded, too.
    _, printed = loaded("import tui_optim; print(*dir(tui_optim))")
    assert names <= set(printed[0].split())


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match=r"module 'tui_optim' has no attribute 'Trainr'"):
        tui_optim.Trainr  # noqa: B018  to ask for it is the test


def test_the_version_is_that_of_the_installed_package(cli):
    ran = cli("--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"tui-optim {version('tui-optim')}\n"
    assert tui_optim.__version__ == version("tui-optim")


@pytest.fixture(scope="module")
def imported():
    """The top-level modules that each file of the package imports, by its path."""
    package = Path(tui_optim.__file__).parent
    files = {}
    for path in sorted(package.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = [
            alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
        ]
        names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        files[path.relative_to(package).as_posix()] = {name.split(".")[0] for name in names}
    return files


@pytest.mark.parametrize(
    ("module", "below", "where"),
    [
        ("plotext", "", ["tui/widgets/chart.py"]),
        ("threading", "tui/", ["tui/session.py"]),
        ("concurrent", "", ["training/pool.py"]),
        ("torch", "", []),
    ],
)
def test_what_is_known_in_one_place_alone(module, below, where, imported):
    found = [file for file in imported if file.startswith(below) and module in imported[file]]
    assert found == where
