"""``python -m ipyscribe``."""

import sys

from ipyscribe.cli import main

sys.exit(main())
