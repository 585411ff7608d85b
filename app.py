"""Launches the web page; nothing else."""

from bot.cli import main

if __name__ == "__main__":
    main(["serve"])
