"""Docstrings as Markdown: they are written for people in editors, with a little of Sphinx."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

_ROLE = re.compile(r":\w+:`~?([\w.]+)`")
_CODE = re.compile(r"^( *)\.\. code-block:: (\w+)\n\n((?:\1 {4}.*\n?|\n)+)", re.MULTILINE)


def _fenced(found: re.Match[str]) -> str:
    indent, language, code = found.groups()
    block = f"```{language}\n{textwrap.dedent(code).strip()}\n```\n"
    return textwrap.indent(block, indent)


def as_markdown(text: str) -> str:
    """Return a docstring with Sphinx's roles and blocks of code as Markdown has them."""
    return _CODE.sub(_fenced, _ROLE.sub(r"`\1`", text))


class Sphinx(griffe.Extension):
    """Turns every docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Turn one."""
        del kwargs
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)
