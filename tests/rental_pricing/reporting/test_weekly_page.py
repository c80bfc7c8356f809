"""The week's report for a browser, as text: its figures, its scripts, what it may do."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from plotly.offline import get_plotlyjs_version

from rental_pricing.reporting import weekly_page as pages
from rental_pricing.reporting.figures import Panel, figure
from rental_pricing.reporting.weekly_page import FIGURES, embedded, weekly_page

SUMMARY = "# Week of x\n\n**Done.**\n\n" + "\n\n".join(
    f"## {heading}\n\nSome words." for heading in [*FIGURES, "More"]
)
HOSTILE = "</script><script>alert(1)</script>\u2028<!--"


def drawn(title: str = "of something") -> dict[str, Any]:
    return figure([Panel(title, [{"type": "bar", "x": [HOSTILE], "y": [1]}])])


ALL = {name: drawn(name) for names in FIGURES.values() for name in names}


def page(**figures: Any) -> str:
    return weekly_page(SUMMARY, "Week", stopped=False, figures=figures)


def scripts(html: str) -> list[str]:
    return re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)


def test_each_figure_stands_below_its_heading() -> None:
    """With a caption, which is what a screen reader tells of it; others are left out."""
    html = page(**ALL, other=drawn())
    sections = html.split("<section ")[1:]
    assert len(sections) == len(FIGURES) + 1
    for section, names in zip(sections, FIGURES.values(), strict=False):
        assert re.findall(r'data-figure="(\w+)"', section) == list(names)
        for caption in names.values():
            assert section.count(caption.replace("'", "&#39;")) == 2
    (data,) = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', html)
    assert json.loads(data) == ALL


def test_a_week_that_reached_little_has_no_scripts() -> None:
    """Nor a megabyte of them."""
    html = weekly_page("# x\n\n## Delivered\n\ny", "x", stopped=True, figures={})
    assert len(html) < 10_000
    assert "script-src &#39;none&#39;;" in html


def test_the_page_runs_its_own_scripts_and_loads_nothing() -> None:
    """Its policy names them by their digests: no other script runs, whatever is in the data."""
    html = page(**ALL)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', html)
    assert policy.startswith("default-src &#39;none&#39;; img-src data: blob:;")
    found = scripts(html)
    assert len(found) == 2
    for script in found:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy
    assert len(html.encode()) < 3_000_000
    assert page(**ALL) == html


@pytest.mark.parametrize("text", [HOSTILE, "<!--<script>", "\u2028\u2029", "]]>&lt;"])
def test_data_can_not_end_its_script(text: str) -> None:
    """And is the same when it is read."""
    told = embedded({text: [text]})
    assert json.loads(told) == {text: [text]}
    assert not set("<>&\u2028\u2029") & set(told)


def test_plotly_s_script_is_the_one_that_plotly_py_is_made_for() -> None:
    """As it was taken, with its licence: ``make vendor``."""
    folder = pages._PLOTLY.parent
    readme = (folder / "README.md").read_text(encoding="utf-8")
    content = pages._PLOTLY.read_bytes()
    version = get_plotlyjs_version()
    assert f"plotly.js (basic - minified) v{version}\n".encode() in content[:200]
    assert f"`plotly.js-basic-dist-min` {version}, MIT" in readme
    assert hashlib.sha256(content).hexdigest() in readme
    assert b"</script" not in content
    licence = (folder / "LICENSE-plotly.txt").read_text(encoding="utf-8")
    assert "Permission is hereby granted, free of charge" in licence
