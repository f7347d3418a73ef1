"""A mapping: YAML read with positions (load), checked as a model (model), compiled to Polars expressions (compile)."""
