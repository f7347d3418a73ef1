"""One command a file: parse, wire, one call, exit."""
