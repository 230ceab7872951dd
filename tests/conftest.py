"""What the tests of the command line share: real processes, and the events of their logs."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from tui_optim.cli import main
from tui_optim.signals import SIGNALS

PROGRAM = (sys.executable, "-W", "error", "-m", "tui_optim")
UNSET = (
    *("COLUMNS", "LINES", "TERM", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    *("PYTHONIOENCODING", "PYTHONUNBUFFERED", "TUI_OPTIM_DATA"),
    *("LC_ALL", "LC_MESSAGES", "LANG"),
)

# What is compiled is kept, whatever PYTHONDONTWRITEBYTECODE says: an installed program has been
# compiled, too, and hundreds of processes are started here, the workers among them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("busy", deadline=None)  # a busy machine is no fault
settings.load_profile("busy")


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread():
    """As in a training: several spin while they wait for one another, if others have the cores.

    OpenBLAS also obeys no other thread once the main thread has set it, so that a training in the
    app's worker would have them after one here.
    """
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """The environment of the program: no settings and no files of the user's, no network."""
    variables = {key: value for key, value in os.environ.items() if key not in UNSET}
    nowhere = "http://127.0.0.1:9"
    return variables | {
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "PYTHONUTF8": "1",
    }


@pytest.fixture(scope="session")
def cli(environment, tmp_path_factory):
    """Runs the program in an empty folder, with nothing to write to but pipes."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def run(*words, before=(), program=PROGRAM, variables=None, **options):
        ordinary = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "encoding": "utf-8",
            "cwd": elsewhere,
        }
        return subprocess.run(
            [*before, *program, *map(os.fspath, words)],
            env=environment | (variables or {}),
            timeout=60,
            check=False,
            **ordinary | options,
        )

    return run


@contextmanager
def heeding_signals():
    """What is started meanwhile ignores no signal, though these tests may: in the background."""
    ignored = [each for each in SIGNALS if signal.getsignal(each) is signal.SIG_IGN]
    for each in ignored:
        signal.signal(each, signal.SIG_DFL)
    try:
        yield
    finally:
        for each in ignored:
            signal.signal(each, signal.SIG_IGN)


@pytest.fixture
def start(environment, tmp_path):
    """Starts the program and leaves it running; what still runs after the test is killed."""
    started = []

    def begin(*words, program=PROGRAM, **options):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with heeding_signals():
            process = subprocess.Popen(
                [*program, *map(os.fspath, words)],
                **pipes | {"cwd": tmp_path, "env": environment} | options,
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()


@pytest.fixture(scope="session")
def events():
    """The events of a log, a path or its text, of one kind or of all, as JSON has them."""

    def read(source, kind=None):
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        every = [json.loads(line) for line in text.splitlines()]
        return every if kind is None else [event for event in every if event["event"] == kind]

    return read


@pytest.fixture(scope="session")
def mnist_folder():
    """The published MNIST files."""
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "mnist"
    if not folder.is_dir():
        pytest.skip("the MNIST files are not in ../shared/mnist")
    return folder


@pytest.fixture
def call(environment, tmp_path, monkeypatch, capfd):
    """Runs the command line as `cli` does, but in this process, which is sooner, in `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUI_OPTIM_DATA", raising=False)
    for key in ("XDG_CACHE_HOME", "http_proxy", "https_proxy"):
        monkeypatch.setenv(key, environment[key])

    def run(*words):
        code = main([os.fsdecode(word) if isinstance(word, bytes) else str(word) for word in words])
        return subprocess.CompletedProcess(words, code, *capfd.readouterr())

    return run


@pytest.fixture
def refused(call):
    """Asserts that the command line refuses in one line with `saying`."""

    def check(*words, saying=""):
        ran = call(*words)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert re.fullmatch(r"tui-optim: [^\n]+\n", ran.stderr), ran.stderr
        assert ran.stderr[:-1].isprintable(), ran.stderr
        assert saying in ran.stderr
        return ran.stderr

    return check
