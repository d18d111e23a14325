"""`python tests/bench/workers.py [WORKERS TESTS]`: many networks side by side under pytest-xdist, all on port 8080.

Law: a campaign, too long for the suite, which runs a small one (`tests/fronts/plugin/test_beside.py`). Each test has a
service on port 8080 whose first attempt is refused; the order is shuffled. Ends with pytest's own status.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = """
import urllib.request
import pytest

ON_8080 = "simnet: 1\\nservices: {{api: {{at: ':8080', speaks: http, faults: [{{fault: refuse, when: {{attempts: 1}}}}]}}}}\\n"

@pytest.mark.parametrize("number", range({count}))
@pytest.mark.simnet(ON_8080)
def test_it(simnet, number):
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(simnet["api"].url, timeout=20)
    assert urllib.request.urlopen(simnet["api"].url, timeout=20).read() == b"hello from simnet\\n"
    assert (simnet["api"].attempts, simnet["api"].port) == (2, 8080)
"""


def main(workers: int = 4, tests: int = 50) -> int:
    """Run so many workers with so many tests each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "test_it.py")
        file.write_text(TESTS.format(count=workers * tests))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-n", str(workers)]
        return subprocess.run([*command, str(file)], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
