"""Advice: what a finding says, in a sentence and at length.

It depends on the finding and, where it is known, the run: its activation, initializer and
optimizer decide which remedy fits.
"""

from collections.abc import Sequence

from tui_optim.errors import InputError
from tui_optim.events import Finding, KnownRun, RunInfo
from tui_optim.language import Language
from tui_optim.nn import INITIALIZERS, build
from tui_optim.nn.initializers import Normal
from tui_optim.training.wording import PHRASES, REMEDIES, WORDS

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LONGEST_NAME = 40  # a name may come from a log that somebody else has written
WIDE = 0.3  # normal:std=… draws too wide from here on, else too narrow, at usual widths
SUITABLE = {"sigmoid": "Xavier", "tanh": "Xavier", "relu": "He", "leaky_relu": "He"}
SHARES = frozenset({"oscillating", "saturated-units", "dead-units", "stalled", "overfitting"})
"""Kinds whose value is a share, shown in percent."""
ALWAYS = {"symmetric-units": "unequal", "oscillating": "fast"}
UNLESS_WIDE = {
    "exploding-gradient": "grown",
    "saturated-units": "grown",
    "dead-units": "off",
    "diverged": "overflow",
}
"""Which of REMEDIES fits a kind, or does unless the weights are drawn too wide."""


def title(kind: str, language: Language, layer: int | None = None) -> str:
    """What a kind of finding is called, and in which layer it is."""
    name = WORDS[kind][language].name if kind in WORDS else kind
    if layer is None:
        return name
    return PHRASES[language]["in layer"].format(name=name, layer=layer)


def sentence(finding: Finding, language: Language = "en", run: RunInfo | None = None) -> str:
    """What a finding says: layer, number seen, cause and remedy; or that it is over."""
    if finding.kind not in WORDS:  # of another version
        return finding.message
    if not finding.resolved:
        return together([finding], language, [run])
    words, phrases = WORDS[finding.kind][language], PHRASES[language]
    form = "explained" if finding.value is None else "ended"
    text = phrases[form].format(name=words.name, value=_amount(finding.kind, finding.value))
    return _in_layers(text, [finding.layer], language)


def together(
    findings: Sequence[Finding], language: Language, runs: Sequence[RunInfo | None]
) -> str:
    """What findings that are `alike` say: in which layers, the numbers' range, cause and remedy.

    Args:
        findings: which hold, at least one.
        language: of the sentence.
        runs: what each finding's run is made of, where that is known.
    """
    first = findings[0]
    if first.kind not in WORDS:
        return first.message
    values = sorted(each.value for each in findings if each.value is not None)
    amounts = [_amount(first.kind, value) for value in values[:1] + values[-1:]]
    value = PHRASES[language]["to"].join(dict.fromkeys(amounts)) or "?"
    seen = WORDS[first.kind][language].seen.format(value=value)
    remedy = _remedy(first.kind, language, *runs)
    text = PHRASES[language]["said"].format(seen=seen, remedy=remedy)
    return _in_layers(text, [each.layer for each in findings], language)


def alike(finding: Finding, run: RunInfo | None) -> object:
    """Equal for findings that one sentence can say: of a kind, a cause and a remedy."""
    if finding.kind not in WORDS:
        return finding.kind, finding.message
    suitable = SUITABLE.get(_name(run.activation)) if run else None
    return finding.kind, finding.layer is None, _case(finding.kind, run), suitable


def _in_layers(text: str, layers: Sequence[int | None], language: Language) -> str:
    """A sentence with the layers it is about before it, or a capital."""
    known = sorted({layer for layer in layers if layer is not None})
    if not known:
        return text[:1].upper() + text[1:]
    form = "layer" if len(known) == 1 else "layers"
    return PHRASES[language][form].format(layer=", ".join(map(str, known))) + text


def line(finding: Finding, language: Language, run: RunInfo | None) -> str:
    """The sentence, and before it when it was found and of which run."""
    return PHRASES[language]["line"].format(
        iteration=finding.iteration, run=finding.run, sentence=sentence(finding, language, run)
    )


def explanation(finding: Finding, language: Language = "en", run: RunInfo | None = None) -> str:
    """Three lines: what was measured, and from where on that is bad; why; what to press."""
    if finding.kind not in WORDS:
        return finding.message
    words = WORDS[finding.kind][language]
    measured = words.measured.format(
        value=_amount(finding.kind, finding.value),
        threshold=_amount(finding.kind, finding.threshold),
    )
    remedy = _remedy(finding.kind, language, run)
    return PHRASES[language]["at length"].format(measured=measured, why=words.why, remedy=remedy)


def _remedy(kind: str, language: Language, *runs: RunInfo | None) -> str:
    """The remedy for runs it fits alike; names in which they differ are left out."""
    names = dict(PHRASES[language])
    named = [_names(run) for run in runs]
    names |= {
        name: text
        for name, text in named[0].items()
        if all(each.get(name) == text for each in named)
    }
    names["Activation"] = names["activation"][:1].upper() + names["activation"][1:]
    return REMEDIES[_case(kind, runs[0])][language].format_map(names)


def _names(run: RunInfo | None) -> dict[str, str]:
    """What a remedy may name of a run."""
    if run is None:
        return {}
    names = {"activation": _name(run.activation), "optimizer": _name(run.optimizer)}
    names["initializer"] = run.initializer[:LONGEST_NAME]
    if names["activation"] in SUITABLE:
        names["suitable"] = SUITABLE[names["activation"]]
    return names


def _case(kind: str, run: RunInfo | None) -> str:
    """Which of REMEDIES fits."""
    if kind in ALWAYS:
        return ALWAYS[kind]
    if kind in UNLESS_WIDE:
        return "wide" if _wide(run) else UNLESS_WIDE[kind]
    if kind == "overfitting":
        return _by_heart(run)
    if kind == "stalled":
        return {"gd": "seldom", "sgd": "plain"}.get(_name(run.optimizer) if run else "", "slow")
    activation = _name(run.activation) if run else "sigmoid"
    if kind == "vanishing-gradient" and activation in ("sigmoid", "tanh"):
        return "squashing-he" if run and _name(run.initializer) == "he" else "squashing"
    drawn = _name(run.initializer) if run else "normal"
    narrow = drawn == "normal" or (drawn == "xavier" and SUITABLE.get(activation) == "He")
    return "narrow" if narrow and not _wide(run) else "deep"


def _by_heart(run: RunInfo | None) -> str:
    """What is not on yet against overfitting."""
    on = set(run.regularizers) if isinstance(run, KnownRun) else set()
    if run is not None and _name(run.optimizer) == "adamw":
        on.add("weight-decay")
    return {0: "by-heart", 1: f"by-heart-{min(on, default='')}", 2: "by-heart-still"}[len(on)]


def _name(spec: str) -> str:
    return spec.partition(":")[0][:LONGEST_NAME]


def _wide(run: RunInfo | None) -> bool:
    try:
        initializer = build(INITIALIZERS, run.initializer, "initializer") if run else None
    except InputError:  # of another version
        return False
    return isinstance(initializer, Normal) and initializer.std >= WIDE


def _amount(kind: str, value: float | None) -> str:
    if value is None:
        return "?"
    return f"{_number(100 * value)} %" if kind in SHARES else _number(value)


def _number(value: float) -> str:
    """Two digits: 0.013, 42, 1200, 2·10⁻⁵."""
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    if value == 0 or not exponent or -3 <= int(exponent) < 4:
        return f"{float(f'{value:.2g}'):g}"
    return f"{mantissa.removesuffix('.0')}·10{str(int(exponent)).translate(SUPERSCRIPT)}"
