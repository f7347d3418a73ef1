"""Sending a plan's rows, so that every one of them is accounted for.

What an answer means (verdict), when a request may leave (pace, permits), one row's way (delivery), the workers (send),
and the wiring to an account (run).
"""

from importer.upload.pace import PaceOptions
from importer.upload.run import load_client, send_run
from importer.upload.send import Clock, SendOptions, Sent
from importer.upload.until import next_moment

__all__ = ["Clock", "PaceOptions", "SendOptions", "Sent", "load_client", "next_moment", "send_run"]
