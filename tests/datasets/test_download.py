import pytest

from tui_optim.datasets import download as downloads
from tui_optim.datasets.download import download
from tui_optim.errors import InputError

BODY = bytes(range(256)) * 1000


def check(path):
    if path.read_bytes() != BODY:
        raise InputError("altered")


def fetch(path, *urls, progress=None):
    download(urls, path, check, "do it by hand", progress)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new" / "folder" / "data.gz"


def test_good_download(server, reply, target):
    server.replies["/data.gz"] = reply(BODY)
    steps = []
    fetch(target, f"{server.url}/data.gz", progress=lambda *step: steps.append(step))
    assert target.read_bytes() == BODY
    assert [path.name for path in target.parent.iterdir()] == ["data.gz"]
    assert steps[:2] == [("data.gz", 0, len(BODY)), ("data.gz", 65536, len(BODY))]
    assert steps[-1] == ("data.gz", len(BODY), len(BODY))


def test_total_is_unknown_where_the_server_does_not_say(server, reply, target):
    server.replies["/data.gz"] = reply(BODY, length="")
    steps = []
    fetch(target, f"{server.url}/data.gz", progress=lambda *step: steps.append(step))
    assert steps[-1] == ("data.gz", len(BODY), None)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"body": BODY[:1000], "length": str(len(BODY))}, "sent only 1,000 of 256,000 bytes"),
        ({"body": BODY[:1000], "length": ""}, "not the published file"),
        ({"body": b"", "length": "9"}, "sent only 0 of 9 bytes"),
        ({"body": BODY[::-1]}, "not the published file"),
        ({"status": 404}, "HTTP status 404"),
        ({"status": 503}, "HTTP status 503"),
        ({"silence": 0.5}, "timed out"),
        ({"body": BODY + BODY}, "sent more than 300,000 bytes"),
    ],
)
def test_bad_download_is_never_left_behind(*, server, reply, target, monkeypatch, bad, reason):
    monkeypatch.setattr(downloads, "TIMEOUT", 0.2)
    monkeypatch.setattr(downloads, "MAX_BYTES", 300_000)
    server.replies["/data.gz"] = reply(**bad)
    with pytest.raises(InputError) as caught:
        fetch(target, f"{server.url}/data.gz")
    host = server.url.removeprefix("http://")
    assert str(caught.value) == f"cannot download 'data.gz' ({host}: {reason}): do it by hand"
    assert list(target.parent.iterdir()) == []


def test_second_mirror_is_tried(server, reply, target):
    server.replies["/cut/data.gz"] = reply(BODY[:9], length="99")
    server.replies["/altered/data.gz"] = reply(BODY[::-1])
    server.replies["/good/data.gz"] = reply(BODY)
    places = ["absent", "cut", "altered", "good", "never asked"]
    fetch(target, *(f"{server.url}/{place}/data.gz" for place in places))
    assert target.read_bytes() == BODY
    assert server.asked == [f"/{place}/data.gz" for place in places[:-1]]


def test_no_server(target):
    with pytest.raises(InputError, match=r"\(127.0.0.1:9: Connection refused\): do it by hand"):
        fetch(target, "http://127.0.0.1:9/data.gz")
    assert not target.exists()


def test_interrupted_download_is_never_left_behind(server, reply, target):
    def interrupt(*_):
        raise KeyboardInterrupt

    server.replies["/data.gz"] = reply(BODY)
    with pytest.raises(KeyboardInterrupt):
        fetch(target, f"{server.url}/data.gz", progress=interrupt)
    assert list(target.parent.iterdir()) == []


def test_existing_file_stays_where_the_download_fails(server, reply, target):
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")
    server.replies["/data.gz"] = reply(b"altered")
    with pytest.raises(InputError):
        fetch(target, f"{server.url}/data.gz")
    assert target.read_bytes() == b"old"


def test_hostile_reply_reaches_no_terminal(target):
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"\x1b[2J\x1b]0;pwned\x07\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(InputError) as caught:
            fetch(target, f"http://127.0.0.1:{listener.getsockname()[1]}/data.gz")
        thread.join()
    assert str(caught.value).isprintable()


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write .*: File exists; --data-dir names another"):
        fetch(tmp_path / "file" / "data.gz", "http://127.0.0.1:9/")


@pytest.mark.usefixtures("unprivileged")
def test_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match=r"cannot write .*: Permission denied; --data-dir"):
        fetch(tmp_path / "data.gz", "http://127.0.0.1:9/")
