"""The microphone of the browser that shows the notebook."""
