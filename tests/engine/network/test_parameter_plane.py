"""The parameter plane: what it shows of a path, what it says that it does not show, and that it holds still."""

import numpy as np
import pytest

from slalom.engine.network.parameter_plane import (
    ALL_POINTS,
    PATH_POINTS,
    Path,
    Plane,
    distances,
    diverged,
    fit,
    near,
    random_plane,
)


def walk(places=40, runs=2, dimension=50, seed=0, noise=0.01):
    """Return a path (places, runs, D) that bends in a plane of its own, with a little noise off it."""
    random = np.random.default_rng(seed)
    u, v = np.linalg.qr(random.normal(size=(dimension, 2)))[0].T
    t = np.linspace(0, 1, places)[:, None, None]
    turn = np.linspace(-1, 1, runs)[None, :, None] if runs > 1 else 0.5
    start = random.normal(size=dimension)
    return start + 3 * t * u + turn * t**2 * v + noise * random.normal(size=(places, runs, dimension)) * (t > 0)


def through(points, every=1, steps=None):
    path = Path()
    for i, place in enumerate(points):
        path.add(i * every if steps is None else steps[i], place)
    return path


def principal(points, origin):
    """Return what LAPACK says of the same points: directions and shares."""
    flat = (points - origin).reshape(-1, points.shape[-1])
    _, lengths, directions = np.linalg.svd(flat, full_matrices=False)
    return directions[:2], (lengths**2 / (lengths**2).sum())[:2]


def test_the_axes_are_the_principal_directions_of_the_joint_path_seen_from_its_start():
    points = walk()
    plane = through(points).plane()
    directions, shares = principal(points, points[0].mean(axis=0))
    np.testing.assert_allclose(np.abs(plane.axes @ directions.T), np.eye(2), atol=1e-6)
    np.testing.assert_allclose(plane.shares, shares, rtol=1e-5)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)
    assert plane.step == 39


def test_coordinates_and_the_distance_from_the_plane_make_up_the_whole_distance():
    points = walk(noise=0.3)
    plane = through(points).plane()
    xy, off = plane.coordinates(points)
    assert (xy.shape, off.shape) == ((40, 2, 2), (40, 2))
    whole = np.linalg.norm(points - plane.origin, axis=-1)
    np.testing.assert_allclose(np.hypot(np.hypot(xy[..., 0], xy[..., 1]), off), whole, rtol=1e-6)
    np.testing.assert_allclose(off, np.linalg.norm(points - plane.at(xy), axis=-1), rtol=1e-5, atol=1e-12)


def test_what_the_axes_do_not_share_is_off_the_plane():
    points = walk(noise=0.3)
    plane = through(points).plane()
    _, off = plane.coordinates(points)
    whole = ((points - plane.origin) ** 2).sum()
    assert (off**2).sum() / whole == pytest.approx(1 - plane.shares.sum(), rel=1e-5)


def test_runs_that_begin_together_begin_at_the_origin_in_every_revision():
    points, path = walk(), Path()
    for i, place in enumerate(points):
        path.add(i, place)
        xy, off = path.plane().coordinates(points[0])
        np.testing.assert_allclose(np.column_stack([xy, off]), 0, atol=1e-6)


def test_a_revision_neither_flips_nor_turns_the_picture():
    points, path = walk(places=200, noise=0.05), Path()
    before = None
    for i, place in enumerate(points):
        path.add(i, place)
        if i in (4, 8, 16, 32, 64, 128, 199):
            plane = path.plane()
            if before is not None:
                shared = before.axes @ plane.axes.T
                np.testing.assert_allclose(shared, shared.T, atol=1e-6)
                assert np.linalg.eigvalsh(shared).min() > 0
            before = plane


def test_axes_whose_order_changes_keep_their_places():
    random = np.random.default_rng(1)
    first = random.normal(size=(30, 1, 6)) * [3, 2, 0.1, 0, 0, 0]
    second = random.normal(size=(30, 1, 6)) * [2, 30, 0.1, 0, 0, 0]
    origin = np.zeros(6)
    before = fit(first, origin, 1)
    after = fit(np.concatenate([first, second]), origin, 2, before)
    np.testing.assert_allclose(before.axes @ after.axes.T, np.eye(2), atol=0.02)
    assert after.shares[0] < after.shares[1]


def test_the_last_point_of_a_first_plane_lies_to_the_upper_right():
    for seed in range(5):
        points = walk(seed=seed)
        assert (through(points).plane().coordinates(points[-1, -1])[0] >= 0).all()


@pytest.mark.parametrize("far", [1e12, 1e30, np.inf, np.nan])
def test_a_run_that_diverges_hides_none_of_the_others(far):
    points = walk(runs=3)
    lost = points.copy()
    lost[20:, 1] = far
    lost[10:20, 1] = points[10:20, 1] * np.geomspace(1, min(far, 1e30) if np.isfinite(far) else 1e30, 10)[:, None]
    plane = through(lost).plane()
    others = through(np.delete(points, 1, axis=1)).plane()
    assert np.linalg.svd(plane.axes @ others.axes.T)[1].min() > 0.99
    assert plane.shares.sum() > 0.9
    xy, off = plane.coordinates(lost)
    assert np.isfinite(xy[:, [0, 2]]).all()
    assert np.isfinite(xy[:20, 1]).all()
    assert np.isfinite(off[20:, 1]).all() == np.isfinite(far)


def test_a_run_that_trains_is_never_left_out_however_far_it_goes():
    origin = np.zeros(4)
    assert near(np.array([[0, 0, 0], [1, 1, 3], [1, 1, 1e4]]), origin).all()
    assert near(np.array([[0, 0], [1e-5, 2], [1e-5, 4]]), np.full(4, 0.5)).all()


def test_a_run_that_diverged_is_left_out_by_its_losses_or_by_its_parameters():
    origin = np.zeros(4)
    assert not near(np.array([[0, 0, 0], [1, 1, 3], [1, 1, np.nan]]), origin)[:, 2].any()
    assert not near(np.array([[0, 0], [1, 1], [1, 2e6]]), origin)[:, 1].any()
    losses = np.array([[1.0, 2, 0, 1], [900, 2003, 0.1, np.nan], [1001, 2000, 1e-6, np.inf]])
    assert diverged(losses, losses[:1]).tolist() == [
        [False] * 4,
        [False, True, True, True],
        [False, False, False, True],
    ]


def test_where_all_diverge_the_first_steps_are_shown():
    points = np.ones((8, 1, 5))
    points[1:, 0] = 10.0 ** np.arange(1, 8)[:, None]
    points[-1] = np.inf
    apart = distances(points, points[0, 0])
    assert near(apart, points[0, 0]).ravel().tolist() == [True, True] + [False] * 6


def test_points_that_are_all_equal_have_a_plane_all_the_same():
    plane = through(np.ones((5, 2, 7))).plane()
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)
    assert np.isnan(plane.shares).all()
    xy, off = plane.coordinates(np.ones((2, 7)))
    assert (xy == 0).all()
    assert (off == 0).all()


def test_a_run_of_one_step_lies_on_the_first_axis():
    plane = through(np.array([[[0.0, 0, 0]], [[0, 3, 4]]])).plane()
    xy, off = plane.coordinates(np.array([0.0, 3, 4]))
    np.testing.assert_allclose([*xy, off], [5, 0, 0], atol=1e-6)
    np.testing.assert_allclose(plane.shares, [1, 0], atol=1e-6)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)


def test_two_parameters_are_the_plane():
    points = walk(dimension=2)
    plane = through(points).plane()
    assert plane.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(plane.coordinates(points)[1], 0, atol=1e-6)


def test_nothing_but_the_start_is_enough():
    plane = through(walk(places=1)).plane()
    assert plane.step == 0
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)


def test_a_start_that_is_not_finite_is_a_plane_too():
    plane = through(np.full((3, 2, 4), np.nan)).plane()
    assert np.isfinite(plane.axes).all()
    assert np.isnan(plane.coordinates(np.full((2, 4), np.nan))[0]).all()


def test_coordinates_of_huge_points_do_not_overflow():
    plane = through(walk(dimension=3)).plane()
    xy, off = plane.coordinates(np.full((1, 3), 1e200))
    assert np.hypot(*xy[0] / 1e200) ** 2 + (off[0] / 1e200) ** 2 == pytest.approx(3)


@pytest.mark.parametrize("runs", [1, 8, 9, 64, 200])
def test_the_path_stays_small_and_evenly_spaced(runs):
    points = walk(places=500, runs=runs, dimension=3)
    path = through(points)
    assert len(path._points) <= PATH_POINTS
    assert sum(map(len, path._points)) <= ALL_POINTS
    assert path._steps[0] == 0
    assert set(np.diff(path._steps)) == {path._stride}
    assert path._steps[-1] + path._stride >= 499
    assert path.plane().step == 499


def test_a_path_longer_than_its_memory_has_nearly_the_same_plane():
    points = walk(places=1000, noise=0.02)
    directions, shares = principal(points, points[0].mean(axis=0))
    plane = through(points).plane()
    assert np.linalg.svd(plane.axes @ directions.T)[1].min() > 0.99
    np.testing.assert_allclose(plane.shares, shares, atol=0.03)


def test_the_same_path_has_the_same_plane_to_the_last_bit():
    first, second = (through(walk()).plane() for _ in range(2))
    assert first.pack() == second.pack()


def test_a_stored_plane_is_the_one_that_was_used():
    plane = through(walk()).plane()
    back = Plane.unpack(plane.pack())
    assert back.step == plane.step
    for mine, theirs in zip(plane[1:], back[1:], strict=True):
        np.testing.assert_array_equal(mine, theirs)


LAYOUT = [(0, 6, (3, 2)), (6, 9, (3,)), (9, 15, (2, 3)), (15, 17, (2,))]


def test_random_directions_move_no_bias_and_have_the_lengths_of_the_filters():
    centre = np.arange(17.0)
    plane, reach = random_plane(7, centre, LAYOUT, seed=3)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    assert (plane.axes[:, [6, 7, 8, 15, 16]] == 0).all()
    weights = np.r_[centre[:6], centre[9:15]]
    np.testing.assert_allclose(reach, np.linalg.norm(weights))
    moved = (plane.axes[0] * reach[0])[:6].reshape(3, 2)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), np.linalg.norm(centre[:6].reshape(3, 2), axis=1))
    assert plane.step == 7
    np.testing.assert_array_equal(plane.coordinates(centre)[0], [0, 0])


def test_a_seed_draws_one_pair_of_directions_and_another_seed_another():
    axes = [random_plane(0, np.ones(17), LAYOUT, seed)[0].axes for seed in (1, 1, 2)]
    np.testing.assert_array_equal(axes[0], axes[1])
    assert np.abs(axes[0] - axes[2]).max() > 0.01


def test_random_directions_around_nothing_are_directions_all_the_same():
    plane, reach = random_plane(0, np.zeros(17), LAYOUT, 0)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    assert reach.tolist() == [1, 1]
