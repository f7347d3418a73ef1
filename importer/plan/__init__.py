"""Joins the prepared parts with the ledger, and makes of the plan what is to be sent."""

from importer.plan.changes import Cause, How, PartChanges, find_changes
from importer.plan.compose import Policies
from importer.plan.decide import DUPLICATE, SUPERSEDED, Planned, plan
from importer.plan.moved import what_moved
from importer.plan.parts import part_names, part_number
from importer.plan.queue import adopt_ids, tasks
from importer.plan.show import Change, PlannedRow, ShowPlan
from importer.plan.tell import tell_changes
from importer.plan.updates import Knowledge, policies_of, spared_places

__all__ = [
    "DUPLICATE",
    "SUPERSEDED",
    "Cause",
    "Change",
    "How",
    "Knowledge",
    "PartChanges",
    "Planned",
    "PlannedRow",
    "Policies",
    "ShowPlan",
    "adopt_ids",
    "find_changes",
    "part_names",
    "part_number",
    "plan",
    "policies_of",
    "spared_places",
    "tasks",
    "tell_changes",
    "what_moved",
]
