"""A tour of the widget on the bundled sample."""
