"""Stands in for a package that takes 3 s to import: jsonschema, which nbformat needs, takes it if it is there."""

raise ImportError("The tests do without rfc3987_syntax, as nobody asks for IRIs.")
