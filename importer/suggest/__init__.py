"""A first mapping for a strange file: what its headers say, what its cells look like, and how sure that makes us."""
