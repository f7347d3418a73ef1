from importer.field import Kind
from importer.mapping.model import Mapping
from importer.mapping.places import mapping_columns, places

MAPPING = Mapping.model_validate(
    {
        "version": "1",
        "name": "crm",
        "key": "external_id",
        "contact": {
            "addresses": [
                {"alias": {"value": "casa"}, "city": "Ciudad"},
                {"repeat": "2", "city": "city{n}", "street_1": {"columns": ["a{n}", "b{n}"]}},
            ],
            "tags": {"tier": "Nivel", "area": "Zona"},
            "email": "Correo",
            "city": "Ciudad",
            "external_id": "No",
            "id": "Masivo ID",
        },
    }
)


def test_places_come_in_model_order_with_id_first_and_repetitions_counted_as_items() -> None:
    assert [place.place for place in places(MAPPING)] == [
        "id",
        "external_id",
        "email",
        "city",
        "tags.tier",
        "tags.area",
        "addresses[0].alias",
        "addresses[0].city",
        "addresses[1].street_1",
        "addresses[1].city",
        "addresses[2].street_1",
        "addresses[2].city",
    ]


def test_the_number_of_a_repetition_is_filled_into_its_columns() -> None:
    by_place = {place.place: place for place in places(MAPPING)}

    assert by_place["addresses[2].city"].map.column == "city2"
    assert by_place["addresses[1].street_1"].map.columns == ("a1", "b1")
    assert by_place["addresses[2].city"].path == ("contact", "addresses", 1, "city")


def test_a_tag_is_a_text_field_and_an_item_field_is_the_models_own() -> None:
    by_place = {place.place: place for place in places(MAPPING)}

    assert (by_place["tags.tier"].field.name, by_place["tags.tier"].field.kind) == ("tier", Kind.TEXT)
    assert by_place["id"].field.kind is Kind.UUID


def test_every_column_is_named_once() -> None:
    assert mapping_columns(MAPPING) == (
        "Masivo ID", "No", "Correo", "Ciudad", "Nivel", "Zona", "a1", "b1", "city1", "a2", "b2", "city2",
    )  # fmt: skip
