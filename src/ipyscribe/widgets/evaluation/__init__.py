"""Many recordings at once: progress, a row for each model, the recordings, and one of them side by side."""
