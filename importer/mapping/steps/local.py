"""The type steps that know a country's ways: phone, document and country, and what can be wrong with what they name.

The numbering plans of the world are loaded only where a mapping has a phone step: it takes as long as a small file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.mapping.fault import did_you_mean
from importer.mapping.steps.countries import country_text
from importer.mapping.steps.documents import document_text, unfit_documents
from importer.mapping.steps.text import filled_cell, first_of, only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.fault import Complaint
    from importer.mapping.forms import DocumentForm, PhoneForm
    from importer.mapping.model import FieldMap
    from importer.mapping.places import Place
    from importer.mapping.steps.text import Worked


def local_value(worked: Worked, said: FieldMap, blank: tuple[str, ...]) -> Worked:
    """Give the text in its one form, by the step that is said; a filled one that has none breaks the step's rule.

    `blank` are the source's words for nothing.
    """
    if said.phone is not None:
        rule, value = "phone", _phone(worked.value, said.phone, blank)
    elif said.document is not None:
        rule, value = "document", _document(worked.value, said.document, blank)
    else:
        rule, value = "country", country_text(worked.value)
    return worked.to_checked(value, rule, value.is_not_null())


def _phone(text: pl.Expr, form: PhoneForm, blank: tuple[str, ...]) -> pl.Expr:
    from importer.mapping.steps.phones import ANYWHERE, phone_text, phone_text_by  # noqa: PLC0415  # see above

    if form.country is None:
        return phone_text(text, form.region or ANYWHERE)
    named = filled_cell(form.country, blank)
    code = country_text(named).fill_null(ANYWHERE)
    return phone_text_by(text, pl.when(named.is_null()).then(pl.lit(form.region or ANYWHERE)).otherwise(code))


def _document(text: pl.Expr, form: DocumentForm, blank: tuple[str, ...]) -> pl.Expr:
    if form.column is None:
        return document_text(text, form.of or ())
    kind = filled_cell(form.column, blank).replace_strict(form.kinds or {}, default=None, return_dtype=pl.String)
    return first_of(
        [document_text(only(kind == name, text), [name]) for name in dict.fromkeys((form.kinds or {}).values())]
    )


def unfit_local(text: str, said: FieldMap) -> str | None:
    """Say why a constant or default is not what its phone, document or country step would give; None when it is."""
    if said.phone is not None:
        from importer.mapping.steps.phones import ANYWHERE, phone_text, regions  # noqa: PLC0415  # see above

        region = said.phone.region if said.phone.region in regions() else ANYWHERE
        made, form = [phone_text(pl.lit(text), region or ANYWHERE)], "a valid number with its country, as +573105554814"
    elif said.document is not None:
        kinds = said.document.of or (said.document.kinds or {}).values()
        made = [document_text(pl.lit(text), [kind]) for kind in kinds if not unfit_documents([kind])]
        form = "a right number of its kind, without separators"
    elif said.country is not None:
        made, form = [country_text(pl.lit(text))], "the country's ISO 3166 code in two capital letters, as CO"
    else:
        return None
    fits = not made or text in pl.select(pl.concat_list(made)).item()
    return None if fits else f"it is not changed by any step, so it is written as it is to be sent: {form}"


def is_local(said: FieldMap) -> bool:
    """Tell whether one of the steps is said."""
    return (said.phone, said.document, said.country) != (None, None, None)


def _judge_region(place: Place, region: str) -> Iterator[Complaint]:
    from importer.mapping.steps.phones import regions  # noqa: PLC0415  # see above

    if region not in regions():
        what = "a region is meant here, two capital letters such as CO, MX or BR: the one of numbers without +"
        yield (*place.path, "phone"), f"{what}{did_you_mean(region.upper(), regions())}"


def judge_local(place: Place) -> Iterator[Complaint]:
    """Give what is wrong with the region of a phone or the kinds of a document."""
    region = place.map.phone.region if place.map.phone is not None else None
    if region is not None:
        yield from _judge_region(place, region)
    document = place.map.document
    if document is not None and (why := unfit_documents(document.of or ())):
        yield (*place.path, "document"), why
    for word, kind in ((document and document.kinds) or {}).items():
        if why := unfit_documents([kind]):
            yield (*place.path, "document", "kinds", word), why
