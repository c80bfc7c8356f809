"""Wrong parameters of a training are told by name before any data is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from rental_pricing.errors import EstimatorParameterError, MissingExtraError
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.model.parameters import TrainingParameters
from rental_pricing.model.trial import try_parameters

CONF = Path(__file__).parents[3] / "conf/base"

BOOSTING, FOREST, LINEAR, MEDIAN = "gradient_boosting", "random_forest", "linear", "median"
NETWORK = "neural_network"

WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    (BOOSTING, {"loss": "quantile"}, "loss='quantile'", "quantile must be an instance of float"),
    (BOOSTING, {"loss": "absolute"}, "loss='absolute'", "must be a str among"),
    (BOOSTING, {"quantile": 2}, "quantile=2", r"in the range \[0.0, 1.0\]"),
    (BOOSTING, {"max_iter": -1}, "max_iter=-1", r"an int in the range \[1, inf\). Got -1"),
    (BOOSTING, {"max_iter": "many"}, "max_iter='many'", "must be an int"),
    (BOOSTING, {"max_iter": 30.0}, "max_iter=30.0", "must be an int"),
    (BOOSTING, {"learning_rate": 0}, "learning_rate=0", r"a float in the range \(0.0, inf\)"),
    (BOOSTING, {"learning_rate": "fast"}, "learning_rate='fast'", "must be a float"),
    (BOOSTING, {"learning_rate": float("inf")}, "learning_rate=inf", "must be a float"),
    (BOOSTING, {"learning_rate": None}, "learning_rate=None", "must be a float"),
    (BOOSTING, {"max_leaf_nodes": 1}, "max_leaf_nodes=1", r"in the range \[2, inf\)"),
    (BOOSTING, {"max_depth": 0}, "max_depth=0", r"in the range \[1, inf\)"),
    (BOOSTING, {"max_bins": 1000}, "max_bins=1000", r"in the range \[2, 255\]"),
    (BOOSTING, {"max_features": 2.0}, "max_features=2.0", r"in the range \(0.0, 1.0\]"),
    (BOOSTING, {"l2_regularization": -1}, "l2_regularization=-1", "must be a float"),
    (BOOSTING, {"min_samples_leaf": 0}, "min_samples_leaf=0", "must be an int"),
    (BOOSTING, {"random_state": 2**40}, "random_state=1099511627776", r"\[0, 4294967295\]"),
    (BOOSTING, {"random_state": -1}, "random_state=-1", r"\[0, 4294967295\]"),
    (BOOSTING, {"early_stopping": "yes"}, "early_stopping='yes'", "must be a str among"),
    (BOOSTING, {"monotonic_cst": [1, 2]}, "monotonic_cst=[1, 2]", "array-like of -1, 0 or 1"),
    (BOOSTING, {"categorical_features": [99]}, "categorical_features=[99]", "integer indices"),
    (BOOSTING, {"interaction_cst": "x"}, "interaction_cst='x'", "must be an instance of 'list'"),
    (BOOSTING, {"tol": float("nan")}, "tol=nan", "must be a float"),
    (BOOSTING, {"early_stopping": True, "scoring": "best"}, "early_stopping=True", "scoring"),
    (FOREST, {"criterion": "mse"}, "criterion='mse'", "must be a str among"),
    (FOREST, {"n_estimators": 0}, "n_estimators=0", "must be an int"),
    (FOREST, {"n_jobs": 0}, "n_jobs=0", "n_jobs == 0 in Parallel has no meaning"),
    (FOREST, {"n_jobs": "all"}, "n_jobs='all'", "must be an instance of 'int' or None"),
    (FOREST, {"max_features": 0}, "max_features=0", r"an int in the range \[1, inf\)"),
    (FOREST, {"oob_score": True, "bootstrap": False}, "oob_score=True", "if bootstrap=True"),
    (FOREST, {"max_samples": 0.5, "bootstrap": False}, "max_samples=0.5", "if `bootstrap=False`"),
    (FOREST, {"ccp_alpha": -1}, "ccp_alpha=-1", "must be a float"),
    (LINEAR, {"solver": "svd"}, "solver='svd'", "does not support fitting the intercept on sparse"),
    (LINEAR, {"solver": "nonsense"}, "solver='nonsense'", "must be a str among"),
    (LINEAR, {"solver": "lbfgs"}, "solver='lbfgs'", "only when positive=True"),
    (LINEAR, {"alpha": -1}, "alpha=-1", "must be a float"),
    (LINEAR, {"alpha": [1, 2]}, "alpha=[1, 2]", "number of penalties do not correspond"),
    (LINEAR, {"tol": -1}, "tol=-1", "must be a float"),
    (MEDIAN, {"strategy": "mode"}, "strategy='mode'", "must be a str among"),
    (MEDIAN, {"strategy": "constant"}, "strategy='constant'", "Constant target value"),
    (MEDIAN, {"strategy": "quantile"}, "strategy='quantile'", "specify the desired quantile"),
]

LEGAL: list[Any] = [
    (BOOSTING, {}),
    (BOOSTING, {"loss": "quantile", "quantile": 0.5}),
    (BOOSTING, {"loss": "gamma", "max_iter": 10**6}),
    (BOOSTING, {"early_stopping": True, "validation_fraction": 5000}),
    (BOOSTING, {"early_stopping": True, "scoring": "r2"}),
    (BOOSTING, {"max_leaf_nodes": None, "max_depth": 3, "random_state": 7}),
    (FOREST, {"oob_score": True, "n_jobs": -1}),
    (FOREST, {"criterion": "poisson", "max_samples": 5000}),
    (FOREST, {"max_features": "sqrt", "min_samples_leaf": 1000, "n_estimators": 10**6}),
    (LINEAR, {"solver": "lsqr", "tol": 0.001}),
    (LINEAR, {"positive": True}),
    (MEDIAN, {"strategy": "mean"}),
    *[
        pytest.param(NETWORK, given, marks=pytest.mark.torch)
        for given in (
            {},
            {"hidden": [1], "batch_size": 2, "waves": 0, "held_out": 0},
            {"title_min_listings": 1000, "held_out": 0.5, "dropout": 0.99, "title_dropout": 0.99},
            {"epochs": 10_000, "members": 50, "patience": 10_000, "batch_size": 10**6},
        )
    ],
]


@pytest.fixture(scope="module")
def conf() -> dict[str, Any]:
    config: dict[str, Any] = {}
    for file in CONF.glob("parameters*.yml"):
        config |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return config


@pytest.fixture(scope="module")
def market(conf: dict[str, Any]) -> MarketParameters:
    return MarketParameters(**conf["market"])


def parameters(conf: dict[str, Any], **changes: Any) -> TrainingParameters:
    """Return the parameters of conf/base, with changes."""
    training = {name: conf["modeling"][name] for name in TrainingParameters.model_fields}
    return TrainingParameters(**(training | changes))


def with_estimator(conf: dict[str, Any], name: str, given: dict[str, Any]) -> TrainingParameters:
    ours = conf["modeling"]["estimators"]
    changed = ours | {name: ours[name] | given}
    return parameters(conf, estimator=name, estimators=changed)


@pytest.mark.parametrize(("name", "given", "parameter", "reason"), WRONG)
def test_wrong_estimator_parameters_are_told(
    conf: dict[str, Any],
    market: MarketParameters,
    name: str,
    given: dict[str, Any],
    parameter: str,
    reason: str,
) -> None:
    """One line that names the parameter, its value and what is wrong with it."""
    with pytest.raises(EstimatorParameterError, match=reason) as told:
        try_parameters(with_estimator(conf, name, given), market)
    assert str(told.value).startswith(f"modeling.estimators.{name}.{parameter}: ")
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize(("name", "given"), LEGAL)
def test_legal_parameters_pass(
    conf: dict[str, Any], market: MarketParameters, name: str, given: dict[str, Any]
) -> None:
    """What scikit-learn takes, however much it would cost, and what fits large data alone."""
    try_parameters(with_estimator(conf, name, given), market)


def test_the_trial_is_silent(
    conf: dict[str, Any], market: MarketParameters, capfd: pytest.CaptureFixture[str]
) -> None:
    """A training may tell its progress, the trial does not."""
    try_parameters(with_estimator(conf, BOOSTING, {"verbose": 1}), market)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", [BOOSTING, NETWORK, FOREST, LINEAR, MEDIAN])
def test_unknown_parameters_of_any_estimator_are_told(
    conf: dict[str, Any], market: MarketParameters, name: str
) -> None:
    """Also of those that are not chosen: who chooses them later should know today."""
    changed = conf["modeling"]["estimators"] | {name: {"trees": 5}}
    with pytest.raises(EstimatorParameterError, match=f"{name}: unknown parameter .*'trees'"):
        try_parameters(parameters(conf, estimators=changed), market)


@pytest.mark.parametrize(
    ("block", "changes"),
    [
        ("features", {"word_min_listings": 100_000, "letter_min_listings": 100_000}),
        ("features", {"category_min_listings": 10**12}),
        ("features", {"location_radius_km": 0.01}),
        ("features", {"location_bumps": 0, "word_max_features": 1, "letter_max_features": 1}),
        ("features", {"score_penalty": 1e-6, "folds": 50}),
        ("features", {"price_power": 0}),
        ("features", {"price_power": 1}),
        ("kernel", {"weight": 0.0}),
        ("kernel", {"weight": 1.0, "landmarks": 1}),
        ("kernel", {"gamma": 1000.0, "penalty": 1e-6, "landmarks": 5000}),
        ("kernel", {"gamma": 1e-6, "penalty": 1e-6}),
        ("interval", {"folds": 50, "trees": 10_000, "smallest_error": 1e-6}),
    ],
)
def test_features_kernel_and_intervals_work_at_their_limits(
    conf: dict[str, Any], market: MarketParameters, block: str, changes: dict[str, Any]
) -> None:
    """What the typed parameters let pass can be fitted."""
    changed = conf["modeling"][block] | changes
    try_parameters(parameters(conf, **{block: changed}), market)


def test_what_is_wrong_in_another_block_is_told(
    conf: dict[str, Any], market: MarketParameters
) -> None:
    """By its name, too: a value that the types would not have let pass stands for any."""
    given = parameters(conf)
    features = given.features.model_copy(update={"location_radius_km": 1e-300})
    with pytest.raises(EstimatorParameterError) as told:
        try_parameters(given.model_copy(update={"features": features}), market)
    assert str(told.value).startswith("modeling.features.location_radius_km=1e-300: ")


def test_two_wrong_parameters_are_blamed_on_the_estimator(
    conf: dict[str, Any], market: MarketParameters
) -> None:
    """Leaving out either of them does not help; scikit-learn's text names one."""
    wrong = with_estimator(conf, BOOSTING, {"max_depth": 0, "max_bins": 1000})
    with pytest.raises(EstimatorParameterError, match=r"^modeling.estimators.gradient_boosting: "):
        try_parameters(wrong, market)


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_any_seed_that_is_allowed_will_do(
    conf: dict[str, Any], market: MarketParameters, seed: int
) -> None:
    """From the smallest to the largest."""
    try_parameters(parameters(conf, seed=seed), market)


@pytest.mark.parametrize("coverage", [0.01, 0.5, 0.999])
def test_any_coverage_will_do(
    conf: dict[str, Any], market: MarketParameters, coverage: float
) -> None:
    """Whether there are enough listings for it, the data will tell."""
    changed = conf["modeling"]["interval"] | {"coverage": coverage}
    try_parameters(parameters(conf, interval=changed), market)


def test_parameters_without_an_entry_are_the_defaults(
    conf: dict[str, Any], market: MarketParameters
) -> None:
    """An estimator may be chosen without any parameters."""
    try_parameters(parameters(conf, estimator=FOREST, estimators={}), market)


def test_nothing_given_is_changed(conf: dict[str, Any], market: MarketParameters) -> None:
    """The trial lowers counts in a copy."""
    given = parameters(conf)
    before = given.model_dump()
    try_parameters(given, market)
    assert given.model_dump() == before


def test_a_network_without_pytorch_is_told(
    conf: dict[str, Any], market: MarketParameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any data is read; where another estimator is chosen, nobody asks for it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'rental-pricing\[torch\]'"):
        try_parameters(with_estimator(conf, NETWORK, {}), market)
    try_parameters(with_estimator(conf, LINEAR, {}), market)


@pytest.mark.torch
def test_a_gpu_that_is_not_there_is_told(
    conf: dict[str, Any], market: MarketParameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the parameter that asks for it."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    told = r"^modeling\.estimators\.neural_network\.device='cuda': PyTorch finds no GPU"
    with pytest.raises(EstimatorParameterError, match=told):
        try_parameters(with_estimator(conf, NETWORK, {"device": "cuda"}), market)


def test_typed_parameters_need_no_scikit_learn() -> None:
    """A run that trains nothing does not wait for its import."""
    code = "import sys, rental_pricing.parameters; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
