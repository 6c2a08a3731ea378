"""Everything between the window and the pen: one thread that owns the pen and, on a simulated pen, its clock.

The window puts acts into a queue and reads snapshots; STOP and the simulated hand have ways of their own.
Nothing here imports Qt, so that a test can let the same engine run step by step from the window's own thread.
"""
