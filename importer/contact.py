"""The contact as the target's two pages give it: the one list of fields.

Mapping checks, rules, bodies, the JSON Schema and the docs are derived from these models, so a field is added here and
nowhere else. Source: the pages "create contact" (26 body fields) and "update contact" (the same and `persona_id`).
"""

from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict
from pydantic import Field as About

from importer.field import Field, Kind

Text = Annotated[str | None, Kind.TEXT]
Phone = Annotated[str | None, Kind.PHONE]
Country = Annotated[str | None, Kind.COUNTRY]
Document = Annotated[str | None, Kind.DOCUMENT]
Flag = Annotated[bool, Kind.BOOLEAN]
Moment = Annotated[str, Kind.DATETIME]


class Item(BaseModel):
    """What all parts of a contact share: no key beyond the documented ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Address(Item):
    """One entry of `addresses`."""

    street_1: Text = About(None, description="street, first line")
    street_2: Text = About(None, description="street, second line")
    street_number: Text = About(None, description="house number")
    reference: Text = About(None, description="how to find it")
    alias: Text = About(None, description="its name, such as home")
    zip_code: Text = About(None, description="postal code")
    city: Text = About(None, description="city")
    state: Text = About(None, description="state, province or department")
    country: Country = About(None, description="country")


class BillingInfo(Item):
    """One entry of `billing_info`."""

    document_number: Document = About(None, description="number of the tax document")
    document_type: Text = About(None, description="type of the tax document")
    legal_name: Text = About(None, description="name on the invoice")
    alias: Text = About(None, description="its name, such as office")
    street_1: Text = About(None, description="street, first line")
    street_2: Text = About(None, description="street, second line")
    street_number: Text = About(None, description="house number")
    city: Text = About(None, description="city")
    state: Text = About(None, description="state, province or department")
    country: Country = About(None, description="country")
    zip_code: Text = About(None, description="postal code")
    phone: Phone = About(None, description="phone for billing")
    email: Annotated[str | None, Kind.EMAIL] = About(None, description="email for billing")


class Payment(Item):
    """One entry of `payments`."""

    method: Text = About(None, description="payment method; the pages show CREDIT")
    last_four: Annotated[str | None, Kind.LAST_FOUR] = About(None, description="last four digits of the card")
    card_holder: Text = About(None, description="name on the card")
    card_brand: Text = About(None, description="brand of the card")
    alias: Text = About(None, description="its name, such as visa of the shop")
    expiry_month: Annotated[int | None, Kind.MONTH] = About(None, description="month of expiry, 1 to 12")
    expiry_year: Annotated[int | None, Kind.YEAR] = About(None, description="year of expiry, four digits")


class Contact(Item):
    """The body of both calls. `id` is not here: it goes into the path and never into a body."""

    created_at: Moment = About("", description="when the contact was created")
    updated_at: Moment = About("", description="when the contact was last updated")
    deleted_at: Annotated[str | None, Kind.DATETIME] = About(None, description="when it was deleted (soft delete)")
    external_id: Text = About(None, description="your own id of the contact")
    persona_id: Annotated[str | None, Kind.TEXT, "update only"] = About(
        None, description="persona for unified contacts; only an update may carry it"
    )
    first_name: Text = About(None, description="first name")
    second_name: Text = About(None, description="second name")
    last_name: Text = About(None, description="last name")
    second_last_name: Text = About(None, description="second last name")
    email: Annotated[str, Kind.EMAIL] = About("", description="email address")
    email_verified: Flag = About(default=False, description="whether the email is verified")
    dob: Annotated[str | None, Kind.DATE] = About(None, description="date of birth, YYYY-MM-DD")
    gender: Annotated[Literal["MALE", "FEMALE"] | None, Kind.ENUM] = About(None, description="gender")
    country: Country = About(None, description="country")
    city: Text = About(None, description="city")
    phone: Phone = About(None, description="phone number")
    is_anonymous: Flag = About(default=False, description="whether the contact is anonymous")
    source: Text = About(None, description="where the contact came from")
    channel: Text = About(None, description="channel")
    phone_verified: Flag = About(default=False, description="whether the phone is verified")
    document_type: Text = About(None, description="type of the identity document")
    document_number: Document = About(None, description="number of the identity document")
    status: Annotated[str, Kind.TEXT] = About("ACTIVE", description="status")
    tags: Annotated[dict[str, Any] | None, Kind.OBJECT] = About(None, description="custom tags, a flat object")
    addresses: Annotated[list[Address] | None, Kind.ITEMS] = About(None, description="addresses")
    billing_info: Annotated[list[BillingInfo] | None, Kind.ITEMS] = About(None, description="billing information")
    payments: Annotated[list[Payment] | None, Kind.ITEMS] = About(None, description="payment information")


ID = Field("id", Kind.UUID, "the target's id of the contact; filled: update, blank: the ledger decides", nullable=False)


@cache
def fields_of(model: type[Item] = Contact) -> tuple[Field, ...]:
    """Give a model's fields in its own order, which is the order of keys in a body."""
    return tuple(_field(name, info) for name, info in model.model_fields.items())


def _field(name: str, info: Any) -> Field:  # noqa: ANN401  # pydantic's FieldInfo is generic only inside pydantic
    options = get_args(info.annotation)
    kind = next(mark for mark in info.metadata if isinstance(mark, Kind))
    literal = next((get_args(option) for option in options if get_args(option)), ())
    item = next((inner for inner in literal if isinstance(inner, type) and issubclass(inner, Item)), None)
    default = info.default
    return Field(
        name=name,
        kind=kind,
        about=info.description,
        nullable=type(None) in options,
        choices=literal if kind is Kind.ENUM else (),
        default=str(default).lower() if isinstance(default, bool) else default or None,
        update_only="update only" in info.metadata,
        items=fields_of(item) if item else (),
    )
