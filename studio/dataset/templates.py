"""What a project is for, a row each: what it senses, how that is seen by a model, and what a new one begins with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from studio.core.samples import CAMERA, COLOUR, ENVIRONMENT, IMU, MICROPHONE

KEYWORD, GESTURE, IMAGE, REGRESSION = "keyword", "gesture", "image", "regression"
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Template:
    """sensors: names of SensorKinds that it may have; front_ends: kinds, as their class attribute `kind` has them. The
    first of each is a new project's. rates_hz, windows_ms: least and most. front_end: what a new project's table of it
    says besides its kind. has_background: whether a model learns what is none of its classes. predicts_value: whether
    labels are numbers.
    """

    sensors: tuple[str, ...]
    front_ends: tuple[str, ...]
    rate_hz: int
    rates_hz: tuple[int, int]
    window_ms: int = 1_000
    windows_ms: tuple[int, int] = (20, 60_000)
    front_end: Mapping[str, int | str] = field(default_factory=dict)
    has_background: bool = False
    predicts_value: bool = False

    @property
    def sees_pictures(self) -> bool:
        return self.sensors[0] == CAMERA.name


TEMPLATES: Final[Mapping[str, Template]] = {
    KEYWORD: Template((MICROPHONE.name,), ("log_mel",), 16_000, (4_000, 192_000), has_background=True),
    # 119 Hz is what the Nano 33 BLE Sense's IMU gives, and so what the recordings of its tutorials have.
    GESTURE: Template((IMU.name,), ("motion_raw", "motion_statistics"), 119, (5, 4_000), has_background=True),
    IMAGE: Template((CAMERA.name,), ("picture",), 1, (1, 120), front_end={"width": 96, "height": 96}),
    REGRESSION: Template(
        (ENVIRONMENT.name, COLOUR.name),
        ("readings",),
        1,
        (1, 1_000),
        windows_ms=(1, 24 * _HOUR_MS),
        predicts_value=True,
    ),
}
