"""What this computer, its network and its notebook can do for a session: ``doctor()`` and the report that it gives."""

from ipyscribe.diagnostics.checks import doctor
from ipyscribe.diagnostics.report import Finding, Report

__all__ = ["Finding", "Report", "doctor"]
