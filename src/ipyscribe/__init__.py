"""Hear, watch and compare streaming speech-to-text in a notebook."""
