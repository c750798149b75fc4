"""Functions of two variables: the standard obstacle course of optimization."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .base import Interval, Minimum
from .surface import Surface

COLLECTION = "Surjanovic, Bingham 2013, Virtual Library of Simulation Experiments, sfu.ca/~ssurjano"
JAMIL_YANG = "Jamil, Yang 2013, doi:10.1504/IJMMNO.2013.055204"

Points = tuple[tuple[float, ...], ...]


class Bowl(Surface):
    """A long valley, κ times steeper across than along: the picture of a badly scaled problem.

    The Hessian's eigenvalues are 1 and κ. Gradient descent is stable below lr = 2/κ, zigzags above 1/κ, and
    needs a number of steps that grows like κ.
    """

    kind: Literal["bowl"] = "bowl"
    title: ClassVar[str] = "Bowl"
    source: ClassVar[str] = "Boyd, Vandenberghe 2004, Convex Optimization, section 9.3.2"
    template: ClassVar[str] = "1/2*(x**2 + kappa*y**2)"
    window: ClassVar[tuple[Interval, ...]] = ((-5.0, 5.0), (-3.0, 3.0))
    origin: ClassVar[tuple[float, ...]] = (-4.2, 1.45)
    known: ClassVar[Points] = ((0.0, 0.0),)

    kappa: float = Field(12.0, gt=0)
    """The condition number κ: curvature across the valley, where it is 1 along it."""


class Rosenbrock(Surface):
    """A curved valley whose floor is easy to find and slow to follow.

    With a = 1 and b = 100 the Hessian at the minimum has eigenvalues 1001.6 and 0.3994: gradient descent settles
    there only with lr < 2/1001.6, along a floor 2508 times flatter than the walls.
    """

    kind: Literal["rosenbrock"] = "rosenbrock"
    title: ClassVar[str] = "Rosenbrock's valley"
    source: ClassVar[str] = "Rosenbrock 1960, doi:10.1093/comjnl/3.3.175"
    template: ClassVar[str] = "(a - x)**2 + b*(y - x**2)**2"
    origin: ClassVar[tuple[float, ...]] = (-1.2, 1.0)
    window: ClassVar[tuple[Interval, ...]] = ((-2.0, 2.0), (-1.0, 3.0))

    a: float = Field(1.0, ge=-10, le=10)
    """Where the minimum lies: at (a, a²)."""
    b: float = Field(100.0, gt=0)
    """How steep the walls of the valley are."""

    @property
    def domain(self) -> tuple[Interval, ...]:
        wide, high = max(2.0, 1.5 * abs(self.a)), max(3.0, 1.5 * self.a**2)
        return (-wide, wide), (-1.0, high)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return self.minima_at([(self.a, self.a**2)])


class Himmelblau(Surface):
    """Four equally deep valleys: start and step decide which one is found.

    All four minima have the value 0, with largest curvatures between 80.55 and 133.79.
    """

    kind: Literal["himmelblau"] = "himmelblau"
    title: ClassVar[str] = "Himmelblau's function"
    source: ClassVar[str] = "Himmelblau 1972, Applied Nonlinear Programming"
    template: ClassVar[str] = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"
    window: ClassVar[tuple[Interval, ...]] = ((-5.0, 5.0), (-5.0, 5.0))
    origin: ClassVar[tuple[float, ...]] = (-0.5, -1.0)
    known: ClassVar[Points] = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286169),
        (3.5844283403304917, -1.8481265269644034),
    )


class Beale(Surface):
    """A flat plain with sharp cliffs at its corners: the slopes span many powers of ten.

    At the minimum (3, 0.5) the curvatures are 48.98 and 0.3015; at the corner (-4.5, -4.5) the gradient is longer
    than 100000.
    """

    kind: Literal["beale"] = "beale"
    title: ClassVar[str] = "Beale's function"
    source: ClassVar[str] = "Beale 1958; Moré, Garbow, Hillstrom 1981, doi:10.1145/355934.355936, problem 5"
    template: ClassVar[str] = "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2"
    window: ClassVar[tuple[Interval, ...]] = ((-4.5, 4.5), (-4.5, 4.5))
    origin: ClassVar[tuple[float, ...]] = (1.0, 1.0)
    known: ClassVar[Points] = ((3.0, 0.5),)


class Booth(Surface):
    """A slanted bowl: the valley runs diagonally, so each coordinate alone tells little.

    The curvature is 18 across and 2 along, everywhere.
    """

    kind: Literal["booth"] = "booth"
    title: ClassVar[str] = "Booth's function"
    source: ClassVar[str] = JAMIL_YANG
    template: ClassVar[str] = "(x + 2*y - 7)**2 + (2*x + y - 5)**2"
    window: ClassVar[tuple[Interval, ...]] = ((-10.0, 10.0), (-10.0, 10.0))
    origin: ClassVar[tuple[float, ...]] = (-8.0, -6.0)
    known: ClassVar[Points] = ((1.0, 3.0),)


class Matyas(Surface):
    """A nearly flat diagonal valley: quick down the sides, slow along the floor.

    The curvature is 1 across and 0.04 along, everywhere: a condition number of 25.
    """

    kind: Literal["matyas"] = "matyas"
    title: ClassVar[str] = "Matyas's function"
    source: ClassVar[str] = JAMIL_YANG
    template: ClassVar[str] = "0.26*(x**2 + y**2) - 0.48*x*y"
    window: ClassVar[tuple[Interval, ...]] = ((-10.0, 10.0), (-10.0, 10.0))
    origin: ClassVar[tuple[float, ...]] = (-8.0, 3.0)
    known: ClassVar[Points] = ((0.0, 0.0),)


class ThreeHumpCamel(Surface):
    """Three valleys in a row; the middle one, at the origin, is the deepest.

    The two outer minima, at ±(1.7476, -0.8738), have the value 0.2986.
    """

    kind: Literal["three_hump_camel"] = "three_hump_camel"
    title: ClassVar[str] = "Three-hump camel"
    source: ClassVar[str] = JAMIL_YANG
    template: ClassVar[str] = "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2"
    window: ClassVar[tuple[Interval, ...]] = ((-2.3, 2.3), (-2.3, 2.3))
    origin: ClassVar[tuple[float, ...]] = (-2.0, 1.8)
    known: ClassVar[Points] = (
        (0.0, 0.0),
        (1.747552345830289, -0.8737761729151445),
        (-1.747552345830289, 0.8737761729151445),
    )


class SixHumpCamel(Surface):
    """Six valleys, of which two, at ±(0.0898, -0.7127), are the deepest: -1.0316.

    The other four minima have the values -0.2155 and 2.1043.
    """

    kind: Literal["six_hump_camel"] = "six_hump_camel"
    title: ClassVar[str] = "Six-hump camel"
    source: ClassVar[str] = "Dixon, Szegö 1978, Towards Global Optimisation 2"
    template: ClassVar[str] = "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2"
    window: ClassVar[tuple[Interval, ...]] = ((-2.0, 2.0), (-1.1, 1.1))
    origin: ClassVar[tuple[float, ...]] = (-1.9, 0.1)
    known: ClassVar[Points] = (
        (0.08984201310031806, -0.7126564030207396),
        (-0.08984201310031806, 0.7126564030207396),
        (1.7036067149699807, -0.7960835686726252),
        (-1.7036067149699807, 0.7960835686726252),
        (1.6071047529201976, 0.5686514548841314),
        (-1.6071047529201976, -0.5686514548841314),
    )


class StyblinskiTang(Surface):
    """Four valleys, one in each corner; the deepest is -78.332 at x = y = -2.9035.

    The variables do not interact: the Hessian is diagonal everywhere. The shallowest minimum is -50.059.
    """

    kind: Literal["styblinski_tang"] = "styblinski_tang"
    title: ClassVar[str] = "Styblinski-Tang function"
    source: ClassVar[str] = "Styblinski, Tang 1990, doi:10.1016/0893-6080(90)90035-K"
    template: ClassVar[str] = "1/2*(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)"
    window: ClassVar[tuple[Interval, ...]] = ((-5.0, 5.0), (-5.0, 5.0))
    origin: ClassVar[tuple[float, ...]] = (0.5, 4.0)
    known: ClassVar[Points] = tuple(
        (x, y) for x in (-2.903534027771177, 2.746802770990837) for y in (-2.903534027771177, 2.746802770990837)
    )


class GoldsteinPrice(Surface):
    """Four valleys in a landscape whose heights span six powers of ten.

    The deepest minimum is 3 at (0, -1), with curvatures 965.2 and 402.8; the others are 30, 84 and 840, and the
    corner (-2, 2) is higher than 700000.
    """

    kind: Literal["goldstein_price"] = "goldstein_price"
    title: ClassVar[str] = "Goldstein-Price function"
    source: ClassVar[str] = "Goldstein, Price 1971, doi:10.1090/S0025-5718-1971-0312365-X"
    template: ClassVar[str] = (
        "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))"
    )
    window: ClassVar[tuple[Interval, ...]] = ((-2.0, 2.0), (-2.0, 2.0))
    origin: ClassVar[tuple[float, ...]] = (-1.0, 0.5)
    known: ClassVar[Points] = ((0.0, -1.0), (-0.6, -0.4), (1.8, 0.2), (1.2, 0.8))


class Rastrigin(Surface):
    """A bowl full of dimples: a grid of local minima about one unit apart.

    With amplitude 10 the curvature at the minimum, the origin, is 396.8, while that of the bowl underneath is 2:
    steps small enough to settle cannot see the bowl.
    """

    kind: Literal["rastrigin"] = "rastrigin"
    title: ClassVar[str] = "Rastrigin's function"
    source: ClassVar[str] = "Rastrigin 1974; Mühlenbein, Schomisch, Born 1991, doi:10.1016/S0167-8191(05)80052-3"
    template: ClassVar[str] = "x**2 + y**2 + amplitude*(2 - cos(2*pi*x) - cos(2*pi*y))"
    window: ClassVar[tuple[Interval, ...]] = ((-5.12, 5.12), (-5.12, 5.12))
    origin: ClassVar[tuple[float, ...]] = (-3.4, 2.7)
    known: ClassVar[Points] = ((0.0, 0.0),)

    amplitude: float = Field(10.0, ge=0)
    """Depth of the dimples; 0 leaves a plain bowl."""


class Ackley(Surface):
    """A rippled plain around a sharp funnel, whose tip, at the origin, is a kink.

    Close to the tip the slope does not fade: its length tends to 2.83. Away from it the plain is nearly level, so
    the ripples decide. At the tip itself the slope is defined as 0.
    """

    kind: Literal["ackley"] = "ackley"
    title: ClassVar[str] = "Ackley's function"
    source: ClassVar[str] = "Ackley 1987, A Connectionist Machine for Genetic Hillclimbing"
    template: ClassVar[str] = "20*(1 - exp(-0.2*sqrt((x**2 + y**2)/2))) + (e - exp((cos(2*pi*x) + cos(2*pi*y))/2))"
    window: ClassVar[tuple[Interval, ...]] = ((-5.0, 5.0), (-5.0, 5.0))
    origin: ClassVar[tuple[float, ...]] = (-3.4, 2.6)
    known: ClassVar[Points] = ((0.0, 0.0),)


class Griewank(Surface):
    """A very wide bowl under waves: locally all valleys look alike, and only the average points home.

    The bowl has curvature 0.0005, the waves up to 1.
    """

    kind: Literal["griewank"] = "griewank"
    title: ClassVar[str] = "Griewank's function"
    source: ClassVar[str] = "Griewank 1981, doi:10.1007/BF00933356"
    template: ClassVar[str] = "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))"
    window: ClassVar[tuple[Interval, ...]] = ((-10.0, 10.0), (-10.0, 10.0))
    origin: ClassVar[tuple[float, ...]] = (-7.5, 6.0)
    known: ClassVar[Points] = ((0.0, 0.0),)


class Levy(Surface):
    """Waves in both directions, of different lengths, on a flat valley.

    The minimum is 0 at (1, 1), with curvatures 2.244 and 0.125.
    """

    kind: Literal["levy"] = "levy"
    title: ClassVar[str] = "Lévy's function"
    source: ClassVar[str] = COLLECTION
    template: ClassVar[str] = (
        "sin(pi*(x - 1)/4)**2 + ((x - 1)/4)**2*(1 + 10*sin(pi*(x - 1)/4 + 1)**2)"
        " + ((y - 1)/4)**2*(1 + sin(pi*(y - 1)/2)**2)"
    )
    window: ClassVar[tuple[Interval, ...]] = ((-10.0, 10.0), (-10.0, 10.0))
    origin: ClassVar[tuple[float, ...]] = (-6.0, 7.0)
    known: ClassVar[Points] = ((1.0, 1.0),)


class Saddle(Surface):
    """A pass between two valleys: flat is not finished.

    At the origin the gradient is 0, with curvatures 2 and -1. A run that starts close to the line y = 0 is pulled
    towards the pass first and leaves it slowly, for (0, 1) or (0, -1), where the value is -0.25.
    """

    kind: Literal["saddle"] = "saddle"
    title: ClassVar[str] = "Saddle"
    source: ClassVar[str] = "Dauphin et al. 2014, arXiv:1406.2572"
    template: ClassVar[str] = "x**2 + y**4/4 - y**2/2"
    window: ClassVar[tuple[Interval, ...]] = ((-2.5, 2.5), (-2.0, 2.0))
    origin: ClassVar[tuple[float, ...]] = (2.0, 1e-4)
    known: ClassVar[Points] = ((0.0, 1.0), (0.0, -1.0))


class MonkeySaddle(Surface):
    """Three valleys and three ridges meet in one level point, and there is no bottom.

    At the origin the gradient and all curvatures are 0; a run that leaves it falls for ever.
    """

    kind: Literal["monkey_saddle"] = "monkey_saddle"
    title: ClassVar[str] = "Monkey saddle"
    source: ClassVar[str] = "Hilbert, Cohn-Vossen 1932, Anschauliche Geometrie"
    template: ClassVar[str] = "x**3 - 3*x*y**2"
    window: ClassVar[tuple[Interval, ...]] = ((-2.0, 2.0), (-2.0, 2.0))
    origin: ClassVar[tuple[float, ...]] = (1.5, 0.01)


class PlateauSurface(Surface):
    """A crater in a plain: where a tanh is saturated the slope all but vanishes, and descent crawls.

    At the start the gradient is shorter than 0.01, although the minimum is 1 lower; at the minimum the curvatures
    are 1 and 0.5.
    """

    kind: Literal["plateau"] = "plateau"
    title: ClassVar[str] = "Plateau"
    source: ClassVar[str] = "Glorot, Bengio 2010, Understanding the difficulty of training deep networks, section 3"
    template: ClassVar[str] = "tanh((x**2 + 2*y**2)/4)"
    window: ClassVar[tuple[Interval, ...]] = ((-4.0, 4.0), (-3.0, 3.0))
    origin: ClassVar[tuple[float, ...]] = (-3.0, 1.6)
    known: ClassVar[Points] = ((0.0, 0.0),)
