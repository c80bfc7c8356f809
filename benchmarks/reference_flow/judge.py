"""Fifth step: judge the model on the listings that were kept apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import joblib

from reference_flow.train import judge, read

if __name__ == "__main__":
    model_file, test, metrics_file = sys.argv[1:]
    found = judge(joblib.load(model_file), read(test))
    Path(metrics_file).write_text(json.dumps(found), encoding="utf-8")
