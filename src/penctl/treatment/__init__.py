"""The treatment: who may be treated, where, how deep, how often. No screen, no port, no file, no clock.

Tables reach this package from outside (`penctl.treatment_tables` reads the files beside it), times as
arguments.
"""
