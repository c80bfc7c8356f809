"""One step of the flow as a run of W&B, as the SDK's manual shows it.

``python -m reference_flow.tracked STEP INPUTS OUTPUTS ARGUMENTS...``: the inputs are downloaded
as artifacts into the working folder, but for a drop, which is somebody else's; the step runs in
this process; the outputs are logged, and the numbers of a JSON file go to the run's summary.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import wandb


def main(step: str, inputs: str, outputs: str, arguments: list[str]) -> None:
    """Run a step, tracked; inputs and outputs are names of files, with commas between."""
    with wandb.init(job_type=step, group="reference flow") as run:
        for name in filter(None, inputs.split(",")):
            run.use_artifact(f"{name}:latest").download(".")
        sys.argv = [step, *arguments]
        runpy.run_module(f"reference_flow.{step}", run_name="__main__")
        for name in filter(None, outputs.split(",")):
            artifact = wandb.Artifact(name, "dataset")
            artifact.add_file(name)
            run.log_artifact(artifact).wait()
            if name.endswith(".json"):
                run.summary.update(json.loads(Path(name).read_text(encoding="utf-8")))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
