"""One file per kind of plot; each function returns what a ``Figure`` draws with."""

from brodmann.report.plots.bars import Bar, bars
from brodmann.report.plots.curves import curves
from brodmann.report.plots.forest import Effect, claim_forest, forest
from brodmann.report.plots.histogram import histogram
from brodmann.report.plots.layers import layers
from brodmann.report.plots.lines import Line
from brodmann.report.plots.matrix import matrix

__all__ = [
    "Bar", "Effect", "Line", "bars", "claim_forest", "curves", "forest", "histogram", "layers",
    "matrix",
]  # fmt: skip
