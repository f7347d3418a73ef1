"""Batch import of customer lists into a contact API: prepare, plan, send, and account for every row."""
