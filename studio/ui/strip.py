"""The strip along the bottom: board, rate, loss, level, disk in hours, jobs. A click opens what it names."""

import math
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from studio.core.job import Job
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Ground, Label, draw_chip, draw_focus
from studio.ui.icons import CHIP, SMALL, draw_icon
from studio.ui.session import BoardStatus, Disk
from studio.ui.theme import px

LOW_HOURS, LOW_BYTES = 1.0, 500_000_000  # below either the disk is a warning
_BARS, _FLOOR_DB = 20, -60.0


class _Entry(QAbstractButton):
    """Flat; paints itself from (text, role, weight) parts."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._parts: list[tuple[str, str, int]] = []
        self._dot = self._icon = ""
        self._chip = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_parts(
        self, parts: list[tuple[str, str, int]], *, dot: str = "", icon: str = "", chip: str = "", hint: str = ""
    ) -> None:
        state = (parts, dot, icon, chip)
        if state == (self._parts, self._dot, self._icon, self._chip):
            return
        self._parts, self._dot, self._icon, self._chip = state
        self.setAccessibleName(f"{self._name}: {chip or ', '.join(text for text, _role, _weight in parts)}")
        self.setToolTip(hint)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = 16.0 + (16 if self._dot else 0) + (px(CHIP) + 6 if self._icon and not self._chip else 0)
        for text, _role, weight in self._parts:
            width += QFontMetricsF(theme.font(theme.CAPTION, weight)).horizontalAdvance(text) + 10
        if self._chip:
            chip = QFontMetricsF(theme.font(theme.CAPTION, theme.HEAD)).horizontalAdvance(self._chip)
            width = 16 + chip + px(SMALL) + 26
        return QSize(math.ceil(width), px(theme.STRIP))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, px(theme.STRIP))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        if self.underMouse():
            painter.fillRect(self.rect(), colours.role("hover"))
        middle, x = self.height() / 2, 8.0
        if self._chip:
            draw_chip(painter, x, middle, self._chip, "warn", "warn")
        else:
            if self._dot:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colours.role(self._dot))
                painter.drawEllipse(QRectF(x, middle - 4, 8, 8))
                x += 16
            if self._icon:
                draw_icon(painter, self._icon, QRectF(x, middle - px(CHIP) / 2, px(CHIP), px(CHIP)), "muted")
                x += px(CHIP) + 6
            for text, role, weight in self._parts:
                painter.setFont(theme.font(theme.CAPTION, weight))
                painter.setPen(colours.role(role))
                metrics = QFontMetricsF(painter.font())
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width() - x)
                width = metrics.horizontalAdvance(shown)
                painter.drawText(QRectF(x, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)
                x += width + 10
        if self.hasFocus():
            draw_focus(painter, QRectF(self.rect()).adjusted(0, 1, 0, 0), 4)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)


class _Level(QWidget):
    """The board's level as bars from -60 dBFS to 0."""

    def __init__(self) -> None:
        super().__init__()
        self._level_db: float | None = None
        self.setFixedSize(18 + _BARS * 5 + px(64), px(theme.STRIP))
        self.setAccessibleName(_("Level"))

    def show_level(self, level_db: float | None) -> None:
        self._level_db = level_db
        self.setVisible(level_db is not None)
        self.setAccessibleDescription("" if level_db is None else _text_db(level_db))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._level_db is None:
            return
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(0, 8, 1, self.height() - 16, colours.role("line2"))
        lit = round(min(max((self._level_db - _FLOOR_DB) / -_FLOOR_DB, 0.0), 1.0) * _BARS)
        top = self.height() // 2 - 4
        for bar in range(_BARS):
            at_db = _FLOOR_DB * (1 - (bar + 1) / _BARS)
            hot = "err" if at_db > -3 else "warn" if at_db > -12 else "ok"
            painter.fillRect(14 + bar * 5, top, 4, 8, colours.role(hot if bar < lit else "line2"))
        painter.setPen(colours.role("muted"))
        painter.setFont(theme.font(theme.CAPTION))
        painter.drawText(
            QRectF(18 + _BARS * 5, 0, px(64), self.height()), Qt.AlignmentFlag.AlignVCenter, _text_db(self._level_db)
        )


class Strip(Ground):
    """Shows what it is told; asks for pages and the jobs' list by signal."""

    board_opened = Signal()
    disk_opened = Signal()
    jobs_opened = Signal()
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__("bg", "t")
        self.setFixedHeight(px(theme.STRIP))
        self.setAccessibleName(_("State"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 1, 8, 0)
        layout.setSpacing(4)
        self._board = _Entry(_("Board"))
        self._board.clicked.connect(self.board_opened)
        self._level = _Level()
        self._disk = _Entry(_("Disk"))
        self._disk.clicked.connect(self.disk_opened)
        self._said = Label("", theme.CAPTION, kind="muted")
        self._job = _Entry(_("Running"))
        self._job.clicked.connect(self.jobs_opened)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(96)
        self._bar.setRange(0, 1000)
        self._cancel = Button(_("Cancel"), kind="link")
        self._cancel.setFont(theme.font(theme.CAPTION, theme.TITLE))
        self._cancel.clicked.connect(self.cancel_asked)
        left: tuple[QWidget, ...] = (self._board, self._level, self._disk)
        right: tuple[QWidget, ...] = (self._said, self._job, self._bar, self._cancel)
        for widget in left:
            layout.addWidget(widget)
        layout.addStretch(1)
        for widget in right:
            layout.addWidget(widget)
        layout.addSpacing(6)
        self.show_board(None)
        self.show_jobs([])
        self._disk.hide()

    def show_board(self, status: BoardStatus | None) -> None:
        self._level.show_level(status.level_db if status else None)
        if status is None:
            self._board.show_parts([(_("No board chosen"), "text", theme.HEAD)], dot="line2", hint=_("Open Devices"))
            return
        parts = [(status.name, "text", theme.TITLE)]
        if status.problem:
            parts.append((status.problem, "err", theme.HEAD))
        elif status.rate_hz is not None:
            rate_hz = status.rate_hz
            parts.append((f"{rate_hz / 1000:g} kHz" if rate_hz >= 1000 else f"{rate_hz:g} Hz", "muted", theme.TEXT))
        lost = bool(status.lost)
        hint = _("Open Devices")
        if status.lost is not None and not status.problem:
            parts.append((_("{count:,} lost").format(count=status.lost), "warn" if lost else "muted", theme.TEXT))
            if lost and status.seen:
                share = 100 * status.lost / status.seen
                hint = _("{share:.1f} % lost ({lost:,} of {seen:,} samples)").format(
                    share=share, lost=status.lost, seen=status.seen
                )
        streams = status.rate_hz is not None
        self._board.show_parts(parts, dot="err" if status.problem else "ok" if streams else "neutral", hint=hint)

    def show_disk(self, disk: Disk) -> None:
        self._disk.show()
        free = _text_bytes(disk.free_bytes)
        hours = _("{hours:,.0f} h").format(hours=_rounded(disk.hours)) if disk.hours >= 1 else _text_minutes(disk.hours)
        text = _("{free} free, {hours}").format(free=free, hours=hours)
        low = disk.hours < LOW_HOURS or disk.free_bytes < LOW_BYTES
        hint = _("Room for {rate:,.0f} kB a second on the disk of {path}")
        hint = hint.format(rate=disk.bytes_per_s / 1000, path=disk.path)
        self._disk.show_parts([(text, "muted", theme.TEXT)], icon="disk", chip=text if low else "", hint=hint)

    def say(self, text: str) -> None:
        """A quiet line at the right, such as when the last write was; "" takes it away."""
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def show_jobs(self, jobs: list[Job[Any]]) -> None:
        """The one that was begun last, with its progress; how many others there are."""
        running = bool(jobs)
        for widget in (self._job, self._bar, self._cancel):
            widget.setVisible(running)
        self._said.setVisible(bool(self._said.text()) and not running)
        if not running:
            return
        job = jobs[-1]
        fraction = job.progress.fraction
        text = job.title if fraction is None else _("{title}, {share:.0%}").format(title=job.title, share=fraction)
        text = text.replace("%", " %")
        parts = [(text, "text", theme.HEAD)]
        if len(jobs) > 1:
            parts.append((_("and {count} more").format(count=len(jobs) - 1), "muted", theme.TEXT))
        self._job.show_parts(parts, hint=job.progress.text)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round(1000 * (fraction or 0)))
        self._bar.setAccessibleName(_("Progress of {title}").format(title=job.title))
        self._cancel.setAccessibleName(_("Cancel {title}").format(title=job.title))


def _text_db(level_db: float) -> str:
    return f"{level_db:.0f} dBFS".replace("-", "−")


def _text_bytes(count: int) -> str:
    return (
        f"{count / 1e9:,.0f} GB"
        if count >= 10e9
        else f"{count / 1e9:.1f} GB"
        if count >= 1e9
        else f"{count / 1e6:.0f} MB"
    )


def _text_minutes(hours: float) -> str:
    return _("{minutes:.0f} min").format(minutes=hours * 60)


def _rounded(hours: float) -> float:
    """Two figures: more would be a promise."""
    scale = 10.0 ** max(0, math.floor(math.log10(hours)) - 1)
    return math.floor(hours / scale) * scale
