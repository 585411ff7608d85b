"""Launches the web page; nothing else."""

import sys

from bot.settings import Settings
from bot.web.page import launch
from retrieval.errors import BecauseError

if __name__ == "__main__":
    try:
        launch(Settings())
    except BecauseError as error:
        sys.exit(str(error))  # the sentence goes to stderr, the exit status is 1
