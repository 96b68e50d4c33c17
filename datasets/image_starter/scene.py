"""Scenes drawn in gray: rooms, streets and gardens, things that stand about in them, and somebody, or nobody.

Everything is drawn on a canvas of CANVAS pixels a side, as numbers from 0 (black) to 255, then seen by a camera.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]
Point = tuple[float, float]

CANVAS = 224
_ROOM = 300  # pixels a side of what the camera may turn to
_FIXED = 4  # bits behind the point of OpenCV's coordinates


@dataclass(frozen=True)
class Scene:
    """A place with its light and the camera that looks at it.

    room: (_ROOM, _ROOM). light: from the left and from above. gain, gamma: of the exposure. noise, blur, vignette: of
    the camera.
    """

    room: Canvas
    light: tuple[float, float]
    gain: float
    gamma: float
    noise: float
    blur: float
    vignette: float


def draw_scene(rng: np.random.Generator) -> Scene:
    """Where nobody has been."""
    room = np.full((_ROOM, _ROOM), rng.uniform(60, 210), np.float32)
    _ROOMS[int(rng.integers(len(_ROOMS)))](room, rng)
    return Scene(
        room=np.clip(room + _clouds(_ROOM, rng) * rng.uniform(4, 16), 0, 255).astype(np.float32),
        light=(rng.uniform(-0.35, 0.35), rng.uniform(-0.3, 0.3)),
        gain=rng.uniform(0.65, 1.45),
        gamma=rng.uniform(0.75, 1.35),
        noise=rng.uniform(1, 8),
        blur=rng.uniform(0, 1.3),
        vignette=rng.uniform(0, 0.35),
    )


@dataclass(frozen=True)
class Somebody:
    """How a person looks, whatever they do. grays: of skin, hair, shirt and trousers. broad, head: about 1."""

    grays: tuple[float, float, float, float]
    broad: float
    head: float
    striped: bool
    long_hair: bool


def draw_somebody(rng: np.random.Generator) -> Somebody:
    skin, hair, shirt, trousers = rng.uniform(70, 225), rng.uniform(10, 200), rng.uniform(5, 250), rng.uniform(5, 200)
    return Somebody(
        (skin, hair, shirt, trousers),
        rng.uniform(0.85, 1.25),
        rng.uniform(0.9, 1.15),
        bool(rng.random() < 0.25),
        bool(rng.random() < 0.35),
    )


def picture(
    scene: Scene,
    rng: np.random.Generator,
    size: int,
    somebody: Somebody | None,
    at: tuple[float, float] | None = None,
) -> NDArray[np.uint8]:
    """uint8 (size, size). at: where somebody stands, 0 (left edge) to 1, and their height over the picture's."""
    left, top = (int(v) for v in rng.integers(0, _ROOM - CANVAS, 2))
    canvas = scene.room[top : top + CANVAS, left : left + CANVAS].copy()
    things = int(rng.integers(1, 4)) if somebody is None else int(rng.integers(0, 3))
    behind = things if somebody is None or rng.random() < 0.8 else max(0, things - 1)
    for _thing in range(behind):
        _THINGS[int(rng.integers(len(_THINGS)))](canvas, rng)
    if somebody is not None:
        _person(canvas, rng, somebody, at or (rng.uniform(0.15, 0.85), rng.uniform(0.55, 1.5)))
    for _thing in range(things - behind):
        _THINGS[int(rng.integers(len(_THINGS)))](canvas, rng)
    return _seen(canvas, scene, rng, size)


def _seen(canvas: Canvas, scene: Scene, rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    import cv2

    across, down = np.meshgrid(np.linspace(-1, 1, CANVAS), np.linspace(-1, 1, CANVAS))
    light = 1 + scene.light[0] * across + scene.light[1] * down - scene.vignette * (across**2 + down**2) / 2
    exposed = 255 * np.clip(canvas * light * scene.gain * rng.uniform(0.9, 1.1) / 255, 0, 1) ** scene.gamma
    blurred = cv2.GaussianBlur(exposed, (0, 0), 0.3 + scene.blur * CANVAS / 96)
    small = cv2.resize(blurred, (size, size), interpolation=cv2.INTER_AREA)
    noisy = np.rint(small + rng.normal(0, scene.noise, small.shape))
    pixels: NDArray[np.uint8] = np.clip(noisy, 0, 255).astype(np.uint8)
    return pixels


# Rooms


def _indoors(room: Canvas, rng: np.random.Generator) -> None:
    floor = int(_ROOM * rng.uniform(0.65, 0.85))
    room[floor:] = rng.uniform(30, 200)
    for _frame in range(int(rng.integers(1, 5))):
        x, y, w, h = rng.uniform(0, 250), rng.uniform(0, floor - 60), rng.uniform(25, 110), rng.uniform(25, 90)
        _box(room, (x - 3, y - 3), (w + 6, h + 6), rng.uniform(20, 230))
        _box(room, (x, y), (w, h), rng.uniform(20, 250))
    if rng.random() < 0.5:
        _box(
            room,
            (rng.uniform(-20, 200), floor - rng.uniform(40, 90)),
            (rng.uniform(60, 160), 120),
            rng.uniform(30, 200),
        )


def _outdoors(room: Canvas, rng: np.random.Generator) -> None:
    ground = int(_ROOM * rng.uniform(0.5, 0.75))
    room[:ground] = np.linspace(rng.uniform(150, 230), rng.uniform(190, 250), ground)[:, None]
    room[ground:] = np.linspace(rng.uniform(60, 120), rng.uniform(90, 160), _ROOM - ground)[:, None]
    for _tree in range(int(rng.integers(2, 7))):
        x, foot, tall = rng.uniform(0, _ROOM), ground + rng.uniform(-5, 40), rng.uniform(60, 160)
        _line(room, [(x, foot), (x, foot - tall)], rng.uniform(5, 12), rng.uniform(30, 90))
        for _bush in range(4):
            middle = (x + rng.normal(0, tall / 7), foot - tall * rng.uniform(0.7, 1.1))
            _oval(room, middle, (tall * rng.uniform(0.15, 0.3), tall * rng.uniform(0.15, 0.3)), rng.uniform(40, 120))


def _shelves(room: Canvas, rng: np.random.Generator) -> None:
    high = rng.uniform(45, 80)
    for level in range(int(_ROOM / high) + 1):
        base, x = (level + 1) * high, 0.0
        while x < _ROOM:
            wide = rng.uniform(6, 26)
            _box(room, (x, base - high * rng.uniform(0.5, 0.92)), (wide - 1, high), rng.uniform(20, 240))
            x += wide if rng.random() < 0.85 else 3 * wide
        _box(room, (0, base - 4), (_ROOM, 6), rng.uniform(30, 90))


def _street(room: Canvas, rng: np.random.Generator) -> None:
    x, road = 0.0, _ROOM * rng.uniform(0.72, 0.88)
    while x < _ROOM:
        wide, top, gray = rng.uniform(50, 130), rng.uniform(0, 110), rng.uniform(60, 210)
        _box(room, (x, top), (wide, _ROOM), gray)
        step = rng.uniform(16, 30)
        for across in np.arange(x + 6, x + wide - step / 2, step):
            for down in np.arange(top + 8, road - 20, step * 1.3):
                _box(room, (across, down), (step * 0.5, step * 0.7), gray * rng.uniform(0.3, 1.3))
        x += wide
    _box(room, (0, road), (_ROOM, _ROOM), rng.uniform(70, 140))


def _plain(room: Canvas, rng: np.random.Generator) -> None:
    room += _clouds(_ROOM, rng) * rng.uniform(15, 45)


_ROOMS: tuple[Callable[[Canvas, np.random.Generator], None], ...] = (_indoors, _outdoors, _shelves, _street, _plain)


# Things


def _lamp(canvas: Canvas, rng: np.random.Generator) -> None:
    """Or a sign: a pole with something round on it, which is much like a head."""
    x, foot, tall = rng.uniform(10, CANVAS - 10), rng.uniform(150, 230), rng.uniform(80, 190)
    _line(canvas, [(x, foot), (x, foot - tall)], rng.uniform(3, 8), rng.uniform(10, 140))
    size = rng.uniform(10, 24)
    _oval(canvas, (x, foot - tall), (size, size * rng.uniform(0.7, 1.1)), rng.uniform(60, 255))


def _plant(canvas: Canvas, rng: np.random.Generator) -> None:
    x, foot, tall = rng.uniform(10, CANVAS - 10), rng.uniform(170, 230), rng.uniform(50, 130)
    for _leaf in range(int(rng.integers(5, 12))):
        tip = (x + rng.normal(0, tall / 3), foot - tall * rng.uniform(0.5, 1))
        _line(canvas, [(x, foot - 10), tip], rng.uniform(3, 8), rng.uniform(30, 130))
    _box(canvas, (x - tall / 7, foot - tall / 4), (tall / 3.5, tall / 4), rng.uniform(40, 200))


def _chair(canvas: Canvas, rng: np.random.Generator) -> None:
    x, foot, size, gray = rng.uniform(20, 190), rng.uniform(170, 230), rng.uniform(35, 80), rng.uniform(10, 200)
    for leg in (0.0, 0.8):
        _line(canvas, [(x + leg * size, foot), (x + leg * size, foot - size)], size / 10, gray)
    _line(canvas, [(x, foot - size), (x, foot - 2 * size)], size / 8, gray)
    _line(canvas, [(x, foot - size), (x + 0.8 * size, foot - size)], size / 6, gray)


def _animal(canvas: Canvas, rng: np.random.Generator) -> None:
    x, foot, size, gray = rng.uniform(40, 180), rng.uniform(160, 225), rng.uniform(25, 60), rng.uniform(10, 230)
    side = float(rng.choice((-1, 1)))
    for leg in (-0.8, -0.5, 0.5, 0.8):
        _line(canvas, [(x + leg * size, foot - size), (x + leg * size, foot)], size / 7, gray * 0.85)
    _oval(canvas, (x, foot - size), (size, size * 0.4), gray)
    _oval(canvas, (x + side * size * 1.05, foot - size * 1.5), (size * 0.33, size * 0.28), gray)


def _crate(canvas: Canvas, rng: np.random.Generator) -> None:
    wide, high, gray = rng.uniform(25, 90), rng.uniform(25, 120), rng.uniform(20, 230)
    x, y = rng.uniform(-10, CANVAS - 20), rng.uniform(120, 230) - high
    _box(canvas, (x, y), (wide, high), gray)
    _box(canvas, (x + 4, y + 4), (wide - 8, high / 3), gray * rng.uniform(0.5, 1.3))


_THINGS: tuple[Callable[[Canvas, np.random.Generator], None], ...] = (_lamp, _plant, _chair, _animal, _crate)


# Somebody


def _person(canvas: Canvas, rng: np.random.Generator, who: Somebody, at: tuple[float, float]) -> None:
    """Feet on the ground, or below the picture where they are near; arms and legs as they happen to be."""
    tall = at[1] * CANVAS
    x, foot = at[0] * CANVAS, CANVAS * rng.uniform(0.85, 1.0) + max(0.0, tall - 0.9 * CANVAS)
    lean = rng.normal(0, 0.05)
    skin, hair, shirt, trousers = who.grays
    hips = (x, foot - 0.47 * tall)
    neck = (x + lean * tall, foot - 0.82 * tall)
    head = (neck[0] + rng.normal(0, 0.01) * tall, neck[1] - 0.075 * tall)
    stride = rng.uniform(0.02, 0.14)
    for side in (-1, 1):
        knee = (hips[0] + side * (0.04 + stride / 2) * tall, hips[1] + 0.24 * tall)
        ankle = (hips[0] + side * (0.03 + stride) * tall, foot - 0.02 * tall)
        thigh = [(hips[0] + side * 0.045 * tall * who.broad, hips[1]), knee, ankle]
        _line(canvas, thigh, 0.085 * tall * who.broad, trousers)
        _oval(canvas, (ankle[0] + 0.02 * tall, foot), (0.045 * tall, 0.02 * tall), trousers * 0.5)
    half_shoulders, half_hips = 0.125 * tall * who.broad, 0.085 * tall * who.broad
    shoulders, waist = neck[1] + 0.03 * tall, hips[1] + 0.03 * tall
    torso = [(neck[0] - half_shoulders, shoulders), (neck[0] + half_shoulders, shoulders)]
    torso += [(hips[0] + half_hips, waist), (hips[0] - half_hips, waist)]
    _shape(canvas, torso, shirt)
    if who.striped:
        for share in np.arange(0.1, 0.9, 0.2):
            y = neck[1] + 0.05 * tall + share * (hips[1] - neck[1])
            _line(canvas, [(x - half_hips, y), (x + half_hips, y)], 0.02 * tall, 255 - shirt)
    for side in (-1, 1):
        shoulder = (neck[0] + side * half_shoulders * 0.95, neck[1] + 0.05 * tall)
        upper, lower = rng.uniform(0.1, 1.0), rng.uniform(-0.6, 1.6)
        elbow = _from(shoulder, 0.17 * tall, side * upper)
        hand = _from(elbow, 0.16 * tall, side * (upper + lower))
        _line(canvas, [shoulder, elbow, hand], 0.06 * tall * who.broad, shirt * 0.9)
        _oval(canvas, hand, (0.028 * tall, 0.028 * tall), skin)
    _line(canvas, [neck, head], 0.06 * tall, skin * 0.92)
    radius = 0.062 * tall * who.head
    if who.long_hair:
        _oval(canvas, (head[0], head[1] + 0.35 * radius), (1.25 * radius, 1.6 * radius), hair)
    _oval(canvas, (head[0], head[1] - 0.2 * radius), (1.05 * radius, 1.25 * radius), hair)
    _oval(canvas, (head[0], head[1] + 0.12 * radius), (0.88 * radius, 1.08 * radius), skin)
    for side in (-1, 1):
        eye = (head[0] + side * 0.35 * radius, head[1] - 0.05 * radius)
        _oval(canvas, eye, (0.12 * radius, 0.1 * radius), skin * 0.35)


def _from(point: Point, length: float, angle: float) -> Point:
    """So far from a point, at an angle from straight down."""
    return point[0] + length * math.sin(angle), point[1] + length * math.cos(angle)


# Strokes


def _box(canvas: Canvas, corner: Point, size: Point, gray: float) -> None:
    (x, y), (wide, high) = corner, size
    _shape(canvas, [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], gray)


def _shape(canvas: Canvas, points: list[Point], gray: float) -> None:
    import cv2

    cv2.fillPoly(canvas, [_fixed(points)], gray, cv2.LINE_8, _FIXED)


def _line(canvas: Canvas, points: list[Point], thick: float, gray: float) -> None:
    import cv2

    cv2.polylines(canvas, [_fixed(points)], False, gray, max(1, round(thick)), cv2.LINE_8, _FIXED)


def _oval(canvas: Canvas, middle: Point, radii: Point, gray: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    outline = zip(middle[0] + radii[0] * np.cos(angles), middle[1] + radii[1] * np.sin(angles), strict=True)
    _shape(canvas, [(float(x), float(y)) for x, y in outline], gray)


def _fixed(points: list[Point]) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.rint(np.array(points) * (1 << _FIXED)).astype(np.int32)
    return fixed


def _clouds(size: int, rng: np.random.Generator) -> Canvas:
    """Noise of many sizes, of deviation 1."""
    import cv2

    total = np.zeros((size, size), np.float32)
    for cells in (3, 8, 24, 80):
        noise = rng.normal(0, 1, (cells, cells)).astype(np.float32)
        total += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC) / math.sqrt(cells)
    deviation = float(total.std())
    return total / np.float32(deviation)
