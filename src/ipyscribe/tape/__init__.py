"""Every frame and all sound of a session, recorded once, to be read, replayed and measured anywhere."""

from ipyscribe.tape.about import LaneAbout
from ipyscribe.tape.cursor import Cursor
from ipyscribe.tape.failure import described, rebuilt
from ipyscribe.tape.lane import Lane
from ipyscribe.tape.recorder import Recorder
from ipyscribe.tape.scene import Scene
from ipyscribe.tape.sent import SentTimes
from ipyscribe.tape.tape import Tape

__all__ = ["Cursor", "Lane", "LaneAbout", "Recorder", "Scene", "SentTimes", "Tape", "described", "rebuilt"]
