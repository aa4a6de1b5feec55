"""The command line: serve, transcribe, evaluate, models, devices."""

from ipyscribe.cli.main import main

__all__ = ["main"]
