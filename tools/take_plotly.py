"""Take Plotly's basic bundle for the weekly report: ``python tools/take_plotly.py``.

Of the version that the installed plotly.py is made for, with npm from its registry. It writes
the script, its licence and a README with the checksum into the package.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from npm_package import read_package
from plotly.offline import get_plotlyjs_version

NAME = "plotly.js-basic-dist-min"
VENDORED = Path(__file__).parents[1] / "src/rental_pricing/reporting/vendored"
FILES = {
    "package/plotly-basic.min.js": "plotly-basic.min.js",
    "package/LICENSE": "LICENSE-plotly.txt",
}

README = """# Vendored for the weekly report

- `plotly-basic.min.js`: npm package `{name}` {version}, MIT (`LICENSE-plotly.txt`)
- SHA-256 `{digest}`

Taken as it is by `make vendor`, at the version that the installed plotly.py is made for; a test
compares the two, and the checksum.
"""


def main() -> None:
    """Take the files, and say where they come from."""
    version = get_plotlyjs_version()
    found = read_package(f"{NAME}@{version}", FILES)
    contents = {FILES[member]: content for member, content in found.items()}
    VENDORED.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (VENDORED / name).write_bytes(content)
    digest = hashlib.sha256(contents["plotly-basic.min.js"]).hexdigest()
    readme = README.format(name=NAME, version=version, digest=digest)
    (VENDORED / "README.md").write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    main()
