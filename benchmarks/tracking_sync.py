"""What syncing a step costs, beside W&B's own SDK making the same run at once.

Run from anywhere::

    python benchmarks/tracking_sync.py [--pairs 7] [--quick]

The tests' W&B server listens in a process of its own. Each pair is two new processes, in turns
the one first and the other: the SDK alone opens a run, uses a version that is there, logs three
new artifacts of one file, writes its summary and ends; and `kedro_wandb.sync` uploads the same
step from a local store. Their requests are counted; their time is from the end of the imports
to the end of the work. Then the same step is synced once more by a store that has forgotten it,
so that the server has all of it.

Exit status: 0 if requests and the median time are within their limits, 1 if not.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from shared.pairs import median_ratio, turned
from shared.results import Section, Table, Target, close, options, parse
from shared.server import ServerProcess

REQUESTS, TIME, KNOWN = 1.1, 1.5, 8
"""Limits: multiples of the SDK's requests and time, and requests for what the server has."""

BARE = """
import sys, time
from pathlib import Path
import wandb

folder, name = Path(sys.argv[1]), sys.argv[2]
begin = time.perf_counter()
about = {"group": "weekly", "job_type": "modeling", "config": {"seed": 1}}
with wandb.init(project="prices", id=name, **about) as run:
    run.use_artifact("raw:latest")
    for each in ("listings", "model", "metrics"):
        artifact = wandb.Artifact(f"{each}-bare", "dataset")
        artifact.add_file(folder / f"{name}-{each}.csv", "rows.csv")
        run.log_artifact(artifact).wait()
    run.summary["mae"] = 33.2
print("took", time.perf_counter() - begin)
"""

OURS = """
import sys, time
from pathlib import Path
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.sync import sync

def draft(name, path):
    return Draft(name, "dataset", (Source("rows.csv", path),))

folder, name = Path(sys.argv[1]), sys.argv[2]
store = LocalStore(folder / "store")
if len(sys.argv) > 3:
    with store.database.writing() as connection:
        connection.execute("UPDATE events SET synced = 0")
        connection.execute("DELETE FROM holders")
else:
    about = "modeling", "weekly", "run-1", name, {"seed": 1}
    store.open_step(Step(name, *about, started=time.time()))
    store.use(name, draft("raw", folder / "raw.csv"))
    for each in ("listings", "model", "metrics"):
        store.log(name, draft(each, folder / f"{name}-{each}.csv"))
    store.close_step(name, Ending("finished", time.time(), {"mae": 33.2}))
begin = time.perf_counter()
cloud = CloudStore("prices", None, folder / "cloud", Timeouts())
report = sync(store, cloud)
cloud.close()
print("took", time.perf_counter() - begin)
assert report.ok, report
"""

SEED = """
import sys, wandb
with wandb.init(project="prices", id="seed") as run:
    artifact = wandb.Artifact("raw", "dataset")
    artifact.add_file(sys.argv[1] + "/raw.csv", "rows.csv")
    run.log_artifact(artifact).wait()
"""


def main(arguments: list[str]) -> int:
    """Time the pairs, and return the exit status."""
    given = parse(options(__doc__, pairs=7), arguments)
    seconds: dict[str, list[float]] = {"sdk": [], "sync": []}
    requests: dict[str, list[int]] = {"sdk": [], "sync": []}
    scripts = {"sdk": BARE, "sync": OURS}
    with tempfile.TemporaryDirectory() as name, ServerProcess() as server:
        folder = Path(name)
        (folder / "raw.csv").write_text("raw")
        call(server, folder, SEED)
        for number in range(given.pairs):
            for who in turned(list(scripts), number):
                run = f"{who}-{number}"
                for each in ("listings", "model", "metrics"):
                    (folder / f"{run}-{each}.csv").write_text(f"{run} {each}")
                took, asked = call(server, folder, scripts[who], run)
                seconds[who].append(took)
                requests[who].append(asked)
        (folder / "store/store.db").unlink()
        last = f"sync-{given.pairs - 1}"
        call(server, folder, OURS, last)
        again, known = call(server, folder, OURS, last, "again")
    ratio = median_ratio(seconds["sync"], seconds["sdk"])
    asked_for = median_ratio(requests["sync"], requests["sdk"])
    middle = {who: statistics.median(found) for who, found in seconds.items()}
    rows = [
        ["the SDK alone", "1.00", f"{middle['sdk']:.2f}", str(requests["sdk"][-1])],
        ["a sync", f"{ratio:.2f}", f"{middle['sync']:.2f}", str(requests["sync"][-1])],
        ["a sync, all there", f"{again / middle['sdk']:.2f}", f"{again:.2f}", str(known)],
    ]
    about = (
        "A step that uses one version and logs three new artifacts: made by W&B's SDK at once, and "
        "synced from a local store; each in a process of its own, seconds after the imports, with "
        "the tests' W&B server on this machine."
    )
    targets = [
        Target("a sync, of the SDK's time", ratio, TIME),
        Target("a sync, of the SDK's requests", asked_for, REQUESTS),
        Target("requests where all is there", known, KNOWN, ""),
    ]
    head = ["", "of the SDK's time", "seconds", "requests"]
    table = Table(f"Medians of {given.pairs} pairs:", head, rows)
    return close(Section("Syncing", about, [table], targets), given)


def call(server: ServerProcess, folder: Path, script: str, *arguments: str) -> tuple[float, int]:
    """Run a script in a process of its own; return its seconds and its requests."""
    server.requests()
    told = subprocess.run(  # noqa: S603 - the scripts are the above
        [sys.executable, "-c", script, str(folder), *arguments],
        env=server.environment(folder / "sdk"),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.search(r"took (\S+)", told)
    return float(found[1]) if found else 0.0, server.requests()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
