"""Pieces that several screens share: look, scalp map, numerals, cross-section. None holds a rule."""
