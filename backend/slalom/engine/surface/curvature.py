"""How curved the ground is: extreme Hessian eigenvalues at many points at once, in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.choice import Array
from slalom.catalogue.base.functions import Functions


class Curvature(NamedTuple):
    """Extreme eigenvalues at N points, each of shape (N,); nan where the Hessian is not finite."""

    low: np.ndarray
    """Smallest eigenvalue of the Hessian H itself: negative at a saddle."""
    sharpness: np.ndarray
    """Largest eigenvalue of H + c·I, c the coupled weight decay."""
    scaled: np.ndarray
    """Largest eigenvalue of D^-1/2 (H + c·I) D^-1/2, D the rule's preconditioner; the sharpness where D = 1."""


def curvature(functions: Functions, points: np.ndarray, decay: Array = 0.0, scale: Array | None = None) -> Curvature:
    """Return the curvature at ``points`` of shape (dim, N).

    ``decay`` c has shape (N,) or is a number, ``scale`` D has shape (dim, N). Closed form up to two variables and for
    diagonal Hessians, else LAPACK's symmetric eigenvalues, matrix by matrix.
    """
    points = points.astype(np.float64)
    if functions.diagonal is not None:
        return _of_diagonal(functions.diagonal(points), decay, scale)
    hessian = functions.hessian(points)
    low, high = extremes(hessian)
    if scale is None:
        return Curvature(low, high + decay, high + decay)
    return Curvature(low, high + decay, extremes(_rescaled(hessian, decay, scale))[1])


def extremes(hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest eigenvalue of symmetric matrices (dim, dim, N), two arrays of shape (N,)."""
    if len(hessian) == 1:
        return hessian[0, 0], hessian[0, 0]
    if len(hessian) == 2:
        middle = 0.5 * hessian[0, 0] + 0.5 * hessian[1, 1]
        radius = np.hypot(0.5 * hessian[0, 0] - 0.5 * hessian[1, 1], hessian[0, 1])
        return middle - radius, middle + radius
    return _by_lapack(np.moveaxis(hessian, -1, 0))


def _of_diagonal(diagonal: np.ndarray, decay: Array, scale: Array | None) -> Curvature:
    low, high = diagonal.min(axis=0), diagonal.max(axis=0)
    scaled = high + decay if scale is None else ((diagonal + decay) / scale).max(axis=0)
    return Curvature(low, high + decay, scaled)


def _rescaled(hessian: np.ndarray, decay: Array, scale: np.ndarray) -> np.ndarray:
    root = np.sqrt(scale)
    shifted = hessian + np.eye(len(hessian))[:, :, None] * decay
    return shifted / root[:, None] / root[None, :]


def _by_lapack(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return extreme eigenvalues of (N, dim, dim), nan for a matrix that is not finite or defeats LAPACK."""
    low, high = np.full((2, len(matrices)), np.nan)
    good = np.isfinite(matrices).all(axis=(1, 2))
    try:
        values = np.linalg.eigvalsh(matrices[good])
    except np.linalg.LinAlgError:
        values = np.array([_eigenvalues(matrix) for matrix in matrices[good]])
    low[good], high[good] = values[..., 0], values[..., -1]
    return low, high


def _eigenvalues(matrix: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.eigvalsh(matrix)
    except np.linalg.LinAlgError:
        return np.full(len(matrix), np.nan)
