"""The SDK's own calls for the files of a run, after it: ``sdk_loop.py LIST one|each``.

The list is what the plugin ``file_list`` has written. ``one`` opens one run of W&B for all of
it, ``each`` one for each step. Every dataset is an artifact of its files, logged where it was
saved, or read first; offline the SDK knows no use of an artifact. Prints the artifacts logged.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import wandb


def main(listed: Path, runs: str) -> int:
    """Log all files once; return how many artifacts they are."""
    steps: dict[str, list[dict[str, Any]]] = {}
    known = set()
    for line in listed.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["name"] not in known:
            known.add(told["name"])
            steps.setdefault(told["step"] if runs == "each" else "all", []).append(told)
    for step, datasets in steps.items():
        with wandb.init(project="loop", group="run", job_type=step, mode="offline") as run:
            for told in datasets:
                artifact = wandb.Artifact(told["name"], "dataset")
                for file in told["files"]:
                    artifact.add_file(file)
                run.log_artifact(artifact)
    return len(known)


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2]))
