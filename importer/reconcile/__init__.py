"""Says of every customer of two sides whether they agree; if not since when and why, as far as the ledger knows."""
