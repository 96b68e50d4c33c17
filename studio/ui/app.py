"""The application: Qt set up, the window shown, everything closed. Nothing slow happens before the first paint."""

import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QSocketNotifier, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.panels import saved_choice, saved_scale, saved_text_percent
from studio.ui.session import Act, Notice, Session
from studio.ui.window import MainWindow

log = logging.getLogger(__name__)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def run(folder: Path | None = None, *, exit_after_first_paint: bool = False) -> int:
    """Opens the window, with a project where `folder` is given, and returns when it is closed. The exit code."""
    begun = time.perf_counter()
    application = make_application()
    while True:
        code, window = _show(application, folder, begun, exit_after_first_paint=exit_after_first_paint)
        if not window.opens_again:
            return code
        begun, folder = time.perf_counter(), window.folder
        window.deleteLater()
        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # the text is sized before any widget is there
        theme.current().size_text(saved_text_percent())


def _show(
    application: QApplication, folder: Path | None, begun: float, *, exit_after_first_paint: bool
) -> tuple[int, MainWindow]:
    session = Session()
    window = MainWindow(session, folder)
    excepthook, sys.excepthook = sys.excepthook, _Excepthook(session, sys.excepthook)
    ends = _EndsOnSignal(window.close)
    window.painted.connect(lambda: log.info("painted after %.3f s", time.perf_counter() - begun))
    if exit_after_first_paint:
        window.painted.connect(window.close)
    window.show()
    try:
        return int(application.exec()), window
    finally:
        ends.restore()
        session.close()
        sys.excepthook = excepthook


def make_application() -> QApplication:
    """The QApplication with the theme of the settings. Call it once, before any widget is made."""
    scale = saved_scale()
    if scale != 1 and "QT_SCALE_FACTOR" not in os.environ:
        os.environ["QT_SCALE_FACTOR"] = str(scale)
    qInstallMessageHandler(_to_log)
    application = QApplication(["tinyml-studio"])
    application.setApplicationName("tinyml-studio")
    application.setApplicationDisplayName("TinyML Studio")
    application.setDesktopFileName("tinyml-studio")
    theme.current().size_text(saved_text_percent())
    theme.current().install(application)
    theme.current().choose(saved_choice())
    return application


def _to_log(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s %s", context.category or "", message)


class _Excepthook:
    """A defect is logged, and told as a notice: the window goes on where it can."""

    def __init__(self, session: Session, before: object) -> None:
        self._session, self._before = session, before

    def __call__(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if callable(self._before):
            self._before(kind, error, traceback)
        if issubclass(kind, Exception):
            what = _("Something went wrong that should not: {error}").format(error=error or kind.__name__)
            more = _("What is saved stays saved. Copy the report and send it to whoever looks after this program.")
            self._session.notify(Notice(what, more, "err", (Act(_("Copy report"), _copy_report),)))


def _copy_report() -> None:
    from studio.ui.report import report

    QApplication.clipboard().setText(report())


class _EndsOnSignal(QObject):
    """Ctrl+C in the terminal and SIGTERM close the window as its button does: boards and project are let go."""

    def __init__(self, close: "object") -> None:
        super().__init__()
        self._close = close
        self._reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _hear) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._end)

    def _end(self) -> None:
        self._reading.recv(64)
        if callable(self._close):
            self._close()

    def restore(self) -> None:
        self._notifier.setEnabled(False)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._reading.close()
        self._writing.close()


def _hear(number: int, frame: object) -> None:
    """Python only notes the signal; the wakeup descriptor tells the event loop."""
