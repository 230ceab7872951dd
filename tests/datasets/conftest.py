"""What the tests of data sets share: files in IDX format, and a real HTTP server on loopback."""

import contextlib
import gzip
import http.server
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tui_optim.datasets import idx, mnist
from tui_optim.errors import InputError

PROJECT = Path(__file__).resolve().parents[2]
REAL_MNIST = PROJECT.parent / "shared" / "mnist"


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No user's cache, no variable, no proxy, and no mirror but a closed port."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TUI_OPTIM_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    nowhere = ("http://127.0.0.1:9/",)
    monkeypatch.setattr(mnist, "MIRRORS", {mnist.MNIST: nowhere, mnist.FASHION: nowhere})


@pytest.fixture
def real_mnist():
    """The folder of the published MNIST files."""
    if not REAL_MNIST.is_dir():
        pytest.skip(f"the MNIST files are not in {REAL_MNIST}")
    return REAL_MNIST


@pytest.fixture
def cache(tmp_path):
    """The user's cache, empty at first."""
    return tmp_path / "cache" / "tui-optim"


@pytest.fixture
def unprivileged():
    """Root may read everything; permissions are tested as nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(scope="session")
def or_refused():
    """Calls a reader: its result, or None where it refused in one line fit for a terminal."""

    def attempt(read, *arguments):
        try:
            return read(*arguments)
        except InputError as error:
            refusal = str(error)
        assert refusal.isprintable()
        return None

    return attempt


def idx_bytes(array, *, shape=None, magic=None):
    """An IDX file; `shape` and `magic` for one whose header lies."""
    header = idx.header(array.shape if shape is None else shape)
    return (header if magic is None else magic + header[4:]) + array.tobytes()


@dataclass
class IdxFolder:
    """Writes the four files of a small data set; each may be replaced by other bytes."""

    seed: int = 0
    train: int = 30
    test: int = 12
    size: tuple[int, int] = (4, 3)
    classes: int = 3
    arrays: dict = field(init=False)

    def __post_init__(self):
        rng = np.random.default_rng(self.seed)
        self.arrays = {
            idx.X_TRAIN: rng.integers(0, 256, (self.train, *self.size), dtype=np.uint8),
            idx.Y_TRAIN: (np.arange(self.train) % self.classes).astype(np.uint8),
            idx.X_TEST: rng.integers(0, 256, (self.test, *self.size), dtype=np.uint8),
            idx.Y_TEST: (np.arange(self.test) % self.classes).astype(np.uint8),
        }

    def hashes(self):
        """SHA-256 of each file's content."""
        return {file: idx.payload_sha256(array) for file, array in self.arrays.items()}

    @property
    def files(self):
        """Each file as it would be published."""
        return {
            f"{file}.gz": gzip.compress(idx_bytes(array), mtime=0)
            for file, array in self.arrays.items()
        }

    def write(self, folder, *, compress=True, **replaced):
        """Write to `folder`; `replaced` is the content of files, named by their constants."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, array in self.arrays.items():
            path = folder / (f"{file}.gz" if compress else file)
            path.write_bytes(
                gzip.compress(idx_bytes(array), mtime=0) if compress else idx_bytes(array)
            )
        for constant, content in replaced.items():
            file = getattr(idx, constant)
            for name in (file, f"{file}.gz"):
                (folder / name).unlink(missing_ok=True)
            (folder / file).write_bytes(content)
        return folder


@pytest.fixture
def idx_folder():
    """`IdxFolder`, the class."""
    return IdxFolder


@pytest.fixture
def as_idx():
    """`idx_bytes`, the function."""
    return idx_bytes


@dataclass
class Reply:
    """What the server sends for a path."""

    body: bytes = b""
    status: int = 200
    length: str | None = None
    silence: float = 0


class Server(http.server.ThreadingHTTPServer):
    """Replies by the table `replies`; remembers the paths asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def publish(self, folder, files):
        """Serve files, name to bytes, in a folder; gives the folder's URL."""
        self.replies |= {f"/{folder}/{name}": Reply(body) for name, body in files.items()}
        return f"{self.url}/{folder}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        reply = self.server.replies.get(self.path, Reply(status=404))
        time.sleep(reply.silence)
        self.send_response_only(reply.status)
        if reply.length != "":
            self.send_header("Content-Length", reply.length or str(len(reply.body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client had enough
            self.wfile.write(reply.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """A real HTTP server on loopback."""
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def reply():
    """`Reply`, the class."""
    return Reply
