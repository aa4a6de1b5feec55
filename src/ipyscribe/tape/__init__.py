"""Every frame and all sound of a session, recorded once, to be read, replayed and measured anywhere."""

from ipyscribe.tape.lane import Cursor, Lane
from ipyscribe.tape.manifest import LaneManifest
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.recorder import Recorder
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.tape.snapshot import ConnectionState, SessionSnapshot
from ipyscribe.tape.status import DONE, Status
from ipyscribe.tape.tape import INCOMPLETE, Tape

__all__ = [
    "DONE",
    "INCOMPLETE",
    "ConnectionState",
    "Cursor",
    "Lane",
    "LaneManifest",
    "Notice",
    "Recorder",
    "SendTimes",
    "SessionSnapshot",
    "Status",
    "Tape",
]
