"""Whether a board has the sensor that a model is made for."""

from dataclasses import dataclass

from studio.boards.board_table import BoardRow
from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.features.front_ends import FrontEnd
from studio.features.picture import PictureInput
from studio.link.messages import Hello


@dataclass(eq=False)
class CannotSense(StudioError):
    board: str
    why: str
    message = mark("{board} cannot give this model what it sees: {why}.")
    remedy = mark("Use another board, or train again for what this one has.")


def lack_of(spec: FrontEnd, board: BoardRow) -> CannotSense | None:
    """What the table says that the board is without."""
    return None if spec.sensor in board.rates else CannotSense(board.name, _no(spec.sensor))


def require_sensor(spec: FrontEnd, hello: Hello) -> None:
    """Raises CannotSense where the board, by its own words, lacks the sensor, a channel of it, or the model's rate.

    A camera is not asked for a rate: each picture is a window.
    """
    sensor = next((sensor for sensor in hello.sensors if sensor.kind == spec.sensor), None)
    if sensor is None:
        raise CannotSense(hello.name, _no(spec.sensor))
    channels = spec.window_shape[1] if len(spec.window_shape) > 1 else 1
    if isinstance(spec, PictureInput):
        return
    if channels > len(sensor.channels):
        why = _("its {sensor} has {has} channels, and the model {needs}")
        raise CannotSense(hello.name, why.format(sensor=spec.sensor, has=len(sensor.channels), needs=channels))
    if spec.rate_hz not in sensor.rates_hz:
        rates = ", ".join(f"{rate:,}" for rate in sensor.rates_hz)
        why = _("its {sensor} gives {rates} Hz, and not {needs:,}")
        raise CannotSense(hello.name, why.format(sensor=spec.sensor, rates=rates, needs=spec.rate_hz))


def _no(sensor: str) -> str:
    return _("it has no sensor of kind {sensor}").format(sensor=sensor)
