"""Which findings hold, and which have come and gone."""

from dataclasses import replace

from tui_optim.events import Finding
from tui_optim.training.findings import Findings, open_findings, past_findings


def found(iteration, run="sgd", layer=None):
    return Finding(iteration, run, layer, "stalled", 0.1, 0.2, "it stalls", resolved=False)


def test_a_finding_holds_until_it_is_resolved():
    first, other, second = found(1), found(2, "adam"), found(3, layer=2)
    gone = replace(first, iteration=4, resolved=True)
    assert open_findings([first, other, second]) == [first, other, second]
    assert open_findings([first, other, second, gone]) == [other, second]
    assert past_findings([first, other, second, gone, gone]) == [(first, gone)]
    assert past_findings([replace(gone, kind="another"), gone]) == []


def test_what_is_told_again_takes_the_place_of_the_first():
    again = found(5)
    assert open_findings([found(1), found(2, "adam"), again]) == [found(2, "adam"), again]


def test_what_holds_is_kept_longest():
    old, events = found(0, "adam"), []
    for i in range(1, 20, 2):
        events += [found(i), replace(found(i + 1), resolved=True)]
    kept, full = Findings(5), Findings(4)
    for each in (old, *events):
        kept.add(each)
    assert kept.all == (old, *events[-4:])
    for i in range(9):
        full.add(found(i, layer=i))
    assert [each.iteration for each in full.all] == [5, 6, 7, 8]
