"""Compiles what compiles on first use: the firmware core (on import), the plant (by numba, into its cache).

Test workers start together; without this each would compile the same things, and one could load a library
that another is just writing.
"""

from __future__ import annotations

import time


def main() -> None:
    begin = time.perf_counter()
    from compiled import forget_unused

    from pensim import Bench

    with Bench(seed=1) as bench:
        bench.run(0.01)
    forget_unused()
    print(f"warm_up: firmware core and plant are compiled ({time.perf_counter() - begin:.1f} s)")


if __name__ == "__main__":
    main()
