"""Several models side by side: columns, differences, numbers."""
