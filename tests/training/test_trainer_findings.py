"""The findings among a trainer's events."""

from tui_optim.events import Ended, Finding

DEEP = {
    "data": "blobs",
    "activation": "sigmoid",
    "initializer": "xavier",
    "hidden": "10x5",
    "compare": "optimizer=adam:lr=0.03,sgd,sgd:lr=1e9",
    "iterations": 20,
    "probe_every": 5,
    "eval_every": 20,
}


def said(findings):
    return [(each.run, each.kind, each.resolved) for each in findings]


def test_findings_come_before_the_end(train):
    training = train(**DEEP)
    kinds = [event.event for event in training.events]
    assert kinds[0] == "started"
    assert kinds[-1] == "ended"
    assert kinds.count("finding") >= 3
    for before, event in zip(training.events, training.events[1:], strict=False):
        if isinstance(event, Finding):
            assert event.iteration == before.iteration


def test_a_training_that_goes_on_says_nothing_twice(train, recording):
    whole = train(**DEEP | {"iterations": 60})
    training = recording(**DEEP).run()
    training.control.extend(40)
    training.run()
    assert len(training.of(Ended)) == 2
    found = said(training.of(Finding))
    assert len(set(found)) == len(found)
    assert found == said(whole.of(Finding))
    assert ("adam:lr=0.03", "vanishing-gradient", True) in found


def test_a_reader_that_leaves_and_comes_back_misses_none(recording, train):
    training, events = recording(**DEEP), []
    while not events or not isinstance(events[-1], Ended):
        events.append(next(iter(training.trainer)))
        if events[-1].event == "started":  # told again until something was trained
            events = events[-1:]
            for event in training.trainer:
                events.append(event)
                if event.event == "step":
                    break
    assert said(e for e in events if isinstance(e, Finding)) == said(train(**DEEP).of(Finding))
