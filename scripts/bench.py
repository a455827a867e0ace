#!/usr/bin/env python3
"""Measures what Mingchu costs on this machine: bench.py PATH_OF_BINARY [SECONDS].

Demo: starts `mingchu demo`, waits until its cameras are live and settled, and samples CPU (percent of one core) and
memory (PSS) while nobody watches. Simulator: `mingchu bench sim` reads 300 streams at once.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SETTLE_S = 30
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of CPU the process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mb(pid: int) -> float:
    """Proportional share of memory, in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(pid: int, seconds: float) -> tuple[float, float]:
    """Mean CPU in percent of one core, and the highest memory seen."""
    start, before, peak = time.monotonic(), cpu_s(pid), 0.0
    while time.monotonic() - start < seconds:
        peak = max(peak, pss_mb(pid))
        time.sleep(1)
    return 100 * (cpu_s(pid) - before) / (time.monotonic() - start), peak


def stop(process: subprocess.Popen) -> float:
    """Sends ctrl-c; returns how long the process took to end."""
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    return time.monotonic() - start


def main() -> None:
    binary, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with tempfile.TemporaryDirectory(prefix="mingchu-bench-") as folder:
        started = time.monotonic()
        log = Path(folder) / "log"
        demo = subprocess.Popen(
            [binary, "demo", "--json", "--port", "0", "--dir", f"{folder}/demo"],
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            text=True,
        )
        try:
            url = json.loads(demo.stdout.readline())["url"]
            print(f"demo: address printed after {time.monotonic() - started:.1f} s")
            with urllib.request.urlopen(f"{url.rstrip('/')}/readyz", timeout=10) as answer:
                print(f"demo: /readyz {answer.status} after {time.monotonic() - started:.1f} s")
            time.sleep(SETTLE_S)
            cpu, peak = measure(demo.pid, seconds)
            judging = "judging" if "models read" in log.read_text() else "NOT judging, there are no models"
            print(f"demo: {judging}")
            print(f"demo: {cpu:.0f} % of one core, {peak:.0f} MB PSS at most, for {seconds:.0f} s after {SETTLE_S} s, no viewer")
            print(f"demo: stopped in {stop(demo):.1f} s")
        finally:
            demo.kill()

    clip = next(clip for clip in sorted(Path("tests/footage/clips").glob("*.mp4")) if not clip.name.endswith(".sub.mp4"))
    subprocess.run([binary, "bench", "sim", "--clip", clip, "--streams", "300"], check=True)


if __name__ == "__main__":
    main()
