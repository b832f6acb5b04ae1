"""`tracker run` with 10,000 watches: how soon it looks, what it costs while nothing is due, how much memory it takes.

.venv/bin/python -m bench running
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.publisher import Publisher
from tracker import clock
from tracker import settings as settings_module
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition
from tracker.store import Learned, Operational, Plan, create, open_store
from tracker.watch import configured

WATCHES = 10_000
IDLE_S = 20.0
Row = tuple[str, str, str]
_RUN = """
import sys, time
sys.argv = ["tracker", "run"]
print(time.time(), flush=True)
from tracker.cli import main
import tracker.watch.service, tracker.watch.once, tracker.cli.running
print(time.time(), flush=True)
main()
"""


def rows() -> list[Row]:
    """The table: start to first request, idle CPU, memory."""
    with tempfile.TemporaryDirectory() as folder, Publisher("0.0.0.0") as site:
        site.page("/p", as_html(edition(1)))
        root = Path(folder)
        settings_module.init(root)
        hosts = [f"127.{1 + n // 62_500}.{n // 250 % 250}.{n % 250 + 1}" for n in range(WATCHES)]
        entries = [
            f'[[watches]]\nname = "w-{n}"\nurl = "http://{host}:{site.port}/p"\npublisher = "monitor"\n'
            for n, host in enumerate(hosts)
        ]
        (root / "config" / "watches.toml").write_text("\n".join(entries), encoding="utf-8")
        file = create(root / "snapshots" / "log.db")
        with open_store(file, write=True) as store:
            begun = time.perf_counter()
            configured.reconcile(store, configured.read(root / "config" / "watches.toml"))
            taken_up_s = time.perf_counter() - begun
            now = clock.now()
            later = Plan(due_at=now + timedelta(hours=1), set_at=now, why="", learned=Learned(looks=3, exposure_s=1e6))
            store.operate(Operational(plans={f"w-{n}": later for n in range(1, WATCHES)}))
        environ = os.environ | {
            "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        spawned = time.time()
        command = [sys.executable, "-c", _RUN]
        with subprocess.Popen(command, cwd=root, env=environ, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            try:
                began, loaded = float(process.stdout.readline()), float(process.stdout.readline())
                assert site.wait_until(lambda: len(site.requests) > 0, 60)
                first = time.time()
                time.sleep(5)  # the first page is read and recorded
                before_s = _cpu_s(process.pid)
                time.sleep(IDLE_S)
                idle = (_cpu_s(process.pid) - before_s) / IDLE_S
                rss_mb = _rss_mb(process.pid)
            finally:
                process.terminate()
        return [
            ("10,000 watches added to an empty store", f"{taken_up_s:.2f} s", ""),
            (
                "10,000 watches: start to first request",
                f"{first - loaded:.2f} s",
                f"goal 0.5 s; {loaded - began:.2f} s before it to import, {began - spawned:.2f} s for python",
            ),
            ("10,000 watches: idle", f"{idle:.3%} of a core", "goal 0.1 %"),
            ("10,000 watches: memory", f"{rss_mb:.0f} MB", "goal 150 MB"),
        ]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/schedstat").read_text().split()
    threads = sum(int(Path(t, "schedstat").read_text().split()[0]) for t in Path(f"/proc/{pid}/task").iterdir())
    return max(threads, int(fields[0])) / 1e9


def _rss_mb(pid: int) -> float:
    told = Path(f"/proc/{pid}/status").read_text()
    return int(told.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
