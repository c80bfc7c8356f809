"""The page: one HTML file, with all that it needs in it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

STYLES = ("page.css", "drawings.css")

SCRIPTS = (
    "dagre.min.js",
    "text.js",
    "data.js",
    "elements.js",
    "table.js",
    "runs.js",
    "axes.js",
    "metrics.js",
    "parallel.js",
    "artifacts.js",
    "graph.js",
    "lineage.js",
    "page.js",
)
"""In the order in which they need each other."""

_ESCAPES = {each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
_PLACE = re.compile(r"<!--(\w+)-->")


def page(tracked: Mapping[str, Any], project: str, written: str, notes: Sequence[str] = ()) -> str:
    """Return a page of what was tracked.

    It loads nothing: styles, scripts and data are in it, and its own policy forbids the rest.

    Args:
        tracked: As ``pages.tracked.tracked`` returns it.
        project: Its name.
        written: When, UTC, ISO 8601.
        notes: What readers have to know before they read, in sentences.
    """
    styles = "".join(map(_part, STYLES))
    scripts = "".join(f"{_script(name)}\n" for name in SCRIPTS)
    about = {"project": project, "written": written}
    parts = {
        "title": html.escape(project),
        "policy": html.escape(_policy(scripts, styles)),
        "styles": styles,
        "notes": "".join(f'<p class="note">{html.escape(note)}</p>' for note in notes),
        "data": _json({**about, **tracked}),
        "scripts": scripts,
    }
    return _PLACE.sub(lambda place: parts[place[1]], _part("page.html"))


def _script(name: str) -> str:
    """Return a script; a reference to its source map would be a wish for another file."""
    return re.sub(r"^//# sourceMappingURL=.*$", "", _part(name), flags=re.MULTILINE).strip()


def _part(name: str) -> str:
    return files("kedro_wandb.pages").joinpath(name).read_text(encoding="utf-8")


def _json(value: object) -> str:
    r"""Return JSON that ends no script, whatever texts are in it.

    >>> print(_json("</script>"))
    "\u003c/script\u003e"
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda found: _ESCAPES[found[0]], text)


def _policy(scripts: str, styles: str) -> str:
    """Return a policy that allows these scripts and styles, and no address at all."""
    return (
        f"default-src 'none'; img-src data:; script-src '{_hash(scripts)}';"
        f" style-src '{_hash(styles)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
