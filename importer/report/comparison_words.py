"""What the classes and causes of a comparison are called, what they mean, and what to do about each."""

from __future__ import annotations

from importer.reconcile.causes import Cause
from importer.reconcile.classes import Class

CLASSES = {
    Class.SAME: "same",
    Class.DIFFERENT: "different",
    Class.ONLY_HERE: "only here",
    Class.ONLY_THERE: "only there",
    Class.AMBIGUOUS: "ambiguous",
    Class.REJECTED: "rejected",
    Class.CANT_TELL: "can't tell",
}
MEANT = {
    Class.SAME: "On both sides, alike in all fields that are compared.",
    Class.DIFFERENT: "On both sides; at least one field is another.",
    Class.ONLY_HERE: "In the export alone.",
    Class.ONLY_THERE: "On the other side alone. No run takes anybody away.",
    Class.AMBIGUOUS: "Could be two, so joined with nobody; matched_by in differences.csv says what they share.",
    Class.REJECTED: "The row breaks a rule of its mapping, so it can't be compared.",
    Class.CANT_TELL: "Sent, and nobody knows what became of it.",
}
CAUSES = {
    Cause.CHANGED_THERE: "sent, and changed there since",
    Cause.CHANGED_HERE: "sent, and changed here since",
    Cause.CHANGED_BOTH: "sent, and changed on both sides since",
    Cause.LEFT_OUT: "left out of updates by the mapping, so it stays there as it was",
    Cause.GONE_HERE: "sent, and no longer here",
    Cause.GONE_THERE: "sent, and no longer there",
    Cause.NEVER_SENT: "never sent from here",
    Cause.REJECTED: "rejected: their row breaks a rule of its mapping",
    Cause.FAILED: "sent, and refused by the server",
    Cause.UNKNOWN: "sent, and nobody knows what became of it",
    Cause.FORGOTTEN: "sent, and what was sent can't be read any more (the files of its run are gone)",
}
ADVICE = {
    Cause.CHANGED_THERE: (
        "What changed there alone was sent already: a plan leaves it alone, unless you add --force, and then writes "
        "over it."
    ),
    Cause.LEFT_OUT: (
        "What the mapping leaves out of updates (a blank without `on_blank: clear`, `write: create_only`, `if_blank`) "
        "no run brings over: change it there, or the mapping."
    ),
    Cause.GONE_THERE: (
        "Who is gone there is still known by an id, so no run creates them again; an update to that id fails with 404. "
        "Look in the target whether they were deleted, or merged with somebody."
    ),
    Cause.UNKNOWN: (
        "Creates that nobody knows of are settled by `importer resolve`, from the target's own export; updates that "
        "nobody knows of are sent again by the next run."
    ),
    Cause.FORGOTTEN: (
        "Where what was sent can't be read any more, the target's own export still tells what is there: give it with "
        "--against."
    ),
}
"""What can be done about a cause, where it is not plain."""
PLAIN = {
    Cause.CHANGED_HERE: "The next run sends it.",
    Cause.CHANGED_BOTH: "Ask which of the two holds: the next run writes what stands here.",
    Cause.GONE_HERE: "No run takes anybody away: delete them in the target by hand, if they are to go.",
    Cause.NEVER_SENT: "Who is here is sent by the next run; who is there was made there: add them here if they belong.",
    Cause.REJECTED: "Mend the row: `importer check` says what is wrong with it.",
    Cause.FAILED: "Read the server's words in results.csv of that run, mend the rows or the mapping, and run again.",
}


def cure(cause: Cause) -> str:
    """Give what to do about a cause."""
    return ADVICE.get(cause) or PLAIN[cause]
