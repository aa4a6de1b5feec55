from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipyscribe.timeline.placing import Box, leader_end, place_names

ROOM = (600.0, 300.0)


def place(points, bars=(), *, size=(150.0, 16.0), room=ROOM):
    return place_names(points, [size] * len(points), list(bars), room)


def test_a_lone_name_stands_beside_its_point():
    (box,) = place([(300, 150)])
    x, y = box.nearest(300, 150)
    assert abs(x - 300) + abs(y - 150) < 17


def test_a_name_at_an_edge_stays_inside():
    for point in ((0, 0), (600, 300), (0, 300), (600, 0)):
        (box,) = place([point])
        assert box.left >= 0
        assert box.bottom >= 0
        assert box.right <= 600
        assert box.top <= 300


def test_a_name_rather_stands_where_it_covers_no_bar():
    bars = [Box(0, 149, 600, 151), Box(299, 0, 301, 300)]
    (box,) = place([(300, 150)], bars)
    assert [box.shared(bar) for bar in bars] == [0, 0]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 600), st.floats(0, 300)), min_size=2, max_size=6))
def test_names_hit_neither_each_other_nor_a_point(points):
    boxes = place(points)
    assert len(boxes) == len(points)
    assert all(one.shared(other) == 0 for one, other in combinations(boxes, 2))
    for box in boxes:
        assert all(box.nearest(*point) != point for point in points)


def test_the_same_point_six_times_has_six_names():
    boxes = place([(250, 120)] * 6, room=(260.0, 240.0))
    assert all(one.shared(other) == 0 for one, other in combinations(boxes, 2))


def test_the_same_points_get_the_same_boxes():
    points = [(100, 100), (110, 104), (300, 40), (310, 44)]
    assert place(points) == place(points)


def test_a_name_beside_its_point_needs_no_line():
    point = (300.0, 150.0)
    assert leader_end(Box(309, 154, 400, 170), point, [point]) is None
    assert leader_end(Box(340, 200, 400, 216), point, [point]) == (340, 200)


@pytest.mark.parametrize(("other", "side"), [((306.0, 165.0), -1), ((294.0, 165.0), 1)])
def test_a_line_is_aslant_and_keeps_off_another_point(other, side):
    point = (300.0, 150.0)
    x, y = leader_end(Box(200, 190, 400, 206), point, [point, other])
    assert (x, y) == (300 + side * 12, 190)


@pytest.mark.parametrize(
    ("other", "shared"),
    [(Box(5, 5, 20, 8), 5), (Box(10, 0, 20, 10), 0), (Box(2, 2, 4, 4), 2), (Box(0, 9, 10, 12), 10)],
)
def test_what_two_boxes_share(other, shared):
    assert Box(0, 0, 10, 10).shared(other) == shared
