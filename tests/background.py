"""An event loop in a thread of its own, for servers that a test talks to from outside."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LONGEST = 20.0
"""Seconds that any one thing asked of the loop may take, beside busy processes too."""


class Background:
    """Runs from construction until `close`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it in the loop, wait in the caller's thread, give its result or its error."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(LONGEST)

    def call(self, function: Callable[[], T]) -> T:
        """Call a plain function in the loop's thread."""

        async def called() -> T:
            return function()

        return self.run(called())

    def close(self) -> None:
        """Cancel what still runs and end the thread."""
        self.run(_cancel_others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
