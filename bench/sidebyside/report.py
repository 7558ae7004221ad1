"""Tables in Markdown, and the verdict on each target of the design (docs: "figures to hold")."""
import datetime
import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass, field

COLUMNS = {   # key of a row -> heading, factor, format
    "requests_s": ("requests/s", 1, "{:.0f}"),
    "gb_s": ("GB/s", 1, "{:.2f}"),
    "cpu_100k": ("CPU-s / 100k", 1, "{:.2f}"),
    "cpu_gb": ("CPU-s / GB", 1, "{:.3f}"),
    "all_100k": ("machine's CPU-s / 100k", 1, "{:.2f}"),
    "all_gb": ("machine's CPU-s / GB", 1, "{:.3f}"),
    "cpu_pull": ("CPU ms / pull", 1e3, "{:.3f}"),
    "cpu_1000": ("CPU-s / 1,000", 1, "{:.4f}"),
    "cpu_install": ("CPU-s / install", 1, "{:.3f}"),
    "install_s": ("install s", 1, "{:.2f}"),
    "pulls_s": ("pulls/s", 1, "{:.1f}"),
    "p50": ("p50 ms", 1e3, "{:.2f}"),
    "p99": ("p99 ms", 1e3, "{:.2f}"),
    "first_p50": ("first byte p50 ms", 1e3, "{:.2f}"),
    "first_p99": ("first byte p99 ms", 1e3, "{:.2f}"),
    "first_max": ("first byte max ms", 1e3, "{:.2f}"),
    "end_p50": ("end p50 s", 1, "{:.3f}"),
    "end_p99": ("end p99 s", 1, "{:.3f}"),
    "end_max": ("end max s", 1, "{:.3f}"),
    "answer_p50": ("answer p50 ms", 1e3, "{:.2f}"),
    "answer_p99": ("answer p99 ms", 1e3, "{:.2f}"),
    "answer_max": ("answer max ms", 1e3, "{:.2f}"),
    "fetches": ("upstream fetches", 1, "{:.0f}"),
    "memory_kib": ("KiB a connection", 1, "{:.1f}"),
    "failed": ("failed", 1, "{:.0f}"),
    "steal": ("steal", 100, "{:.1f} %"),
}
OURS = "ours"


@dataclass
class Target:
    """`metric` of ours, as a ratio to `against`, as a difference from it, or by itself; not above `at_most`.
    A target without `at_most` is an aim only."""
    what: str
    metric: str
    at_most: float | None
    aim: float | None = None
    against: str | None = None
    difference: bool = False

    def measure(self, medians):
        if OURS not in medians or (self.against and self.against not in medians):
            return None
        value = medians[OURS][self.metric]
        if self.against is None:
            return value
        other = medians[self.against][self.metric]
        if self.difference:
            return value - other
        return value / other if other > 0 else None   # of what did not answer there is no figure

    def verdict(self, value):
        if self.at_most is not None and value > self.at_most:
            return "**miss**"
        if self.aim is not None and value <= self.aim:
            return "aim"
        return "pass" if self.at_most is not None else "short of the aim"


@dataclass
class Case:
    """One table: the rows of every round, by server."""
    title: str
    columns: list
    targets: list = field(default_factory=list)
    ratio_of: str | None = None      # the column that is also shown as ratios
    rows: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    repeated: int = 0                # measurements thrown away because the hypervisor took too much meanwhile

    def add(self, server, row):
        self.rows.setdefault(server, []).append(row)

    def medians(self):
        result = {}
        for server, rows in self.rows.items():
            result[server] = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
            for worst in ("steal", "failed"):   # a median would hide them
                result[server][worst] = max(row.get(worst, 0) for row in rows)
        return result

    def table(self):
        medians = self.medians()
        references = [s for s in medians if s not in (OURS, "direct")] if self.ratio_of else []
        heads = ["server"] + [COLUMNS[c][0] for c in self.columns] + [f"÷ {r}" for r in references]
        lines = [f"### {self.title}", "", "| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
        for server, row in medians.items():
            cells = [COLUMNS[c][2].format(row[c] * COLUMNS[c][1]) for c in self.columns]
            for reference in references:
                other = medians[reference][self.ratio_of]
                cells.append(f"{row[self.ratio_of] / other:.2f}" if other else "-")
            lines.append("| " + " | ".join([server, *cells]) + " |")
        notes = list(self.notes)
        if self.repeated:
            notes.append(f"measurements made again because the hypervisor took too much meanwhile: {self.repeated}")
        return "\n".join([*lines, "", *[f"Note: {note}" for note in notes]])


def verdicts(cases):
    lines = ["| case | target | measured | at most | aim | verdict |", "|---|---|---:|---:|---:|---|"]
    for case in cases:
        medians = case.medians()
        for target in case.targets:
            value = target.measure(medians)
            measured, verdict = ("-", "not measured") if value is None else (f"{value:.3g}", target.verdict(value))
            if value is not None and medians[OURS]["failed"]:
                verdict = "**miss**: answers failed"
            at_most, aim = ("" if limit is None else f"{limit:g}" for limit in (target.at_most, target.aim))
            lines.append(f"| {case.title} | {target.what} | {measured} | {at_most} | {aim} | {verdict} |")
    return "\n".join(lines)


def first_line(*argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=10)
        return (done.stdout + done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "not installed"


def congestion_control():
    """What sockets begin with: one that paces, as bbr does, costs every server on loopback much of its time."""
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as f:
        return f.read().strip()


def machine(binary, root):
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*:\s*(.+)", f.read())
    with open("/proc/meminfo") as f:
        memory = int(re.search(r"MemTotal:\s+(\d+)", f.read())[1]) / 1024 / 1024
    facts = {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "CPU": f"{os.cpu_count()} x {model[1] if model else platform.machine()}, {memory:.0f} GiB memory",
        "load average at start": "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg()),
        "kernel": f"{platform.release()}, TCP with {congestion_control()}",
        "ours": f"{first_line(binary, 'version')}, commit {first_line('git', '-C', root, 'rev-parse', '--short', 'HEAD')}"
                if binary else "not measured",
        "nginx": first_line("nginx", "-v"), "varnish": first_line("varnishd", "-V"), "wrk": first_line("wrk", "-v"),
        "compiler": first_line("clang++-19", "--version"),
    }
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())
