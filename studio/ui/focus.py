"""Tab goes as one reads: by the layouts, whenever and in whatever order the widgets were made.

Qt's own order is that of creation, which for rows that come and go with what they show is no order at all.
"""

from collections.abc import Iterator
from functools import partial
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout, QScrollArea, QSplitter, QWidget


def next_in_reading(holder: QWidget, now: QWidget | None, *, forward: bool) -> QWidget | None:
    """Where Tab goes from `now`, round and round; None where nothing below `holder` takes the focus.

    One that has just been hidden, as Cancel is when its work ends, gives the focus to what stands before it.
    """
    order = list(reading_order(holder, also=now))
    forward = forward and (now is None or not now.isHidden())
    place = order.index(now) if now in order else -1 if forward else len(order)
    ahead = order[place + 1 :] + order[:place] if forward else order[:place][::-1] + order[place + 1 :][::-1]
    return next(filter(takes_tab, ahead), None)


def focus_on(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Gives it the focus, in sight: a scroll area that the focus comes into from outside does not scroll by itself."""
    widget.setFocus(reason)
    holder = widget.parentWidget()
    while holder is not None:
        if isinstance(holder, QScrollArea):
            holder.ensureWidgetVisible(widget)
        holder = holder.parentWidget()


def reading_order(holder: QWidget, also: QWidget | None = None) -> Iterator[QWidget]:
    """All that is shown below `holder`, and `also`, each before what is in it."""
    for child in _in_place(holder):
        if child is also or not (child.isHidden() or child.isWindow()):
            yield child
            yield from reading_order(child, also)


def takes_tab(widget: QWidget) -> bool:
    """A part that has a proxy, such as the field of a spin box, is come to as the whole."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and widget.focusProxy() is None


def _in_place(holder: QWidget) -> list[QWidget]:
    """The children in the order of the holder's layout; after those, from the top, what lies in none."""
    placed: list[QWidget] = []
    layout = holder.layout()
    if layout is not None:
        placed = _laid_out(layout)
    elif isinstance(holder, QSplitter):
        placed = list(filter(None, map(holder.widget, range(holder.count()))))
    children = [child for child in holder.children() if isinstance(child, QWidget)]
    free = [child for child in children if child not in placed]
    return placed + sorted(free, key=lambda child: (child.y(), child.x()))


def _laid_out(layout: QLayout) -> list[QWidget]:
    indexes = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        indexes.sort(key=partial(_row_and_column, layout))
    elif isinstance(layout, QBoxLayout) and layout.direction() == QBoxLayout.Direction.BottomToTop:
        indexes.reverse()
    found: list[QWidget] = []
    for item in filter(None, map(layout.itemAt, indexes)):
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            found.append(widget)
        elif inner is not None:
            found += _laid_out(inner)
    return found


def _row_and_column(layout: QGridLayout, index: int) -> tuple[int, int]:
    row, column, _rows, _columns = cast("tuple[int, int, int, int]", layout.getItemPosition(index))
    return row, column
