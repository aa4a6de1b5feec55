"""The command line: serve, transcribe, models, devices."""

from ipyscribe.cli.main import main

__all__ = ["main"]
