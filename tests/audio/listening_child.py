"""Records from one device until its standard input ends, and reports each change on a line of its own.

    python listening_child.py DEVICE PCM_FILE

``open RATE``, ``first``, ``notice KIND``, ``paused``, ``resumed``, ``lost MESSAGE`` and
``closed OPEN_MICROPHONES DROPPED OVERFLOWS``.
"""

import sys
import threading
from pathlib import Path

from ipyscribe.audio import Microphone, open_microphones, portaudio
from ipyscribe.errors import DeviceLostError


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    device, pcm_path = sys.argv[1:]
    portaudio._CLOSE_LIMIT_S = 60.0  # on a busy machine the sound server may need longer to let go
    stream = Microphone(device).open()
    say("open", stream.native_rate_hz)

    def obey() -> None:
        for line in sys.stdin:
            if line.strip() == "pause":
                stream.pause()
                say("paused")
            elif line.strip() == "resume":
                stream.resume()
                say("resumed")
        stream.close()

    threading.Thread(target=obey, daemon=True).start()
    kind = None
    position = 0
    with Path(pcm_path).open("wb", buffering=0) as file:
        try:
            while not stream.ended:
                block = stream.read(0.1)
                if block is not None:
                    assert block.position == position
                    if position == 0:
                        say("first")
                    position += block.samples
                    file.write(block.pcm)
                now = stream.notice.kind if stream.notice else None
                if now != kind:
                    kind = now
                    say("notice", kind)
        except DeviceLostError as error:
            say("lost", error)
    stream.close()
    say("closed", open_microphones(), stream.dropped_samples, stream.overflows)


main()
