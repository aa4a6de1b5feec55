"""The menu that saves a transcript through the browser."""
