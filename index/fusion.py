"""Makes scores of different rankings comparable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def min_max(values: Sequence[float] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values scaled linearly to 0..1; all 1 if they are equal."""
    array = np.asarray(values, np.float64)
    if not array.size:
        return array
    spread = float(np.ptp(array))
    return (array - array.min()) / spread if spread > 0 else np.ones_like(array)
