"""Pages for people: templates in Markdown, and what all of them need."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NOTHING = "-"
_MARKS = re.compile(r"[\\`*<\[|&]|(?<!\w)_|_(?!\w)")
_BAR = re.compile(r"(?<!\\)\|")


@functools.cache
def template(name: str) -> jinja2.Template:
    """Return a template of this room; one that names what is not there fails.

    Args:
        name: Its file, such as ``model_card.md.j2``.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("rental_pricing.reporting"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        "table": table,
        "number": number,
        "percent": functools.partial(number, form=".0%"),
    }
    environment.filters |= {"plain": plain, "version_row": version_row}
    return environment.get_template(name)


def source(name: str) -> str:
    """Return the text of a file among this room's templates, such as a page's style."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def plain(text: str) -> str:
    r"""Return a text that Markdown shows as it is written, in one line.

    >>> print(plain("two *stars*, mae_low and <b>"))
    two \*stars\*, mae_low and \<b>
    """
    return _MARKS.sub(r"\\\g<0>", " ".join(str(text).split()))


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    r"""Return a table in Markdown; a bar inside a cell stays inside it.

    >>> print(table(["value", "n"], [["a|b", 3]]))
    | value | n |
    | --- | --: |
    | a\|b | 3 |
    """
    head = list(header)
    cells = [[_BAR.sub(r"\\|", " ".join(str(c).split())) for c in row] for row in rows]
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def version_row(version: Mapping[str, str | None]) -> tuple[str, str]:
    """Return a dataset and its version, as a link where that is a page in W&B.

    >>> version_row({"dataset": "model", "reference": "model:v3", "address": None})
    ('`model`', '`model:v3`')
    """
    told = f"`{version['reference']}`"
    address = version["address"]
    return f"`{version['dataset']}`", f"[{told}](<{address}>)" if address else told


def number(value: float | None, form: str) -> str:
    """Return a number as a reader wants it, and a dash for none.

    >>> number(0.8123, ".0%"), number(float("nan"), ".1f"), number(None, ".1f")
    ('81%', '-', '-')
    """
    return _NOTHING if value is None or pd.isna(value) else format(value, form)
