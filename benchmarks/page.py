"""Write docs/benchmarks.md anew from the results that are kept, as every script does at its end."""

from __future__ import annotations

from shared.page import write_page
from shared.results import PAGE, RESULTS

if __name__ == "__main__":
    write_page(RESULTS, PAGE)
