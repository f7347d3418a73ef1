"""The steps of a field as Polars expressions: text from cells, then a value of its type."""
