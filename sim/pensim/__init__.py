"""The simulator: one pen, one operator's hand, one scalp, with the real firmware core in the loop.

`plant` is the physics, `kernel` the compiled closed loop, `firmware` loads a firmware core. Nothing in here decides an
interlock. Importing the package is cheap: numba is loaded by the modules that need it.
"""
