import numpy as np
import pytest

from tui_optim.datasets import load
from tui_optim.errors import InputError

CLASSES = {"moons": 2, "spirals": 3, "blobs": 5}


@pytest.mark.parametrize(("name", "classes"), CLASSES.items())
def test_points_in_the_plane(name, classes):
    data = load(name)
    assert data.x_train.shape == (1000, 2)
    assert data.x_test.shape == (500, 2)
    assert data.classes == classes
    assert data.feature_names == ("x", "y")
    assert np.ptp(np.bincount(data.y_train)) <= 1
    assert np.allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(data.x_train.std(axis=0), 1, atol=1e-6)


def test_gaussian_is_noise():
    data = load("gaussian")
    assert (data.x_train.shape, data.x_test.shape, data.classes) == ((1000, 100), (500, 100), 10)
    assert np.bincount(data.y_train).tolist() == [100] * 10
    assert data.feature_names is None
    assert np.abs(np.corrcoef(data.x_train.T) - np.eye(100)).max() < 0.2
    assert abs(np.mean(data.x_train**4) - 3) < 0.1  # the fourth moment of the normal distribution
    centres = [data.x_train[data.y_train == k].mean(axis=0) for k in range(10)]
    nearest = [np.linalg.norm(data.x_test - centre, axis=1) for centre in centres]
    assert np.mean(data.y_test == np.argmin(nearest, axis=0)) < 0.2


@pytest.mark.parametrize("name", [*CLASSES, "gaussian"])
def test_equal_seed_equal_data(name):
    assert load(name, seed=3).sha256 == load(name, seed=3).sha256
    assert load(name, seed=3).sha256 != load(name, seed=4).sha256


@pytest.mark.parametrize("name", CLASSES)
def test_nearest_neighbour_learns_it(name):
    data = load(name)
    distance = np.linalg.norm(data.x_test[:, None] - data.x_train[None], axis=2)
    assert np.mean(data.y_train[distance.argmin(axis=1)] == data.y_test) > 0.93


def test_spirals_cannot_be_told_apart_by_straight_lines():
    data = load("spirals")
    x = np.c_[data.x_train, np.ones(1000)]
    weights = np.linalg.lstsq(x, np.eye(3)[data.y_train], rcond=None)[0]
    predicted = (np.c_[data.x_test, np.ones(500)] @ weights).argmax(axis=1)
    assert np.mean(predicted == data.y_test) < 0.7


def test_train_size():
    data = load("blobs", train_size=50)
    assert np.bincount(data.y_train).tolist() == [10] * 5


def test_negative_seed_is_refused():
    with pytest.raises(InputError, match="the seed -1 is negative"):
        load("moons", seed=-1)
