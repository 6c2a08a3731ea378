"""The console window: one pen, its controls, its curves and STOP."""
