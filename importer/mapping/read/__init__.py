"""Reads a mapping file: its YAML as text with positions, the parts it includes, the tables beside it, its shape."""
