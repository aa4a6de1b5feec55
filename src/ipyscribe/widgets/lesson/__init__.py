"""Exercises in a cell."""
