"""What takes a run back: for each row that it sent, what stood before, as far as that is known."""
