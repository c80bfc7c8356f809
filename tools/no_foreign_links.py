"""Take links to foreign fonts out of a site that kedro-viz has built.

Usage: ``python tools/no_foreign_links.py build``. Whoever opens the site asks no other host
then; the system's own font stands in.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_LINK = re.compile(r"""\s*<link\b[^>]*href=["']https?://[^>]*>""")
_IMPORT = re.compile(r"""@import\s+(?:url\()?["']?https?://[^;]*;""")


def clean(site: Path) -> int:
    """Take the links out of the pages and style sheets of a site.

    Args:
        site: Its folder.

    Returns:
        How many there were.

    Raises:
        FileNotFoundError: There is no site.
    """
    if not (site / "index.html").exists():
        msg = f"{site} holds no site: run kedro viz build first."
        raise FileNotFoundError(msg)
    found = 0
    for pattern, link in (("*.html", _LINK), ("*.css", _IMPORT)):
        for file in site.rglob(pattern):
            text, count = link.subn("", file.read_text(encoding="utf-8"))
            if count:
                file.write_text(text, encoding="utf-8")
            found += count
    return found


if __name__ == "__main__":
    print(f"Took {clean(Path(sys.argv[1]))} links to foreign fonts out of the site.")  # noqa: T201
