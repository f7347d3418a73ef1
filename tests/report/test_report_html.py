"""What the page is made of: escaping, masking, and figures as people read them."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.outcome import State
from importer.report.charts import line_chart, stacked_bar
from importer.report.html import element, prose, table
from importer.report.meanings import cure, meaning
from importer.report.page import page
from importer.report.rows import mask_words
from importer.report.shown import duration, share
from importer.report.style import POLICY, STYLE


class Seen(HTMLParser):
    """What a browser would make of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@given(st.text(), st.text())
def test_no_text_becomes_a_tag_or_ends_an_attribute(text: str, value: str) -> None:
    seen = Seen(element("p", text, title=value))
    shown = [one.encode("unicode_escape").decode() if not one.isprintable() else one for one in (*text,)]
    assert seen.tags == ["p"]
    assert list(seen.attributes[0]) == ["title"]
    assert "".join(seen.words) == "".join(shown)


def test_a_header_that_is_html_stays_text_in_a_table() -> None:
    seen = Seen(table("x", ("a", "<b>"), [("<script>alert(1)</script>", "\u202edesrever")]))
    assert not {"script", "b"} & set(seen.tags)
    assert "\\u202edesrever" in seen.words


def test_the_policy_allows_nothing_but_the_style_that_is_there() -> None:
    text = page("t", element("main", "x"))
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    assert style == STYLE
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in POLICY
    assert POLICY.startswith("default-src 'none';")
    assert not re.search(r"<script|\bstyle=|https?://|url\(|@import|<link|<img", text)


BODY = json.dumps(
    {
        "first_name": "María José",
        "email": "m.jose@correo.example.com",
        "phone": "+573001234567",
        "addresses": [{"street_1": "Calle 12 # 3-45", "city": "Bogotá"}],
        "tags": {"note": "sólo tardes"},
    }
)


def test_the_servers_words_lose_what_they_repeat_of_the_row() -> None:
    said = (
        "first_name 'maría josé' too long; José; m.jose@correo.example.com taken by other@x.com; +573001234567; "
        "Calle 12 # 3-45, BOGOTÁ: call 555-1234 about 3fa85f64-5717-4562-b3fc-2c963f66afa6"
    )
    told = mask_words(said, BODY)
    assert told.startswith("first_name '[first_name]' too long; [first_name]; [email] taken by [email]")
    assert "[addresses.street_1], [addresses.city]: call ###-#### about [id]" in told
    assert not re.search(r"[0-9]|mar[ií]a|jos[eé]|bogot", told.replace("street_1", ""), re.IGNORECASE)


@given(st.text(st.characters(categories=("L", "N")), min_size=2), st.text(alphabet="abc :;'\"", max_size=20))
def test_no_value_of_a_row_survives_as_a_word(value: str, around: str) -> None:
    told = mask_words(f"{around} {value} {around}", json.dumps({"first_name": value}))
    assert value not in told.replace("[first_name]", "").split() or value in around.split()


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(0, 10, "0 %"), (1, 1_000_000, "< 0.1 %"), (999_999, 1_000_000, "> 99.9 %"), (5, 5, "100.0 %"), (0, 0, "0 %")],
)
def test_a_share_is_never_told_as_nothing_or_all_when_it_is_not(part: int, whole: int, told: str) -> None:
    assert share(part, whole) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.25, "0.2 s"), (59.4, "59 s"), (61, "1 min 1 s"), (7_260, "2 h 1 min")]
)
def test_durations_are_told_in_the_units_that_matter(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@given(st.lists(st.integers(0, 10**7), min_size=7, max_size=7))
def test_the_bar_of_states_fills_its_width_and_shows_whatever_is_there(counts: list[int]) -> None:
    parts = dict(zip([state.value for state in State], counts, strict=True))
    rects = [one for one in Seen(stacked_bar(parts, "told")).attributes if "width" in one]
    widths = [float(one["width"] or 0) for one in rects]
    assert len(widths) == sum(count > 0 for count in counts)
    assert all(width > 2 for width in widths)
    assert not widths or sum(widths) == pytest.approx(1000, abs=0.1)


def test_a_line_is_cut_where_nothing_is_known() -> None:
    drawn = line_chart([1.0, 2.0, 3.0], [5.0, None, 10.0], "told", [(1.0, 2.0)])
    assert 'd="M333.33 52.5M1000.0 5.0"' in drawn
    assert 'class="wait"' in drawn


@pytest.mark.parametrize(
    "code", ["http|422", "http|999", "net|timeout", "answer|no_id", "email|email", "create|pending"]
)
def test_every_code_has_a_meaning_and_a_cure(code: str) -> None:
    assert meaning(code).endswith(".")
    assert all(
        cure(code, state)
        for state in (State.REJECTED, State.FAILED, State.UNKNOWN)
        if state is not State.REJECTED or code == "email|email"
    )


def test_masked_is_the_same_by_frame_and_by_row() -> None:
    text = "id 3fa85f64-5717-4562-b3fc-2c963f66afa6 of a.b+c@x.co.uk, ١٢٣ and 42"
    by_row = mask_words(text, "{}")
    assert by_row == "id [id] of [email], ### and ##"
    assert pl.Series([text]).str.replace_all(r"\d", "#").item().endswith("### and ##")


@given(st.text(alphabet="ab<&`"))
def test_what_stands_between_backticks_is_code_and_nothing_is_a_tag(text: str) -> None:
    seen = Seen(prose(text))
    assert set(seen.tags) <= {"code"}
    assert "".join(seen.words) == text.replace("`", "")
