"""The only room that knows an HTTP library: it says what was sent and what came back, and judges nothing."""
