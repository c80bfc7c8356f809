"""The smooth model beside the trees."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from threadpoolctl import threadpool_info

from rental_pricing.model.kernel import BLOCK, BlendedRegressor, KernelRegressor


def features(rows: int = 200, seed: int = 1) -> np.ndarray:
    """Columns as of ``TreeFeatures``: numbers, place, codes, scores."""
    draw = np.random.default_rng(seed)
    numbers, place = draw.integers(-1, 20, (rows, 8)), draw.normal(40, 0.1, (rows, 2))
    codes, scores = draw.integers(-1, 3, (rows, 2)), draw.normal(3, 0.5, (rows, 2))
    return np.hstack([numbers, place, codes, scores]).astype("float64")


def test_it_learns_a_smooth_function() -> None:
    """On new rows it explains most of what a curve of the scores does."""
    train, new = features(400), features(100, seed=2)

    def curve(x: np.ndarray) -> np.ndarray:
        return np.sin(x[:, -1]) + x[:, -2]

    model = KernelRegressor(200, 0.02, 0.01, 0).fit(train, curve(train))

    error = model.predict(new) - curve(new)
    assert error.std() < 0.4 * curve(new).std()


def test_far_from_all_landmarks_it_tells_the_level() -> None:
    """What is like no training listing gets no bell's height."""
    train = features()
    model = KernelRegressor(50, 1.0, 0.1, 0).fit(train, train[:, -1])
    far = train[:1] + 1e6

    assert model.predict(far)[0] == pytest.approx(model.level_)


@pytest.mark.parametrize("rows", [1, 2, 7, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_row_is_estimated_alike_in_any_batch(rows: int) -> None:
    """To the last bit, wherever in a block it stands."""
    train = features()
    model = KernelRegressor(50, 0.02, 0.1, 0).fit(train, train[:, -1])

    assert model.predict(train)[5 : 5 + rows].tobytes() == model.predict(train[5 : 5 + rows]).tobytes()  # fmt: skip  # noqa: E501


def test_estimates_take_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine BLAS' threads wait for one another longer than they work."""
    train = features()
    model = KernelRegressor(50, 0.02, 0.1, 0).fit(train, train[:, -1])
    seen: set[int] = set()
    bells = model._bells

    def watched(*arguments: np.ndarray) -> np.ndarray:
        seen.update(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")
        return bells(*arguments)

    monkeypatch.setattr(model, "_bells", watched)
    model.predict(train)

    assert seen == {1}


def test_more_landmarks_than_rows_are_all_rows() -> None:
    """And columns without any spread are no error."""
    train = features(5)
    train[:, :-1] = 1.0

    model = KernelRegressor(50, 0.02, 0.1, 0).fit(train, train[:, -1])

    assert len(model.landmarks_) == 5
    assert np.isfinite(model.predict(train)).all()


def test_a_blend_is_the_weighted_mean() -> None:
    """With weight 0.25, a quarter of the second."""
    x, y = np.zeros((4, 1)), np.arange(4.0)
    low, high = DummyRegressor(strategy="constant", constant=0.0), DummyRegressor(
        strategy="constant", constant=100.0
    )  # fmt: skip

    assert BlendedRegressor(low, high, 0.25).fit(x, y).predict(x).tolist() == [25.0] * 4
