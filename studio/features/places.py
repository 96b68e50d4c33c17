"""Where in a window a value lies, and what it stands for, in words: for whoever shows one that differs."""

from studio.core.samples import KINDS
from studio.core.text import gettext as _
from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd, RowFrontEnd
from studio.features.motion import FIGURES, MotionStatistics
from studio.features.picture import UNITS, PictureInput
from studio.features.rows import EDGE


def of_sample(spec: AnyFrontEnd, index: int, *values: int) -> tuple[str, tuple[str, ...]]:
    """index: of the flattened window. Returns where that is, and each of the values there in its unit."""
    if isinstance(spec, PictureInput):
        return _pixel(spec, index), tuple(f"{value}" for value in values)
    row, channel = divmod(index, 1 if isinstance(spec, LogMel) else spec.channels)
    where = _("{ms} ms into the window").format(ms=f"{1000 * row / spec.rate_hz:.1f}")
    if isinstance(spec, LogMel):
        return where, tuple(f"{100 * value / 32768:.2f} %" for value in values)
    return f"{_channel(spec, channel)}, {where}", tuple(_in_unit(spec, channel, value) for value in values)


def of_feature(spec: AnyFrontEnd, index: int, *values: int) -> tuple[str, tuple[str, ...]]:
    """The same of flattened features. Without a value: of the model's input, of which only the place means anything."""
    if isinstance(spec, PictureInput):
        return _pixel(spec, index), tuple(_signed(f"{value / UNITS:+.1f}") for value in values)
    if isinstance(spec, LogMel):
        frame, band = divmod(index, spec.mels)
        where = _("frame {frame}, band {band}").format(frame=frame, band=band)
        return where, tuple(_signed(f"{value * spec.scale:.1f} dB") for value in values)
    if isinstance(spec, MotionStatistics):
        channel, figure = divmod(index, spec.shape[1])
        what = FIGURES[figure] if figure < len(FIGURES) else _("band {band}").format(band=figure - len(FIGURES))
        return f"{_channel(spec, channel)}, {what}", tuple(_signed(f"{value:,}") for value in values)
    row, channel = divmod(index, spec.channels)
    where = _("{channel}, row {row}").format(channel=_channel(spec, channel), row=row)
    counts = [spec.offsets[channel] + value * spec.spans[channel] / EDGE for value in values]
    return where, tuple(_in_unit(spec, channel, count) for count in counts)


def _pixel(spec: PictureInput, index: int) -> str:
    row, column = divmod(index, spec.width)
    return _("column {column}, row {row}").format(column=column, row=row)


def _channel(spec: RowFrontEnd, channel: int) -> str:
    names = KINDS[spec.sensor].channels
    return names[channel] if channel < len(names) else str(channel)


def _in_unit(spec: RowFrontEnd, channel: int, count: float) -> str:
    kind = KINDS[spec.sensor]
    if channel >= len(kind.scales):
        return _signed(f"{count:,.0f}")
    return _signed(f"{count * kind.scales[channel]:.3f} {kind.units[channel]}")


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
