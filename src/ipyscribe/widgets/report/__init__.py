"""What doctor() found, in a cell."""
