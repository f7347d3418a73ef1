"""Judges a mapping of the right shape: as a whole, field by field, rule by rule."""
