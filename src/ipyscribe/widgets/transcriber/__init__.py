"""The whole tool in one cell: controls, transcript and timeline of one session."""
