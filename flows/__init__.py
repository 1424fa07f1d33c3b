"""When things run, and the command line."""

import sys
from pathlib import Path

# A relative entry means the current folder, which may be anybody's: no module is looked for there. One is the
# placeholder that an editable installation leaves: a folder of that name would be searched.
sys.path[:] = [entry for entry in sys.path if Path(entry).is_absolute()]
