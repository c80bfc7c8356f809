"""Take the vendored layout of graphs from its npm package: ``python tools/take_dagre.py``.

It needs npm, which asks the registry that it is configured for, and writes ``dagre.min.js``
and ``dagre.LICENSE`` into ``src/kedro_wandb/pages``. A file that is not the one of the checksum
is refused. For another version change the two constants, and ``VENDORED.md`` beside the files.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from npm_package import read_package

PACKAGE = "@dagrejs/dagre@3.1.3"
SHA256 = "54a503e346f93ca0bb10abe7999587e037262935687aca45eb4e4b0f64bbb578"
PAGES = Path(__file__).resolve().parents[1] / "src/kedro_wandb/pages"
TAKEN = {"package/dist/dagre.min.js": "dagre.min.js", "package/LICENSE": "dagre.LICENSE"}


def main() -> int:
    """Write the files and return the exit status."""
    files = {TAKEN[path]: content for path, content in read_package(PACKAGE, TAKEN).items()}
    found = hashlib.sha256(files["dagre.min.js"]).hexdigest()
    if found != SHA256:
        sys.stderr.write(f"{PACKAGE} has another dagre.min.js: {found}\n")
        return 1
    for name, content in files.items():
        (PAGES / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
