"""What syncing a step costs, beside W&B's own SDK making the same run at once.

Run from anywhere::

    python benchmarks/tracking_sync.py [--pairs 7]

The tests' W&B server listens in a process of its own. Each pair is two new processes, in turns
the one first and the other: the SDK alone opens a run, uses a version that is there, logs three
new artifacts of one file, writes its summary and ends; and `kedro_wandb.sync` uploads the same
step from a local store. Their requests are counted; their time is from the end of the imports
to the end of the work. Then the same step is synced once more by a store that has forgotten it,
so that the server has all of it.

Exit status: 0 if requests and the median time are within their limits, 1 if not.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

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
    """Time the pairs, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="pairs of processes")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; seconds after the imports")
    print(f"{'':14}{'SDK':>8}{'sync':>8}{'ratio':>8}{'requests':>14}")
    ratios, requests = [], []
    with tempfile.TemporaryDirectory() as name, ServerProcess() as server:
        folder = Path(name)
        (folder / "raw.csv").write_text("raw")
        call(server, folder, SEED)
        for number in range(given.pairs):
            order = [("sdk", BARE), ("sync", OURS)]
            took: dict[str, float] = {}
            asked: dict[str, int] = {}
            for who, script in order if number % 2 else order[::-1]:
                run = f"{who}-{number}"
                for each in ("listings", "model", "metrics"):
                    (folder / f"{run}-{each}.csv").write_text(f"{run} {each}")
                took[who], asked[who] = call(server, folder, script, run)
            ratios.append(took["sync"] / took["sdk"])
            requests.append(asked["sync"] / asked["sdk"])
            print(
                f"{'three new':14}{took['sdk']:8.2f}{took['sync']:8.2f}{ratios[-1]:8.2f}"
                f"{asked['sync']:8} : {asked['sdk']}",
                flush=True,
            )
        (folder / "store/store.db").unlink()
        last = f"sync-{given.pairs - 1}"
        call(server, folder, OURS, last)
        seconds, known = call(server, folder, OURS, last, "again")
    print(f"{'all there':14}{'':8}{seconds:8.2f}{'':8}{known:8}")
    time, asked_for = statistics.median(ratios), statistics.median(requests)
    print(f"median: {time:.2f} times the time (limit {TIME}), {asked_for:.2f} times the requests")
    print(f"        (limit {REQUESTS}); {known} requests where all is there (limit {KNOWN})")
    return int(time > TIME or asked_for > REQUESTS or known > KNOWN)


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
