"""The world around the firmware, one file a body: motor, yoke, stage, needles, skin, hand, heat and others.

It knows no protocol and no interlock. SI units inside (positions of the needle axis in m, positive is
deeper); integers only in the inputs that the firmware reads. Everything is compiled by numba and works on
the records of `records.py`: parameters that are drawn once, state, the hand's control block and the faults.
"""
