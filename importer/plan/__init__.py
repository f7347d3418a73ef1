"""Joins the prepared parts with the ledger, and makes of the plan what is to be sent."""

from importer.plan.decide import DUPLICATE, SUPERSEDED, Planned, plan
from importer.plan.parts import part_names, part_number
from importer.plan.queue import adopt_ids, tasks

__all__ = ["DUPLICATE", "SUPERSEDED", "Planned", "adopt_ids", "part_names", "part_number", "plan", "tasks"]
