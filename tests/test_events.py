"""The vocabulary: what the events are called, and that none can be changed."""

import dataclasses
import typing

import pytest

from tui_optim import Experiment, Trainer, events
from tui_optim.events import EVENTS, Event, Histogram, LayerStatistics

NAMES = ("started", "step", "layers", "evaluation", "finding", "change", "ended")


def test_every_event_has_its_name():
    assert tuple(EVENTS) == NAMES
    for name, kind in EVENTS.items():
        assert kind.event == name
        assert kind.__name__ == name.capitalize()
        assert "event" not in {field.name for field in dataclasses.fields(kind)}
    assert set(typing.get_args(Event)) == set(EVENTS.values())


def test_schema_1():
    assert events.SCHEMA == 1


@pytest.fixture(scope="module")
def training():
    experiment = Experiment(data="blobs", hidden="4", optimizer="sgd", iterations=1)
    return list(Trainer(experiment))


def parts(value):
    """An event and all dataclasses inside it."""
    yield value
    for field in dataclasses.fields(value):
        inner = getattr(value, field.name)
        for each in inner if isinstance(inner, tuple) else (inner,):
            if dataclasses.is_dataclass(each):
                yield from parts(each)


def test_nothing_in_an_event_can_be_set(training):
    kinds = set()
    for event in training:
        for part in parts(event):
            kinds.add(type(part))
            for field in dataclasses.fields(part):
                with pytest.raises(dataclasses.FrozenInstanceError):
                    setattr(part, field.name, None)
            assert not hasattr(part, "__dict__")  # slots: no other attribute, and little memory
    assert {LayerStatistics, Histogram} < kinds
    assert len(kinds) == 10


def test_numbers_are_pythons_own(training):
    # NumPy's would keep arrays alive, print otherwise and not go into JSON
    def check(value):
        if isinstance(value, dict):
            for each in value.values():
                check(each)
        elif isinstance(value, tuple | list):
            for each in value:
                check(each)
        elif not dataclasses.is_dataclass(value):
            assert type(value) in (int, float, str, bool, type(None))

    for event in training:
        for part in parts(event):
            for field in dataclasses.fields(part):
                check(getattr(part, field.name))


def test_what_is_told_stays_as_it_was():
    trainer = Trainer(Experiment(hidden="8", optimizer="sgd", iterations=30, probe_every=1))
    seen = [(event, repr(event)) for event in trainer]
    assert len(seen) > 60
    for event, then in seen:
        assert repr(event) == then
