import sys

from tests.tasks.recorded import record

record(sys.argv[1])
