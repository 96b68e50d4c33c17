"""What the window puts a page into, so that nothing of it is cut."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from studio.ui.pages.page import Page


class PageHolder(QScrollArea):
    """Around a page: where text is large, or the window small, it scrolls rather than being cut."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._holder = _Inside()
        self.setWidget(self._holder)

    def hold(self, page: Page) -> None:
        self._holder.hold(page)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class _Inside(QWidget):
    """As small as its page can be: a scroll area would give one that has text to wrap the height it would like."""

    def __init__(self) -> None:
        super().__init__()
        self._page: Page | None = None

    def hold(self, page: Page) -> None:
        self._page = page
        page.setParent(self)
        page.setGeometry(self.rect())
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        if self._page is None:
            return QSize(0, 0)
        least, layout = self._page.minimumSizeHint(), self._page.layout()
        viewport = self.parentWidget()
        if layout is not None and layout.hasHeightForWidth() and viewport is not None:
            width = max(least.width(), viewport.width())
            least.setHeight(layout.totalMinimumHeightForWidth(width))
        return least

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # the page needs another height
            self.updateGeometry()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._page is not None:
            self._page.setGeometry(self.rect())
