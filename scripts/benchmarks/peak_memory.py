"""peak_memory.py DIR COMMAND...: runs it and leaves its largest resident size, in bytes, in a file in DIR."""

import os
import resource
import subprocess
import sys
from pathlib import Path

status = subprocess.run(sys.argv[2:], check=False).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
Path(sys.argv[1], str(os.getpid())).write_text(str(peak))
sys.exit(status)
