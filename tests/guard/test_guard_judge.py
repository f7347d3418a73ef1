"""The rails as tables: which figures hold a run, and what lets it pass."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.guard import Before, Figures, Limits, judge, judge_kept, refusal

QUIET = Figures(
    read=1000,
    rejected=60,
    creates=30,
    planned=940,
    known=950,
    absent=40,
    filled={"email": 990, "phone": 700, "gender": 100},
    before=Before(980, {"email": 975, "phone": 690, "gender": 120, "dob": 500}),
)
OPEN = Limits(rejected=100, creates=100, shrink=100, blanked=100)


def rails(figures: Figures, limits: Limits | None = None) -> list[str]:
    return [tripped.rail for tripped in judge(figures, limits or Limits())]


def test_a_usual_month_passes() -> None:
    assert rails(QUIET) == []


@pytest.mark.parametrize(
    ("changed", "held"),
    [
        pytest.param({"rejected": 200}, [], id="a figure at its limit passes"),
        pytest.param({"rejected": 201}, ["rejected"], id="a row beyond it does not"),
        pytest.param({"read": 19, "rejected": 19, "before": None}, [], id="nineteen rows say little"),
        pytest.param({"read": 20, "rejected": 20, "before": None}, ["rejected"], id="twenty say enough"),
        pytest.param({"creates": 940, "absent": 950}, ["creates"], id="nobody is found again: ids or keys are lost"),
        pytest.param({"creates": 471, "absent": 476}, ["creates"], id="half of them are"),
        pytest.param({"creates": 470, "absent": 476}, [], id="creates at the limit"),
        pytest.param({"creates": 940, "known": 0, "absent": 0}, [], id="a first import creates everybody"),
        pytest.param({"creates": 900, "known": 40, "absent": 3}, [], id="a trial of forty rows, then the whole list"),
        pytest.param({"creates": 900, "known": 19, "absent": 19}, [], id="too few are known to say anything"),
        pytest.param({"read": 686, "planned": 640}, [], id="thirty percent fewer rows"),
        pytest.param({"read": 685, "planned": 640}, ["shrink"], id="one row fewer still"),
        pytest.param({"read": 0, "rejected": 0, "planned": 0, "filled": {}}, ["shrink"], id="no row at all"),
        pytest.param({"read": 1400, "filled": {"email": 1390, "phone": 900, "gender": 100}}, [], id="a list may grow"),
        pytest.param({"before": None}, [], id="no run came before"),
        pytest.param({"before": Before(19, {"email": 19}), "filled": {"email": 0}}, [], id="a small run came before"),
        pytest.param({"filled": {**QUIET.filled, "phone": 0}}, ["blanked"], id="a field is newly empty"),
        pytest.param({"filled": {**QUIET.filled, "phone": 352}}, ["blanked"], id="half as many phones"),
        pytest.param({"filled": {**QUIET.filled, "phone": 353}}, [], id="a little more than half"),
        pytest.param({"filled": {"email": 990}}, [], id="a field that is mapped no more"),
        pytest.param({"had": {"phone": 40}, "lost": {"phone": 20}}, [], id="half of who had a phone lose it"),
        pytest.param({"had": {"phone": 40}, "lost": {"phone": 21}}, ["blanked"], id="more than half of them do"),
        pytest.param({"had": {"phone": 19}, "lost": {"phone": 19}}, [], id="nineteen who had one say little"),
        pytest.param({"filled": {**QUIET.filled, "city": 0}}, [], id="a field that is mapped only now"),
    ],
)
def test_each_rail_holds_what_it_should(changed: dict[str, object], held: list[str]) -> None:
    assert rails(replace(QUIET, **changed)) == held  # type: ignore[arg-type]  # a table of changes


def test_a_field_that_few_rows_ever_filled_may_be_empty() -> None:
    before = Before(1000, {"email": 1000, "second_name": 19, "reference": 20})
    figures = replace(QUIET, filled={"email": 1000, "second_name": 0, "reference": 0}, before=before)
    (tripped,) = judge(figures, Limits())
    assert "reference in 0 of 1,000 rows, last time 20 of 1,000" in tripped.told
    assert "second_name" not in tripped.told


def test_the_refusal_tells_all_figures_and_every_option() -> None:
    figures = replace(QUIET, read=490, rejected=245, planned=245, filled={"email": 485, "phone": 0, "gender": 0})
    told = refusal(judge(figures, Limits()))
    assert "50% of the rows are rejected (245 of 490; at most 20%)" in told
    assert "490 rows against 980 last time, 50% fewer (at most 30%)" in told
    assert "phone in 0 of 490 rows, last time 690 of 980" in told
    assert told.endswith("add --max-rejected 50% --max-shrink 50% --max-blanked 100%")


def test_many_fields_are_counted_and_the_worst_are_named() -> None:
    fields = [f"tags.t{number:02}" for number in range(10)]
    before = Before(1000, dict.fromkeys(fields, 1000))
    filled = {name: 10 * number for number, name in enumerate(fields)}
    (tripped,) = judge(replace(QUIET, filled=filled, before=before), Limits())
    assert "tags.t00 in 0 of" in tripped.told
    assert "and 4 more fields" in tripped.told
    assert "tags.t09" not in tripped.told


def test_where_no_figures_are_kept_nothing_is_held() -> None:
    assert judge_kept(None, Limits(rejected=0, creates=0, shrink=0, blanked=0)) == ()


def test_figures_come_back_from_the_folder_as_they_were() -> None:
    document = replace(QUIET, rejected=900).document()
    assert judge_kept(document, Limits()) == judge(replace(QUIET, rejected=900), Limits())


COUNT = st.integers(0, 3000)
FILLED = st.dictionaries(st.sampled_from(["email", "phone", "city"]), COUNT)


@given(COUNT, COUNT, COUNT, COUNT, FILLED, st.none() | st.tuples(COUNT, FILLED))
def test_the_options_that_are_named_let_it_pass(
    read: int,
    rejected: int,
    creates: int,
    known: int,
    filled: dict[str, int],
    before: tuple[int, dict[str, int]] | None,
) -> None:
    rejected = min(rejected, read)
    figures = Figures(
        read=read,
        rejected=rejected,
        creates=min(creates, read - rejected),
        planned=read - rejected,
        known=known,
        absent=known,
        filled={place: min(count, read) for place, count in filled.items()},
        before=Before(before[0], {place: min(count, before[0]) for place, count in before[1].items()})
        if before
        else None,
    )
    options = [tripped.option.split() for tripped in judge(figures, Limits())]
    named = {option.removeprefix("--max-"): float(share.removesuffix("%")) for option, share in options}
    assert all(share <= 100 for share in named.values())
    assert judge(figures, replace(Limits(), **named)) == ()
    assert judge(figures, OPEN) == ()
