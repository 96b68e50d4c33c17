"""Parts of Deploy: the band that tells how the sending goes, and the bar of exports."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import when_done
from studio.ui.controls import Button, Ground, Icon, Label
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.session import Act, Notice
from studio.ui.widgets.painted import draw_box, draw_focus, draw_text, line_height, px

if TYPE_CHECKING:
    from studio.deploy.survey import Survey
    from studio.ui.commands import Commands
    from studio.ui.session import Session


class SendingBand(Ground):
    """Hidden while there is nothing to tell. followed: on to Live."""

    cancelled = Signal()
    followed = Signal()

    def __init__(self) -> None:
        super().__init__("bg", "b")
        self.setAccessibleName(_("Sending"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 9)
        layout.setSpacing(12)
        self._sign = Icon("deploy", "accent")
        layout.addWidget(self._sign)
        words = QVBoxLayout()
        words.setSpacing(1)
        self._text = Label("", weight=theme.TITLE, wrap=True)
        self._more = Label("", theme.CAPTION, kind="muted", wrap=True)
        words.addWidget(self._text)
        words.addWidget(self._more)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        words.addWidget(self._bar)
        layout.addLayout(words, 1)
        self._cancel = Button(_("Cancel"), slim=True)
        self._cancel.clicked.connect(self.cancelled)
        self._follow = Button(_("See it live"), "live", slim=True)
        self._follow.clicked.connect(self.followed)
        layout.addWidget(self._cancel)
        layout.addWidget(self._follow)
        self.setMinimumHeight(px(52))
        self.clear()

    @property
    def text(self) -> str:
        return self._text.text()

    def clear(self) -> None:
        self._text.setText("")
        self.hide()

    def show_progress(self, fraction: float | None, text: str) -> None:
        self._tell("deploy", "accent", text or _("Reaching the board"), "", running=True)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round(1000 * (fraction or 0)))

    def show_done(self, text: str, more: str) -> None:
        self._tell("tick", "ok", text, more, follow=True)

    def show_problem(self, text: str, more: str) -> None:
        self._tell("warn", "err", text, more)

    def _tell(self, icon: str, role: str, text: str, more: str, *, running: bool = False, follow: bool = False) -> None:
        self._sign.show_icon(icon, role)
        self._text.setText(text)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        self._follow.setVisible(follow)
        self.setAccessibleDescription(f"{text} {more}".strip())
        self.show()


class ExportBar(Ground):
    """What can be taken elsewhere, one button each with a line about it."""

    def __init__(self, commands: "Commands") -> None:
        super().__init__("bg", "t")
        self._across = layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 8)
        layout.setSpacing(16)
        layout.addWidget(Label(_("Export"), weight=theme.TITLE))
        layout.addSpacing(8)
        self._buttons: dict[str, _Export] = {}
        for kind, icon, title in (
            ("tflite", "file", _("TensorFlow Lite")),
            ("c", "copy", _("C array")),
            ("image", "devices", _("Model image")),
        ):
            button = _Export(icon, title, commands.key(f"deploy.{kind}"))
            button.clicked.connect(partial(commands.run, f"deploy.{kind}"))
            self._buttons[kind] = button
            layout.addWidget(button, 1)

    def set_stacked(self, stacked: bool) -> None:  # noqa: FBT001
        """Below each other, where their lines would be cut beside each other."""
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._across.setDirection(way)

    def set_low(self, low: bool) -> None:  # noqa: FBT001
        """Where there is little height."""
        self._across.setContentsMargins(24, 1 if low else 8, 24, 1 if low else 8)

    def show_sizes(self, tflite_bytes: int, image_bytes: int) -> None:
        size = f"{tflite_bytes / 1024:,.0f}"
        self._buttons["tflite"].show_line(_("model.tflite, int8, runs anywhere, {n} kB").format(n=size))
        self._buttons["c"].show_line(_("model_data.h and .c, for TensorFlow Lite Micro"))
        self._buttons["image"].show_line(
            _("model.image, for our firmware, {n} kB").format(n=f"{image_bytes / 1024:,.0f}")
        )

    def button(self, kind: str) -> QAbstractButton:
        return self._buttons[kind]


class _Export(QAbstractButton):
    def __init__(self, icon: str, title: str, key: str) -> None:
        super().__init__()
        self._icon, self._title, self._key, self._line = icon, title, key, ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(px(52))
        self.setAccessibleName(_("Export as {what}").format(what=title))

    def show_line(self, line: str) -> None:
        self._line = line
        self.setAccessibleDescription(line)
        self.setToolTip(f"{line}  ({self._key})")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.underMouse() or self.isDown():
            draw_box(painter, rect, ground="press" if self.isDown() else "hover")
        size = px(NORMAL)
        draw_icon(painter, self._icon, QRectF(10, rect.center().y() - size / 2, size, size), "accent")
        height, left = line_height(theme.font(theme.BODY)) + 2, 10 + size + 12
        middle, room = rect.center().y(), rect.width() - 10 - size - 12 - 8
        draw_text(painter, QRectF(left, middle - height, room, height), self._title, weight=theme.TITLE)
        draw_text(painter, QRectF(left, middle, room, px(18)), self._line, role="muted", size=theme.CAPTION)
        if self.hasFocus():
            draw_focus(painter, rect)


def ask_to_replace(page: QWidget, found: StudioError, replace: Callable[[], None]) -> None:
    """Something outside this project is about to be replaced: the one thing that is asked. found: HoldsAnother."""
    box = QMessageBox(QMessageBox.Icon.Warning, _("Replace the model on the board?"), str(found), parent=page.window())
    box.setInformativeText(found.advice())
    yes = box.addButton(_("Replace it"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(_("Leave it"), QMessageBox.ButtonRole.RejectRole)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    yes.clicked.connect(replace)
    box.open()


def export_run(page: QWidget, session: "Session", survey: "Survey", board: str, kind: str, start: Path) -> None:
    """Asks for a folder and writes one of EXPORTS there; asks again only where a file would be replaced.

    board: its key, whose decision rule an image has.
    """
    from studio.deploy.exports import EXPORTS, export

    chosen = QFileDialog.getExistingDirectory(page, _("Where to write the model"), str(start))
    if not chosen:
        return
    folder = Path(chosen)
    there = [name for name in EXPORTS[kind] if (folder / name).exists()]
    if there and not _may_replace(page, there, folder):
        return

    def told(paths: list[Path]) -> None:
        names = _(" and ").join(path.name for path in paths)
        opens = Act(_("Open the folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        session.notify(Notice(_("{names} written.").format(names=names), str(folder), "ok", (opens,)))

    written = session.in_background(lambda: export(survey.bundle_for(board), survey.run, folder, kind))
    when_done(written, told, owner=page, failed=session.fail)


def _may_replace(page: QWidget, names: list[str], folder: Path) -> bool:
    words = _("{names} in {folder} will be replaced.").format(names=_(" and ").join(names), folder=folder.name)
    answer = QMessageBox.question(
        page, _("Replace what is there?"), words, QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel
    )
    return answer == QMessageBox.StandardButton.Yes
