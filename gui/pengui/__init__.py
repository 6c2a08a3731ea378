"""The desktop program: what a person holds a pen with on a screen.

`worker` owns the pen in a thread of its own and knows no Qt; `console` is the window; `theme` its colours.
"""
