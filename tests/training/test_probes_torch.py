"""What probes measure, against PyTorch, on trainings of real networks."""

import numpy as np
import pytest

WHOLE = {"train_size": 60, "batch_size": 60, "probe_every": 1, "iterations": 4}
STARTS = {"sigmoid": "normal", "tanh": "normal", "relu": "he", "leaky_relu": "xavier"}
AXES = {"sigmoid": (0, 1), "tanh": (-1, 1)}


@pytest.fixture
def probed(recording, torch_network):
    """A function of options: each iteration's statistics, θ before and after, PyTorch's twin."""

    def make(optimizer, activation, **options):
        training = recording(
            **{**WHOLE, **options}, optimizer=optimizer, activation=activation, dtype="float64"
        )
        thetas = [training.theta(optimizer).copy()]

        def note(event):
            if event.event == "step":
                thetas.append(training.theta(optimizer).copy())

        training.run(note)
        data, probes = training.trainer.dataset, training.probes(optimizer)
        assert list(probes) == [1, 2, 3, 4]
        for iteration, layers in probes.items():
            before, after = thetas[iteration - 1 : iteration + 1]
            theirs = torch_network(training.trainer.sizes, activation, before)
            theirs.backward(data.x_train, data.y_train)
            then = torch_network(training.trainer.sizes, activation, after)
            yield layers, theirs, then

    return make


@pytest.mark.parametrize("activation", list(STARTS))
@pytest.mark.parametrize("optimizer", ["sgd:lr=0.1", "adam", "momentum"])
def test_gradients_weights_and_updates(optimizer, activation, probed):
    for layers, theirs, then in probed(
        optimizer, activation, hidden="9,7", initializer=STARTS[activation]
    ):
        for layer, a, W, W_then in zip(
            layers, theirs.outputs, theirs.weights, then.weights, strict=True
        ):
            norm, change = W.norm().item(), (W_then - W).norm().item()
            spread = W.std(dim=1, correction=0).max().item() / W.square().mean().sqrt().item()
            expected = {
                "delta_rms": a.grad.square().mean().sqrt().item(),
                "gradient_norm": W.grad.norm().item(),
                "weight_norm": norm,
                "update_ratio": change / norm,
                "step_size": change / W.grad.norm().item(),
                "unit_spread": spread,
            }
            for name, value in expected.items():
                assert getattr(layer, name) == pytest.approx(value, rel=1e-8), name


@pytest.mark.parametrize("activation", list(STARTS))
def test_hidden_outputs(activation, probed, torch):
    steepest = {"sigmoid": 0.25}.get(activation, 1)
    some_saturated = 0
    for layers, theirs, _ in probed(
        "sgd:lr=0.1", activation, hidden="9,7", initializer=STARTS[activation]
    ):
        hidden = theirs.outputs[:-1]
        low, high = AXES.get(
            activation,
            (min(a.min().item() for a in hidden), max(a.max().item() for a in hidden)),
        )
        for layer, z, a in zip(layers, theirs.preactivations, hidden, strict=False):
            (slope,) = torch.autograd.grad(theirs.activation(z).sum(), z)
            saturated = slope < 0.005 * steepest
            assert layer.name == activation
            assert layer.mean == pytest.approx(a.mean().item(), rel=1e-9, abs=1e-12)
            assert layer.std == pytest.approx(a.std(correction=0).item(), rel=1e-9)
            assert layer.minimum == pytest.approx(a.min().item(), rel=1e-9, abs=1e-12)
            assert layer.maximum == pytest.approx(a.max().item(), rel=1e-9)
            assert layer.saturated == pytest.approx(saturated.double().mean().item())
            assert layer.dead == pytest.approx(saturated.all(dim=0).double().mean().item())
            assert layer.histogram.low == pytest.approx(low, rel=1e-9, abs=1e-12)
            assert layer.histogram.high == pytest.approx(high, rel=1e-9)
            expected, _ = np.histogram(a.detach().numpy(), 30, (low, high))
            assert layer.histogram.counts == tuple(expected)
            assert sum(layer.histogram.counts) == a.numel()
            some_saturated += layer.saturated > 0
    assert (some_saturated > 0) is (activation != "leaky_relu")


def test_outputs_of_the_output_layer_are_the_logits(probed):
    for layers, theirs, _ in probed("sgd:lr=0.1", "relu", hidden="9,7"):
        logits, output = theirs.outputs[-1], layers[-1]
        low, high = logits.min().item(), logits.max().item()
        assert output.name == "output"
        assert output.dead is output.saturated is None
        assert output.mean == pytest.approx(logits.mean().item(), rel=1e-9)
        assert output.std == pytest.approx(logits.std(correction=0).item(), rel=1e-9)
        assert (output.minimum, output.maximum) == pytest.approx((low, high), rel=1e-9)
        expected, _ = np.histogram(logits.detach().numpy(), 30, (low, high))
        assert output.histogram.counts == tuple(expected)


def test_errors_whose_squares_underflow_are_measured(recording, torch_network):
    # Deep, sigmoid and narrow: the errors lose two thirds of a decade a layer on their way back.
    training = recording(
        **{**WHOLE, "iterations": 1},
        hidden="10x15",
        activation="sigmoid",
        initializer="normal:std=0.01",
        optimizer="sgd",
        dtype="float32",
    )
    theta, data = training.theta("sgd").copy(), training.trainer.dataset
    first, *_ = training.run().probes("sgd")[1]
    theirs = torch_network(training.trainer.sizes, "sigmoid", theta)
    theirs.backward(data.x_train, data.y_train)
    delta = theirs.outputs[0].grad.square().mean().sqrt().item()
    assert 1e-34 < delta < 1e-28  # a square of that is 0 in float32
    assert first.delta_rms == pytest.approx(delta, rel=1e-3)
    assert first.gradient_norm == pytest.approx(theirs.weights[0].grad.norm().item(), rel=1e-3)
