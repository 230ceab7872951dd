import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_optim.errors import InputError
from tui_optim.nn import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, build
from tui_optim.nn.specs import checked_number, checked_whole

REGISTRIES = {"activation": ACTIVATIONS, "initializer": INITIALIZERS, "optimizer": OPTIMIZERS}
ALL = [(what, name) for what, registry in REGISTRIES.items() for name in registry]

# what, spec, what the message must hold: the bad part, and what is allowed in its place
BAD = [
    ("optimizer", "", "''", "gd, sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw"),
    ("optimizer", "adma", "'adma'", "did you mean adam?", "choose one of gd, sgd, momentum"),
    ("optimizer", "Adam", "'Adam'", "did you mean adam?"),
    ("optimizer", "zzz", "'zzz'", "choose one of gd, sgd, momentum"),
    ("optimizer", "ad\nam", r"'ad\nam'", "did you mean adam?"),
    ("activation", "rellu", "unknown activation 'rellu'", "did you mean relu?", "sigmoid, tanh"),
    ("initializer", "xaviar", "unknown initializer 'xaviar'", "did you mean xavier?", "zeros"),
    ("optimizer", "adam:", "optimizer 'adam:'", "''", "adam takes lr=0.001, beta1=0.9, beta2="),
    ("optimizer", "adam::lr=1", "''", "adam takes lr=0.001"),
    ("optimizer", "adam:momentum=0.9", "'momentum=0.9'", "adam takes lr=0.001, beta1=0.9"),
    ("optimizer", "adam:lr", "'lr'", "adam takes lr=0.001"),
    ("optimizer", "adam:0.1", "'0.1'", "adam takes lr=0.001"),
    ("optimizer", "adam:state=1", "'state=1'", "adam takes lr=0.001"),
    ("optimizer", "adam:name=sgd", "'name=sgd'", "adam takes lr=0.001"),
    ("optimizer", "adagrad:rho=1", "'rho=1'", "lr=0.01, eps=1e-08, eps_inside_root=true"),
    ("activation", "tanh:slope=1", "'slope=1'", "tanh takes no settings"),
    ("optimizer", "adam:l\nr=1", r"'l\nr=1'", "adam takes lr=0.001"),
    ("optimizer", "sgd:lr=", "lr=''", "expected a number"),
    ("optimizer", "sgd:lr=fast", "lr='fast'", "expected a number"),
    ("optimizer", "sgd:lr=0,1", "lr='0,1'", "expected a number"),
    ("optimizer", "sgd:lr=1=2", "lr='1=2'", "expected a number"),
    ("optimizer", "sgd:lr=true", "lr='true'", "expected a number"),
    ("optimizer", "sgd:lr=nan", "lr=nan", "expected a number above 0"),
    ("optimizer", "sgd:lr=inf", "lr=inf", "expected a number above 0"),
    ("optimizer", "sgd:lr=1e999", "lr=inf", "expected a number above 0 and below 1.8e+308"),
    ("optimizer", "sgd:lr=0", "lr=0", "expected a number above 0"),
    ("optimizer", "sgd:lr=-0.1", "lr=-0.1", "expected a number above 0"),
    ("optimizer", "momentum:momentum=1", "momentum=1", "at least 0 and below 1"),
    ("optimizer", "momentum:momentum=-0.1", "momentum=-0.1", "at least 0 and below 1"),
    ("optimizer", "adam:beta2=1.5", "beta2=1.5", "at least 0 and below 1"),
    ("optimizer", "adam:eps=-1", "eps=-1", "above 0"),
    ("optimizer", "adamw:weight_decay=-1", "weight_decay=-1", "at least 0"),
    ("activation", "leaky_relu:slope=1", "slope=1", "at least 0 and below 1"),
    ("initializer", "normal:std=-1", "std=-1", "at least 0"),
    ("optimizer", "sgd:lr=1:lr=2", "lr is given twice"),
    ("optimizer", "adam:beta1=0:lr=1:beta1=0", "beta1 is given twice"),
    *(
        ("optimizer", f"rmsprop:eps_inside_root={text}", f"'{text}'", "expected true or false")
        for text in ("", "1", "0", "True", "no")
    ),
]

BAD_VALUES = [
    ({"lr": True}, "lr=True"),
    ({"lr": None}, "lr=None"),
    ({"lr": "0.1"}, "lr='0.1'"),
    ({"lr": 10**400}, "0…: expected a number above 0 and below 1.8e+308"),
    ({"lr": -(10**400)}, "0…: expected a number above 0"),
    ({"lr": 10**9999}, "lr=a number of thousands of digits: expected a number above 0"),
    ({"lr": np.float32(-1)}, "lr=-1: expected a number above 0"),
    ({"lr": np.True_}, "lr=True: expected a number above 0"),
    ({"lr": np.ones(2)}, "lr=[1.0, 1.0]: expected a number above 0"),
    ({"decay": math.inf}, "decay=inf: expected a number of at least 0 and below 1"),
    ({"lr": "x\ny"}, r"lr='x\ny'"),
    ({"lr": math.nan}, "lr=nan"),
    ({"eps_inside_root": 1}, "eps_inside_root=1: expected true or false"),
    ({"eps_inside_root": None}, "eps_inside_root=None: expected true or false"),
]

# an unusual but allowed value of each setting
SETTINGS = {
    "lr": st.floats(0, exclude_min=True, allow_infinity=False),
    "std": st.floats(0, allow_infinity=False),
    "eps": st.floats(0, exclude_min=True, allow_infinity=False),
    "weight_decay": st.floats(0, allow_infinity=False),
    "eps_inside_root": st.booleans(),
    "first": st.booleans(),
} | dict.fromkeys(
    ("momentum", "decay", "beta1", "beta2", "slope"), st.floats(0, 1, exclude_max=True)
)


@pytest.mark.parametrize(("what", "name"), ALL)
def test_every_name_builds_its_kind_with_its_defaults(what, name):
    kind = REGISTRIES[what][name]
    built = build(REGISTRIES[what], name, what)
    assert type(built) is kind
    assert built.name == name
    assert built.spec == {"normal": "normal:std=1"}.get(name, name)  # std is always shown
    assert built == kind()


def test_the_names():
    assert list(ACTIVATIONS) == ["sigmoid", "tanh", "relu", "leaky_relu"]
    assert list(INITIALIZERS) == ["zeros", "normal", "xavier", "he"]
    assert " ".join(OPTIMIZERS) == "gd sgd momentum nesterov adagrad rmsprop adam adamw"


@pytest.mark.parametrize(
    ("spec", "settings", "written"),
    [
        ("adam:lr=0.01:beta1=0.5", {"lr": 0.01, "beta1": 0.5}, "adam:lr=0.01:beta1=0.5"),
        ("adam:beta1=0.5:lr=1e-2", {"lr": 0.01, "beta1": 0.5}, "adam:lr=0.01:beta1=0.5"),
        ("  adam:lr=2  ", {"lr": 2.0}, "adam:lr=2"),
        ("adam:lr=0.001:beta1=0.9", {"lr": 0.001}, "adam"),
        ("rmsprop:eps_inside_root=false", {"eps_inside_root": False}, None),
        ("rmsprop:eps_inside_root=true", {"eps_inside_root": True}, "rmsprop"),
        ("sgd:lr=0.30000000000000004", {"lr": 0.1 + 0.2}, "sgd:lr=0.30000000000000004"),
        ("sgd:lr=1e-05", {"lr": 1e-5}, "sgd:lr=1e-05"),
        ("adam:beta1=0:eps=1e-300", {"beta1": 0.0, "eps": 1e-300}, "adam:beta1=0:eps=1e-300"),
    ],
)
def test_settings_are_read_and_the_spec_lists_what_is_not_the_default(spec, settings, written):
    optimizer = build(OPTIMIZERS, spec, "optimizer")
    assert optimizer == OPTIMIZERS[optimizer.name](**settings)
    for key, value in settings.items():
        assert getattr(optimizer, key) == value
        assert type(getattr(optimizer, key)) is type(value)
    assert optimizer.spec == (written or spec)


@pytest.mark.parametrize("case", BAD, ids=[f"{what} {spec!r}" for what, spec, *_ in BAD])
def test_a_bad_spec_is_named_with_what_is_allowed(case):
    what, spec, *expected = case
    with pytest.raises(InputError) as raised:
        build(REGISTRIES[what], spec, what)
    message = str(raised.value)
    assert what in message
    for part in expected:
        assert part in message
    assert message.isprintable()  # one line, and nothing that acts on a terminal


@pytest.mark.parametrize(("settings", "expected"), BAD_VALUES)
def test_a_bad_value_given_from_python_is_refused(settings, expected):
    with pytest.raises(InputError) as raised:
        OPTIMIZERS["rmsprop"](**settings)
    assert expected in str(raised.value)
    with pytest.raises(InputError):
        OPTIMIZERS["rmsprop"]().replace(**settings)


@pytest.mark.parametrize("value", [1, 1.0, np.float64(1), np.float32(1), np.int8(1), np.array(1)])
def test_whole_numbers_and_numpys_become_floats(value):
    optimizer = OPTIMIZERS["sgd"](lr=value)
    assert type(optimizer.lr) is float
    assert optimizer.spec == "sgd:lr=1"


@pytest.mark.parametrize(("what", "name"), ALL)
def test_what_is_written_is_read_back_exactly(what, name):
    kind = REGISTRIES[what][name]
    keys = [field.name for field in dataclasses.fields(kind)]

    @given(st.fixed_dictionaries({}, optional={key: SETTINGS[key] for key in keys}))
    def check(settings):
        built = kind(**settings)
        again = build(REGISTRIES[what], built.spec, what)
        assert again == built
        assert again.spec == built.spec
        assert built.replace() == built

    check()


@given(st.text(max_size=30))
def test_no_text_does_worse_than_an_input_error(text):
    for what, registry in REGISTRIES.items():
        for spec in (text, f"{next(iter(registry))}:{text}", f"leaky_relu:slope={text}"):
            try:
                rebuilt = build(registry, build(registry, spec, what).spec, what)
                outcome = rebuilt.spec
            except InputError as error:
                outcome = str(error)
            assert outcome.isprintable()


@pytest.mark.parametrize("value", [0, 7, 2**63 - 1, np.int64(7), np.uint8(7), np.array(7)])
def test_whole_numbers_are_pythons(value):
    number = checked_whole("n", value, 0)
    assert number == value
    assert type(number) is int


# what is refused, and what the message says after the name
NOT_WHOLE = [
    (-1, "-1: expected a whole number of at least 0"),
    (2**63, "9223372036854775808: expected a whole number from 0 to 9223372036854775807"),
    (10**9999, "a number of thousands of digits: expected a whole number from 0 to"),
    (2.0, "2.0: expected a whole number"),
    (np.float32(2), "2.0: expected a whole number"),
    (math.nan, "nan: expected a whole number"),
    (True, "True: expected a whole number"),
    (np.True_, "True: expected a whole number"),
    ("2", "'2': expected a whole number"),
    (None, "None: expected a whole number"),
    (np.arange(2), "[0, 1]: expected a whole number"),
]


@pytest.mark.parametrize(("value", "saying"), NOT_WHOLE, ids=[text[:20] for _, text in NOT_WHOLE])
def test_what_is_no_whole_number_is_refused(value, saying):
    with pytest.raises(InputError) as raised:
        checked_whole("n", value, 0)
    assert str(raised.value).startswith(f"n={saying}")
    assert len(str(raised.value)) < 200


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(InputError) as raised:
        checked_number("x", "1" * 10_000)
    assert str(raised.value) == f"x='{'1' * 59}…: expected a number"
