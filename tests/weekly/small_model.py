"""Parameters of a model that is trained in a second, for tests of what becomes of one."""

SMALL_MODEL = {
    "modeling": {
        "estimators": {"gradient_boosting": {"max_iter": 15}},
        "features": {"location_bumps": 10, "folds": 2},
        "kernel": {"landmarks": 30},
        "interval": {"folds": 2, "trees": 5},
        "explain": {"max_rows": 50, "repeats": 2},
    }
}
