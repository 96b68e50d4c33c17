"""How files of a project's kind are found and brought in: by `import`, and to be scored without being imported."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.core.job import Report
from studio.core.samples import MICROPHONE
from studio.core.text import gettext as _
from studio.dataset.contents import Intake
from studio.dataset.formats import FORMATS
from studio.dataset.formats.layout import Found, How, Skipped, shown
from studio.dataset.picture_files import PictureIntake
from studio.dataset.project import Project
from studio.dataset.row_files import RowIntake
from studio.dataset.settings import ProjectSettings
from studio.dataset.sound_files import SoundIntake


def found_in(project: Project, root: Path, how: How, skipped: list[Skipped], report: Report) -> Iterator[Found]:
    """What the format finds; what is left out goes to `skipped`."""
    count = 0
    for item in FORMATS[how.format].read(root, how):
        if isinstance(item, Skipped):
            skipped.append(item)
        elif item.path.resolve().is_relative_to(project.folder):
            skipped.append(Skipped(shown(item.path), _("it lies in the project itself")))
        else:
            count += 1
            report(None, _("Looking for recordings: {count:,}").format(count=count))
            yield item


def intake_for(settings: ProjectSettings, how: How, found: Sequence[Found], *, first: bool = False) -> Intake:
    """What brings in files of the project's kind. found: all of them. first: by the project's first import."""
    if settings.row.sees_pictures:
        return PictureIntake()
    if settings.sensor.kind == MICROPHONE.name:
        return SoundIntake()
    return RowIntake.of(settings, how, found, first=first)
