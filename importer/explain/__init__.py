"""What tells one row's whole way: cells, steps, rules, body, request, answer, state and why."""
