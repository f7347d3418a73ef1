"""Forgets what is no longer needed of old runs, and says what that is before it does."""
