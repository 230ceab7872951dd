"""What view 4 shows, as a value, and the cells that it is drawn with."""

from dataclasses import replace

import numpy as np
import pytest
from rich.color import Color, ColorSystem

from tui_optim.nn.landscapes import SURFACES
from tui_optim.tui.landscape import MOST_STEPS, RACE, Landscape
from tui_optim.tui.widgets.contours import BANDS, DARK, LIGHT, Frame, bands, overlay, ramp


@pytest.fixture
def bowl():
    return Landscape.on("bowl")


def test_the_race_has_the_surfaces_learning_rates_and_goes_down(bowl):
    assert [place.name for place in bowl.places] == list(RACE)
    assert [place.lr for place in bowl.places] == [bowl.ground.rates[name] for name in RACE]
    assert {place.height for place in bowl.places} == {49 / 20 + 4}
    assert bowl.places[0].distance == pytest.approx(np.hypot(7, 2))
    later = bowl.after(1e9)
    assert later.arrived
    assert all(place.height < 0.2 for place in later.places)


def test_time_runs_at_its_pace_but_not_while_paused(bowl):
    assert bowl.after(1).step == bowl.pace
    assert bowl.pause().after(1) == bowl.pause()
    assert bowl.after(1).pause().pause() == bowl.after(1)
    assert bowl.after(1).advance().step == bowl.pace + 1
    assert bowl.after(1).advance().paused
    assert bowl.after(1e9).pause().step == 0, "at the end it begins anew"
    assert bowl.after(1).restart() == bowl
    assert bowl.faster(1).pace > bowl.pace > bowl.faster(-1).pace
    assert bowl.faster(9).faster(1).faster(1).faster(1).pace == 100
    assert bowl.extend().steps == 2 * bowl.steps
    for _ in range(20):
        bowl = bowl.extend()
    assert bowl.steps == MOST_STEPS


def test_a_learning_rate_changes_one_path_which_begins_anew(bowl):
    faster = bowl.after(2).select(1).scale(2)
    assert faster.step == 0
    assert [place.lr for place in faster.places][1] == 2 * bowl.places[1].lr
    changed = np.any(faster.paths.points != bowl.paths.points, axis=(1, 2))
    assert changed.tolist() == [False, True, False, False, False]
    assert np.any(bowl.scale_all(0.5).paths.points != bowl.paths.points, axis=(1, 2)).all()
    still = bowl.after(2).pause()
    assert still.scale(2).step == still.step, "while paused it is seen at once"
    for _ in range(100):
        bowl = bowl.scale(2)
    assert bowl.places[0].lr == 1e9


def test_one_that_diverges_says_when(bowl):
    place = bowl.scale(4).after(1e9).places[0]
    assert place.height is place.distance is None
    assert 0 < place.diverged < bowl.steps


def test_the_start_stays_in_the_picture(bowl):
    assert bowl.move(1, -1).begin == (-6.5, 1.75)
    assert bowl.begin_at(99, -99).begin == (10, -5)
    assert bowl.move(1, 0).paths.points[0, 0].tolist() == [-6.5, 2]


def test_another_surface_and_other_optimizers(bowl):
    race = bowl
    for name in list(SURFACES)[1:]:
        race = race.another(1)
        assert race.surface == name
        assert [place.lr for place in race.places] == [race.ground.rates[n] for n in RACE]
    assert race.another(1) == bowl
    few = bowl.scale(2).run(("sgd", "adam", "nesterov"))
    assert [place.name for place in few.places] == ["sgd", "adam", "nesterov"]
    assert few.places[0].lr == 2 * bowl.places[0].lr, "it keeps its learning rate"


def test_signs_and_colours_are_those_of_the_lectures_race_where_names_tell_them_apart(bowl):
    assert [bowl.sign(i, ascii_only=False) for i in range(5)] == list("■▲◆▼★")
    two = Landscape.on("bowl", ("sgd:lr=0.1", "sgd:lr=0.9"))
    assert [two.sign(i, ascii_only=False) for i in range(2)] == list("●■")


@pytest.mark.parametrize("name", SURFACES)
def test_the_lowest_band_is_where_the_minima_are(name):
    surface = SURFACES[name]
    each = bands(surface, 81, 61)
    frame = Frame(surface, 81, 61, ascii=False)
    assert each.shape == (61, 81)
    assert each.max() == BANDS - 1
    assert each[frame.cell(surface.minima[0])] <= 2  # it may lie beside the point of its cell


@pytest.mark.parametrize(("dark", "ends"), [(True, DARK), (False, LIGHT)])
def test_the_bands_differ_by_about_the_same_lightness(dark, ends):
    colors = ramp(dark=dark)
    assert (colors[0], colors[-1]) == (ends[0], ends[-1])
    rgb = np.array([list(bytes.fromhex(color[1:])) for color in colors]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = np.where(luminance < 0.00886, 903.3 * luminance, 116 * np.cbrt(luminance) - 16)
    steps = np.diff(lightness) * (1 if dark else -1)
    assert steps.min() > 0.6 * steps.max() > 1


@pytest.mark.parametrize("dark", [True, False])
def test_the_greys_stay_apart_in_256_colours(dark):
    greys = [Color.parse(color) for color in ramp(dark=dark, greys=True)]
    numbers = [grey.downgrade(ColorSystem.EIGHT_BIT).number for grey in greys]
    assert len(set(numbers)) == BANDS


def test_a_path_is_drawn_as_far_as_it_has_come_with_its_sign_at_its_head(bowl):
    frame = Frame(bowl.ground, 60, 30, ascii=False)
    begun = overlay(bowl, frame, dark=True)
    assert begun[frame.cell(bowl.begin)][0] == "■", (
        "heads lie over the start, the selected one's on top"
    )
    later = bowl.after(2)
    cells = overlay(later, frame, dark=True)
    for index, (path, spec) in enumerate(zip(later.paths.points, later.specs, strict=True)):
        head = frame.cell(path[later.step])
        on_top = [
            later.sign(i, ascii_only=False)
            for i, other in enumerate(later.paths.points)
            if frame.cell(other[later.step]) == head
        ]
        assert cells[head][0] in on_top, (index, spec)
    assert cells[frame.cell(bowl.begin)][0] == "○"
    assert any(0x2800 < ord(character) < 0x2900 for character, _ in cells.values())
    plain = overlay(later, frame, dark=True, colored=False)
    assert {color for _, color in plain.values()} == {"#ffffff"}
    hidden = replace(later, hidden=frozenset(range(5)))
    assert {character for character, _ in overlay(hidden, frame, dark=True).values()} == set("○◎")


def test_in_ascii_paths_are_letters_and_what_is_outside_stays_at_the_edge(bowl):
    frame = Frame(bowl.ground, 60, 30, ascii=True)
    cells = overlay(bowl.scale(4).after(1e9), frame, dark=True)
    assert {character for character, _ in cells.values()} <= set("bcdefBCDEFox+")
    assert all(0 <= row < 30 and 0 <= column < 60 for row, column in cells)
    (lost,) = [at for at, (character, _) in cells.items() if character == "x"]
    assert lost[0] in (0, 29)
    assert frame.cell(frame.point(17, 4)) == (4, 17)
