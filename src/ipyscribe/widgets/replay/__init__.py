"""A recorded session in a cell."""
