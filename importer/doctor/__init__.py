"""Looks whether all is well for the next run: settings, sign-in, state, mapping and source; sends no contact."""
