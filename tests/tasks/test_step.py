import subprocess
import sys
from pathlib import Path

from tasks.context.step import step

ROOT = Path(__file__).resolve().parents[2]
COLD = """
import sys
import flows.commands.cli
from tasks.context.step import step
assert step(lambda place, run_id, more: (place, run_id, more))("place", "run", more=1) == ("place", "run", 1)
heavy = {"prefect", "great_expectations", "yfinance", "arch", "skfolio"}
print(sorted(heavy & sys.modules.keys()))
"""


def test_the_command_line_loads_nothing_heavy_and_a_step_outside_of_a_flow_is_a_plain_call():
    done = subprocess.run([sys.executable, "-c", COLD], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_step_keeps_its_name_and_what_it_says_of_itself():
    @step
    def measure(context, run_id):
        """Measure."""

    assert (measure.__name__, measure.__doc__) == ("measure", "Measure.")
