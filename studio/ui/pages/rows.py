"""The pages, in the order of the rail. A page's module is imported when it is first shown, or before."""

from studio.core.text import mark
from studio.ui.pages.page import PageRow

START = "start"
# The rail, from top to bottom. A page's module is imported when it is first shown.
PAGES: tuple[PageRow, ...] = (
    PageRow(
        "devices",
        "devices",
        mark("Devices"),
        mark("Boards within reach, what they sense and which model they hold."),
        "",
        "studio.ui.pages.devices:DevicesPage",
    ),
    PageRow(
        "collect",
        "collect",
        mark("Collect"),
        mark("Record takes of each word with the board you will use it on."),
        mark("Data"),
        "studio.ui.pages.collect:CollectPage",
    ),
    PageRow(
        "label",
        "label",
        mark("Label"),
        mark("Mark what is in each recording. Every change can be undone."),
        mark("Data"),
        "studio.ui.pages.label:LabelPage",
    ),
    PageRow(
        "features",
        "features",
        mark("Features"),
        mark("Turn each window into the small picture that the model sees."),
        mark("Model"),
        "studio.ui.pages.features:FeaturesPage",
    ),
    PageRow(
        "train",
        "train",
        mark("Train"),
        mark("Fit a network to your words on this computer, small enough for the board."),
        mark("Model"),
        "studio.ui.pages.train:TrainPage",
    ),
    PageRow(
        "evaluate",
        "evaluate",
        mark("Evaluate"),
        mark("How it does on people and sounds it has not met."),
        mark("Model"),
        "studio.ui.pages.evaluate:EvaluatePage",
    ),
    PageRow(
        "deploy",
        "deploy",
        mark("Deploy"),
        mark("See what fits, then put the model on a board without a compiler."),
        mark("Board"),
        "studio.ui.pages.deploy:DeployPage",
    ),
    PageRow(
        "live",
        "live",
        mark("Live"),
        mark("The same windows through the board and through this computer, side by side."),
        mark("Board"),
        "studio.ui.pages.live:LivePage",
    ),
)
START_ROW = PageRow(START, "app", mark("Start"), "", "", "studio.ui.pages.start:StartPage")
