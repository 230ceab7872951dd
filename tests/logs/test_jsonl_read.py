"""Logs as they are read: whatever is in the file, it is data."""

import json
import math
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_optim import History, InputError
from tui_optim.events import EVENTS, Step
from tui_optim.logs.jsonl import LONGEST_LINE, decode, encode, read

STEP = '{"event":"step","iteration":1,"samples":128,"seconds":0.5,"loss":{"adam":2.5}}'
FIRST = Step(1, 128, 0.5, {"adam": 2.5})


def events_and_faults(path):
    faults = []
    events = list(read(path, lambda number, fault: faults.append((number, fault))))
    for _, fault in faults:
        assert isinstance(fault, str)
        assert fault
    return events, faults


@pytest.fixture
def log(tmp_path):
    """A function of a file's content: its path."""

    def write(content):
        path = tmp_path / "log.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def with_(**changed):
    """The line of the step with some keys changed; None takes one away."""
    value = {**json.loads(STEP), **changed}
    return json.dumps({key: v for key, v in value.items() if v is not ...})


# what another version may have written
FOREIGN = [
    ("an unknown key", with_(note={"x": [1, {}]}), FIRST),
    ("keys in another order", json.dumps(dict(reversed(json.loads(STEP).items()))), FIRST),
    ("whole numbers for floats", with_(seconds=3), Step(1, 128, 3.0, {"adam": 2.5})),
    ("a loss of null", with_(loss={"adam": None}), Step(1, 128, 0.5, {"adam": None})),
    ("spaces", f"  {STEP}  ", FIRST),
    ("a Windows line's end", f"{STEP}\r", FIRST),
    ("the last of equal keys", f'{{"iteration":9,{STEP[1:]}', FIRST),
    ("an unknown event", '{"event":"applause","iteration":1}', None),
    ("an unknown event with odd values", '{"event":"step2","iteration":"x"}', None),
]


@pytest.mark.parametrize(("line", "event"), [c[1:] for c in FOREIGN], ids=[c[0] for c in FOREIGN])
def test_foreign_lines(line, event, log):
    events, faults = events_and_faults(log(f"{STEP}\n{line}\n{STEP}\n"))
    assert events == [FIRST, *([event] if event else []), FIRST]
    assert faults == []


BAD = [
    ("not JSON", "hello"),
    ("not UTF-8", b"\xff\xfe\x00"),
    ("a number", "1"),
    ("a list", f"[{STEP}]"),
    ("null", "null"),
    ("no event", '{"iteration":1}'),
    ("an event that is no text", '{"event":["step"]}'),
    ("two values", STEP + STEP),
    ("half a line", STEP[:40]),
    ("a control character in a string", '{"event":"st\x01ep"}'),
    ("a key missing", with_(samples=...)),
    ("text for a number", with_(iteration="1")),
    ("a fraction for a whole number", with_(iteration=1.5)),
    ("true for a number", with_(iteration=True)),
    ("true for a loss", with_(loss={"adam": True})),
    ("null for a number", with_(seconds=None)),
    ("a list for a mapping", with_(loss=[2.5])),
    ("text for a loss", with_(loss={"adam": "2.5"})),
    ("nested for a loss", with_(loss={"adam": {"x": 1}})),
    ("NaN", STEP.replace("2.5", "NaN")),
    ("Infinity", STEP.replace("2.5", "Infinity")),
    ("-Infinity", STEP.replace("0.5", "-Infinity")),
    ("beyond a float", STEP.replace("2.5", "1e999")),
    ("beyond a float, whole", STEP.replace("2.5", "1" + "0" * 400)),
    ("more digits than Python reads", STEP.replace("128", "1" * 5000)),
    ("nested too deep", "[" * 200_000),
    ("nested too deep in an event", with_(note="?").replace('"?"', '{"a":' * 200_000)),
    ("an unknown reason", '{"event":"ended","reason":"tired","iterations":1,"seconds":1,'
     '"loss":{},"accuracy":{}}'),
    ("a reason that is a list", '{"event":"ended","reason":["stopped"],"iterations":1,'
     '"seconds":1,"loss":{},"accuracy":{}}'),
    ("layers that are no list", '{"event":"layers","iteration":1,"run":"a","layers":{}}'),
    ("a layer that is no object", '{"event":"layers","iteration":1,"run":"a","layers":[1]}'),
    ("a layer without its keys", '{"event":"layers","iteration":1,"run":"a","layers":[{}]}'),
]  # fmt: skip


@pytest.mark.parametrize("line", [case[1] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_lines_are_skipped_and_reported_by_number(line, log):
    line = line if isinstance(line, bytes) else line.encode()
    good = STEP.encode()
    path = log(good + b"\n" + line + b"\n" + good + b"\n" + line + b"\n")
    events, faults = events_and_faults(path)
    assert events == [FIRST, FIRST]
    assert [number for number, _ in faults] == [2, 4]
    assert list(read(path)) == [FIRST, FIRST]  # also where nobody wants to know


def test_the_fault_names_the_key(log):
    _, faults = events_and_faults(log(with_(loss={"adam": "x"}) + "\n" + with_(samples=...)))
    (_, wrong), (_, missing) = faults
    assert "step.loss" in wrong
    assert "step.samples" in missing


@pytest.mark.parametrize("cut", [1, 10, 40, len(STEP) - 1])
def test_a_last_line_half_written_is_skipped(cut, log):
    events, faults = events_and_faults(log(f"{STEP}\n{STEP}\n{STEP[:cut]}"))
    assert events == [FIRST, FIRST]
    assert [number for number, _ in faults] == [3]


def test_a_last_line_without_its_end_is_read(log):
    assert events_and_faults(log(f"{STEP}\n{STEP}")) == ([FIRST, FIRST], [])


def test_a_cut_amid_a_character_is_no_trouble(log):
    line = with_(loss={"ädäm": 1.0}).encode().decode("unicode_escape").encode()
    assert "ä".encode() in line
    cut = line[: line.index("ä".encode()) + 1]
    events, faults = events_and_faults(log(STEP.encode() + b"\n" + cut))
    assert (events, len(faults)) == ([FIRST], 1)


def test_an_empty_log(log):
    assert events_and_faults(log("")) == ([], [])


@pytest.mark.parametrize("name", [".", "no-such-file", "no/such/file"])
def test_what_cannot_be_read(name, tmp_path):
    with pytest.raises(InputError, match="cannot be read") as caught:
        list(read(tmp_path / name))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_path_that_cannot_be_read():
    with pytest.raises(InputError):
        list(read("a\0b"))


def test_an_over_long_line_is_skipped_in_bounded_memory(log):
    path = log(STEP + "\n")
    with path.open("ab") as file:
        for _ in range(6):
            file.write(b"x" * LONGEST_LINE)
        file.write(b"\n" + STEP.encode() + b"\n" + b"[" * LONGEST_LINE)
    tracemalloc.start()
    try:
        events, faults = events_and_faults(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert events == [FIRST, FIRST]
    assert [number for number, _ in faults] == [2, 4]
    assert most < 5 * LONGEST_LINE


def test_several_trainings_in_one_log(log, training_events):
    lines = "".join(encode(event) + "\n" for event in training_events)
    assert (
        list(read(log(lines + lines[: len(lines) // 2] + "\n" + lines)))[:10]
        == (training_events[:10])
    )
    history = History()
    for event in read(log(lines[: len(lines) // 2] + "\n" + lines)):
        history.add(event)
    assert history.ended == training_events[-1]
    assert history.iteration == 40


def test_what_is_not_finite_is_not_let_in_by_the_experiment(log, training_events):
    line = encode(training_events[0]).replace('"iterations":30', '"iterations":Infinity')
    assert "Infinity" in line
    for event in read(log(line)):
        assert math.isfinite(event.experiment["iterations"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.one_of(st.binary(max_size=60), st.just(STEP.encode()))), ended=st.booleans()
)
def test_arbitrary_bytes_are_skipped(lines, ended, log):
    events, faults = events_and_faults(log(b"\n".join(lines) + b"\n" * ended))
    assert events == [FIRST] * lines.count(STEP.encode())
    assert [number for number, _ in faults] == sorted({number for number, _ in faults})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from([10**400, "adam", "stopped", 0, -1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)  # fmt: skip


def places(value, path=()):
    """The path of every value inside a value of JSON."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_event_with_anything_put_anywhere(data, training_events):
    event = data.draw(st.sampled_from(training_events))
    value = json.loads(encode(event))
    for _ in range(data.draw(st.integers(1, 2))):
        *outer, last = data.draw(st.sampled_from(list(places(value))[1:]))
        inner = value
        for key in outer:
            inner = inner[key]
        inner[last] = data.draw(JSON)
    try:
        got = decode(json.dumps(value))
    except ValueError as error:
        assert str(error)  # noqa: PT017  it need not be raised
        return
    assert got is None or type(got) is EVENTS[value["event"]]
    if got is not None:
        assert decode(encode(got)) == got  # what is let in can be written again


@settings(max_examples=150)
@given(JSON | st.dictionaries(st.sampled_from(["event", "loss", "run"]), JSON))
def test_arbitrary_json_is_no_event(value):
    try:
        event = decode(json.dumps(value))
    except ValueError as error:
        assert str(error)  # noqa: PT017  it need not be raised
        return
    assert event is None
