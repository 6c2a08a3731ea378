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


class Rolling:
    """The newest bins of a few rows, each taken in once: a frame costs as much as what is new in it.

    Args:
        rows: how many rows there are.
        bins: how many bins are kept.
        width: samples a bin; bins begin at multiples of it, as those of `min_max`.
    """

    def __init__(self, rows: int, bins: int, width: int) -> None:
        self.bins, self.width = bins, width
        self._kept: Floats = np.full((rows, bins, 2), np.nan, np.float32)
        self._end = 0
        """Number of the first bin that is not taken in yet."""
        self._begin = 0

    @property
    def wanted(self) -> int:
        """Number of the sample from which on samples are wanted."""
        return self._end * self.width

    def forget(self, count: int) -> None:
        """Begin anew, with the bins that end before sample `count`."""
        self._begin = self._end = max(0, count // self.width - self.bins)

    def take(self, first: int, values: Floats) -> None:
        """Take in the whole bins of `values`, whose first column is sample `first`."""
        if first > self.wanted:  # what lies between was overwritten before it was seen
            self._begin = self._end = -(-first // self.width)
        values = values[:, max(0, self.wanted - first) :]
        whole = values.shape[1] // self.width
        if whole > self.bins:
            values = values[:, (whole - self.bins) * self.width :]
            self._end += whole - self.bins
            whole = self.bins
        if whole <= 0:
            return
        bins = values[:, : whole * self.width].reshape(values.shape[0], whole, self.width)
        places = np.arange(self._end, self._end + whole) % self.bins
        self._kept[:, places, 0] = bins.min(axis=2)
        self._kept[:, places, 1] = bins.max(axis=2)
        self._end += whole

    def picture(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """As `min_max`: the number of each bin's middle sample, twice, and the rows."""
        begin = max(self._begin, self._end - self.bins)
        count = self._end - begin
        numbers = np.repeat(np.arange(begin, self._end) * self.width + self.width // 2, 2)
        rows = np.take(self._kept, np.arange(begin, self._end) % self.bins, axis=1)
        return numbers, rows.reshape(self._kept.shape[0], 2 * count)
