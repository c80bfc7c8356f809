"""Kedro hooks of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

from rental_pricing.errors import UnknownParameterError, did_you_mean
from rental_pricing.parameters import BLOCKS, RUNTIME_PARAMETERS

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext


class ParameterNamesHook:
    """Reject parameters that nothing reads.

    Kedro checks what is inside a typed block, but a mistyped block (``slit.seed=1``) or
    place (``listing=FOLDER``) would be ignored, and the run would do something else
    than asked.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the names at the top level with those that the project knows.

        Raises:
            UnknownParameterError: Naming what is unknown, and the nearest known name.
        """
        known = [*BLOCKS, *RUNTIME_PARAMETERS]
        unknown = [name for name in context.config_loader["parameters"] if name not in known]
        if unknown:
            told = ", ".join(f"{name!r}{did_you_mean(name, known)}" for name in sorted(unknown))
            msg = f"Unknown parameter {told}. Known are: {', '.join(known)}."
            raise UnknownParameterError(msg)
