"""The live transcript."""
