"""What makes a row wrong: every reason of a row at once, each with a stable code, a cause and a cure."""

from importer.rules.asked import Known
from importer.rules.card_text import has_card, mask_text
from importer.rules.cards import UNJUDGED, mask_cards, mask_columns, spared_columns
from importer.rules.codes import REGISTRY, hint, hints
from importer.rules.fields import FIELD_RULES
from importer.rules.judge import Judged, judge

__all__ = [
    "FIELD_RULES",
    "REGISTRY",
    "UNJUDGED",
    "Judged",
    "Known",
    "has_card",
    "hint",
    "hints",
    "judge",
    "mask_cards",
    "mask_columns",
    "mask_text",
    "spared_columns",
]
