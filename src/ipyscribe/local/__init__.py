"""A loopback server that speaks AssemblyAI's v3 protocol, with a real offline recogniser behind it."""

from ipyscribe.local.faults import KINDS as FAULT_KINDS
from ipyscribe.local.faults import Fault, parse_fault
from ipyscribe.local.scripted import ScriptedRecognition
from ipyscribe.local.server import LocalServer
from ipyscribe.local.serving import serve
from ipyscribe.local.tape_session import RecordedConnection
from ipyscribe.local.weights import DEFAULT_MODEL

__all__ = [
    "DEFAULT_MODEL",
    "FAULT_KINDS",
    "Fault",
    "LocalServer",
    "RecordedConnection",
    "ScriptedRecognition",
    "parse_fault",
    "serve",
]
