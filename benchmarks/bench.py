"""Run the benchmarks, one after the other, and say how each has ended.

    python benchmarks/bench.py [NAME ...] [OPTIONS OF ALL OF THEM]

Exit status: 0 if all targets are met, 1 if one is missed or a script is broken. A script whose
data are not there says so, and counts for nothing.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from shared.page import ELSEWHERE, ORDER
from shared.results import ABSENT, MET

HERE = Path(__file__).parent


def main(arguments: Sequence[str]) -> int:
    """Run the scripts that are named, or all of them."""
    known = (*ORDER, *ELSEWHERE)
    names = [each for each in arguments if each in known]
    given = [each for each in arguments if each not in known]
    if given and not given[0].startswith("-"):
        told = f"There is no benchmark {given[0]!r}; there are {', '.join(known)}."
        print(told, file=sys.stderr)
        return 2
    ended: dict[str, tuple[int, float]] = {}
    for name in names or known:
        print(f"== {name}", flush=True)
        begin = time.perf_counter()
        command = [sys.executable, str(HERE / f"{name}.py"), *given]
        status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own scripts
        ended[name] = status, time.perf_counter() - begin
    words = {MET: "met", ABSENT: "left out: data are not there"}
    print()
    for name, (status, seconds) in ended.items():
        print(f"{name:22}{seconds:7.0f} s  {words.get(status, 'MISSED or broken: see above')}")
    return int(any(status not in words for status, _ in ended.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
