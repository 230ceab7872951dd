"""What the findings of a training come to: which hold, and which have come and gone."""

from collections.abc import Iterable

from tui_optim.events import Finding

MOST = 1000


class Findings:
    """The last findings, in order; of too many, what holds is kept longest."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._findings: list[Finding] = []
        self._all: tuple[Finding, ...] | None = None
        self._held: dict[object, Finding] = {}

    @property
    def all(self) -> tuple[Finding, ...]:
        """The oldest first, resolved or not; the same tuple until the next one comes."""
        if self._all is None:
            self._all = tuple(self._findings)
        return self._all

    def add(self, finding: Finding) -> None:
        """Take in the next one."""
        self._all = None
        self._findings.append(finding)
        self._held.pop(_place(finding), None)
        if not finding.resolved:
            self._held[_place(finding)] = finding
        if len(self._findings) > self._most:
            past = (i for i, each in enumerate(self._findings) if not self._holds(each))
            gone = self._findings.pop(next(past, 0))
            if self._holds(gone):
                del self._held[_place(gone)]

    def _holds(self, finding: Finding) -> bool:
        return self._held.get(_place(finding)) is finding


def open_findings(findings: Iterable[Finding]) -> list[Finding]:
    """What was found and still holds, the oldest first."""
    return _sorted(findings)[0]


def past_findings(findings: Iterable[Finding]) -> list[tuple[Finding, Finding]]:
    """What was found and holds no longer, each with what said so; the first to go first."""
    return _sorted(findings)[1]


def _sorted(findings: Iterable[Finding]) -> tuple[list[Finding], list[tuple[Finding, Finding]]]:
    held: dict[object, Finding] = {}
    past = []
    for each in findings:
        found = held.pop(place := _place(each), None)
        if not each.resolved:
            held[place] = each
        elif found is not None:
            past.append((found, each))
    return list(held.values()), past


def _place(finding: Finding) -> object:
    return finding.run, finding.layer, finding.kind
