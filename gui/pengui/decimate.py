"""Fewer points for the same picture: the least and the greatest sample of each bin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def bin_width(samples: int, bins: int) -> int:
    """Samples a bin, so that at most `bins` bins are needed."""
    return max(1, -(-samples // bins))


def min_max(first: int, values: Floats, width: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Least and greatest of each whole bin of `width` samples, for each row of `values`.

    Bins begin at multiples of `width` of the sample number (`first` is that of the first column), so that a
    picture that scrolls does not shimmer. Returns the number of each bin's middle sample, twice, and rows of
    the same length: an upright line a bin. A bin with a sample that is not a number is drawn as a gap.
    """
    skip = -first % width
    whole = max(0, (values.shape[1] - skip) // width)
    if width == 1:
        return np.arange(first, first + values.shape[1]), values
    bins = values[:, skip : skip + whole * width].reshape(values.shape[0], whole, width)
    out = np.empty((values.shape[0], whole, 2), np.float32)
    np.min(bins, axis=2, out=out[:, :, 0])
    np.max(bins, axis=2, out=out[:, :, 1])
    numbers = first + skip + width // 2 + np.repeat(np.arange(whole), 2) * width
    return numbers, out.reshape(values.shape[0], 2 * whole)
