"""What all widgets share, Python and JavaScript."""
