"""What every statistic asks of its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError


def finite(values: ArrayLike, axes: int, what: str) -> np.ndarray:
    """Values as float64 with so many axes.

    Args:
        values: Any numbers.
        axes: How many axes they must have.
        what: The statistic, for the message.

    Raises:
        RunError: Other axes, nothing in it, or values that are not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != axes or array.size == 0:
        raise RunError(f"{what} needs {axes} axes with values, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise RunError(f"{what} met values that are not finite")
    return array
