"""Downloading a file: from the first of several mirrors that gives the right one, or not at all."""

import contextlib
import secrets
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tui_optim.datasets.files import printable, quoted, shown
from tui_optim.errors import InputError

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes so far, and the total where the server states it."""

TIMEOUT = 30.0
"""Seconds that a server may keep silent."""
MAX_BYTES = 2**26
"""No larger file is downloaded; the largest of the data sets has 26 MB."""
CHUNK = 2**16


class _NotReceivedError(Exception):
    """A mirror gave no whole file; the message says why."""


def download(
    urls: Sequence[str],
    path: Path,
    check: Callable[[Path], object],
    instead: str,
    progress: Progress | None = None,
) -> None:
    """Download a file to `path`, which gets its name only when it is whole and checked.

    Args:
        urls: Where it is published, tried in order.
        path: Where it is to be; its folder is made.
        check: Raises InputError for a file whose content is not the one wanted.
        instead: What a person can do where no mirror helps, for the message.
        progress: Called when the answer comes, and after each chunk.

    Raises:
        InputError: The folder cannot be written, or no mirror gave the file.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    reasons = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for url in urls:
            try:
                _receive(url, part, path.name, progress)
                check(part)
            except _NotReceivedError as error:
                reasons.append(f"{urlsplit(url).netloc}: {error}")
            except InputError:
                reasons.append(f"{urlsplit(url).netloc}: not the published file")
            else:
                part.replace(path)
                return
    except OSError as error:
        raise InputError(
            f"cannot write {shown(path)}: {error.strerror or error}; "
            "--data-dir names another folder"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    raise InputError(f"cannot download {quoted(path.name)} ({'; '.join(reasons)}): {instead}")


def _receive(url: str, part: Path, name: str, progress: Progress | None) -> None:
    """Write what `url` sends to `part`; errors of the network are `_NotReceivedError`."""
    received, total = 0, None
    with part.open("wb") as file, contextlib.closing(_chunks(url)) as chunks:
        for chunk, total in chunks:
            received += len(chunk)
            if received > MAX_BYTES:
                raise _NotReceivedError(f"sent more than {MAX_BYTES:,} bytes")
            file.write(chunk)
            if progress is not None:
                progress(name, received, total)
    if total is not None and received < total:
        raise _NotReceivedError(f"sent only {received:,} of {total:,} bytes")


def _chunks(url: str) -> Generator[tuple[bytes, int | None]]:
    """What `url` sends, piece by piece, each with the total number of bytes where it is stated."""
    # What the network needs takes a while to import, and hardly any training needs it.
    import http.client  # noqa: PLC0415
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310 (our mirrors)
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else None
            yield b"", total
            while chunk := response.read(CHUNK):
                yield chunk, total
    except urllib.error.HTTPError as error:
        error.close()
        raise _NotReceivedError(f"HTTP status {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise _NotReceivedError(printable(text)) from error
