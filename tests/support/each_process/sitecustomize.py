"""Each Python that the tests start runs this first.

Before it does anything it imports for a second or two, and an eighth of that is looking for garbage where there is
none yet. So is an eighth of what the tests themselves take, with all that a worker holds.
"""

import gc

gc.set_threshold(10_000)  # 700 by default
