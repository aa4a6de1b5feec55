"""The live timeline, and the bar and handle that travel along it."""
