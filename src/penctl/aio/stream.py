"""What a pen tells, as something that `async for` can take; a program that is slow loses the oldest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from penctl.errors import LinkLost

T = TypeVar("T")
KEPT = 1_000
"""So much waits for a program that does something else."""


class Stream(Generic[T]):
    """Told by a pen, taken by `async for`. A context manager: leaving it ends the stream.

    `missed` counts what was dropped because nobody took it; the oldest goes first.
    """

    def __init__(
        self,
        listeners: list[Callable[[T], None]],
        begin: Callable[[], Awaitable[object]] | None = None,
        end: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._listeners = listeners
        self._begin, self._end = begin, end
        self._waiting: deque[T] = deque(maxlen=KEPT)
        self._came = asyncio.Event()
        self._error: LinkLost | None = None
        self._ended = False
        self.missed = 0

    def _take(self, told: T) -> None:
        self.missed += len(self._waiting) == KEPT
        self._waiting.append(told)
        self._came.set()

    @property
    def ended(self) -> bool:
        """Whether it was closed."""
        return self._ended

    def fail(self, error: LinkLost) -> None:
        """The link is lost: what waits can still be taken, then the error is raised."""
        self._error = error
        self._came.set()

    async def close(self) -> None:
        """Nothing more is told."""
        if self._ended:
            return
        self._ended = True
        self._came.set()
        if self._take in self._listeners:
            self._listeners.remove(self._take)
        if self._end is not None and self._error is None:
            await self._end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._error
            self._came.clear()
            await self._came.wait()
        return self._waiting.popleft()

    async def __aenter__(self) -> Self:
        self._listeners.append(self._take)
        if self._begin is not None:
            await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
