"""The command `kempelen`: serve a market, make accounts, look at an installation."""

from kempelen.cli.command import main

__all__ = ["main"]
