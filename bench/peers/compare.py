"""Peers side by side: runs every peer and our own code on the same work, and prints one table.

    bench/peers/run.sh [--rounds N] [--works hop,stream,backtest] [--json FILE]

Each round runs every command once, in an order that turns from round to round; a figure is the
median of the rounds with the least and the most, and so is a ratio: ours to theirs in the same round,
since a guest's cores may move between two. README.md says what each work is, what each peer
does and does not do in it, and how to read the table.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys

import ready

# (work, peer, of ours, metric) -> the ratio ours/peer that is the goal. A figure in ns should be
# low, a rate high. From docs: one hop, streaming, backtest without and with the journal.
GOALS = {
    ("hop", "bare slot (L)", "p50"): 1.10,
    ("hop", "bare slot (L)", "p99"): 1.5,
    ("hop", "bare slot (L)", "p999"): 2.0,
    ("hop", "rtrb", "p50"): 0.85,
    ("hop", "disruptor", "p50"): 0.85,
    ("stream", "rtrb", "value"): 0.9,
    ("stream-batched", "rtrb", "value"): 0.85,
    ("backtest-l1", "hftbacktest", "value"): 5.0,
    ("backtest-l2", "hftbacktest", "value"): 2.0,
    ("backtest-l1", "nautilus_trader", "value"): 200.0,
}
JOURNAL = "journal on"
METRICS = ("p50", "p99", "p999", "value")


def is_ours(peer):
    return peer.startswith("royale")


def goal(work, peer, ours, metric):
    """The ratio to reach; half of it with the journal on. None where there is no goal."""
    for (of_work, of_peer, of_metric), ratio in GOALS.items():
        # "rtrb, chunks (S)" is rtrb.
        name = peer.split(" ")[0].rstrip(",")
        same_work = work == of_work or work.startswith(f"{of_work}-") and "backtest" in of_work
        if same_work and name == of_peer.split(" ")[0] and metric == of_metric:
            return ratio / 2 if JOURNAL in ours else ratio
    return None


def one_round(command, time_key):
    """The rows that a command prints; raises ValueError with what it said instead."""
    try:
        done = subprocess.run(
            command.argv, capture_output=True, text=True, check=False, timeout=600
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(str(error)) from None
    if done.returncode != 0:
        raise ValueError(ready.last_line(done.stderr))
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not rows:
        raise ValueError("it printed no rows")
    for row in rows:
        if time_key in row:
            row["value"] = row[time_key]
    return rows


def measure(commands, rounds, time_key):
    """-> {(work, peer, metric): (unit, {round: [values]})}, {(work, peer): what was traded}."""
    figures, traded = {}, {}
    for number in range(rounds):
        turn = number % max(len(commands), 1)
        for command in commands[turn:] + commands[:turn]:
            if command.missing:
                continue
            print(f"round {number + 1}/{rounds}: {command.peer} {command.works}", file=sys.stderr)
            try:
                rows = one_round(command, time_key)
            except ValueError as why:
                command.missing = f"not measured: {why}; remedy: {' '.join(command.argv)}"
                continue
            for row in rows:
                for metric in METRICS:
                    if metric in row:
                        key = (row["work"], row["peer"], metric)
                        _, by_round = figures.setdefault(key, (row["unit"], {}))
                        by_round.setdefault(number, []).append(row[metric])
                if "orders" in row:
                    names = ("events", "orders", "fills", "cash_micro", "refused")
                    trades = {name: row[name] for name in names if name in row}
                    known = traded.setdefault((row["work"], row["peer"]), trades)
                    if known != trades:
                        command.missing = f"not trusted: {row['work']} traded otherwise each round"
    return figures, traded


def spread(values, digits):
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f}–{most:.{digits}f})"


def told(unit, values):
    return f"{spread(values, 1 if unit == 'ns' else 3 if max(values) < 1 else 2)} {unit}"


def flat(by_round):
    return [value for number in sorted(by_round) for value in by_round[number]]


def ratios(ours, theirs):
    """Ours to theirs in each round that has both. One process that measures both makes several short
    rounds within one of ours, and these pair; two processes are compared by their medians."""
    found = []
    for number in sorted(ours.keys() & theirs.keys()):
        one, other = ours[number], theirs[number]
        if len(one) != len(other):
            one, other = [statistics.median(one)], [statistics.median(other)]
        found += [a / b for a, b in zip(one, other)]
    return found


def compared(figures):
    """One row for each figure of a peer and each of ours that stands against it."""
    rows = []
    for (work, peer, metric), (unit, by_round) in sorted(figures.items()):
        if is_ours(peer):
            continue
        values = flat(by_round)
        against = [key for key in figures if key[0] == work and key[2] == metric and is_ours(key[1])]
        row = {
            "work": work,
            "peer": peer,
            "metric": metric,
            "unit": unit,
            "peer_median": statistics.median(values),
            "peer_rounds": values,
        }
        if not against:
            rows.append({**row, "verdict": "ours not measured"})
        for key in sorted(against):
            ours = flat(figures[key][1])
            each = ratios(figures[key][1], by_round)
            if not each:
                rows.append({**row, "verdict": "never in the same round as ours"})
                continue
            ratio = statistics.median(each)
            wanted = goal(work, peer, key[1], metric)
            low_is_good = unit == "ns"
            met = wanted is not None and (ratio <= wanted if low_is_good else ratio >= wanted)
            sign = "≤" if low_is_good else "≥"
            rows.append(
                {
                    **row,
                    "ours": key[1],
                    "ours_median": statistics.median(ours),
                    "ours_rounds": ours,
                    "ratio": ratio,
                    "ratio_rounds": each,
                    "goal": None if wanted is None else f"{sign} {wanted:g}",
                    "verdict": "no goal" if wanted is None else "met" if met else "MISSED",
                }
            )
    met_a_peer = {(row["work"], row["metric"]) for row in rows}
    for (work, peer, metric), (unit, by_round) in sorted(figures.items()):
        if is_ours(peer) and (work, metric) not in met_a_peer:
            values = flat(by_round)
            ours = {"ours": peer, "ours_median": statistics.median(values), "ours_rounds": values}
            about = {"work": work, "metric": metric, "unit": unit}
            rows.append({**about, **ours, "peer": "–", "verdict": "no peer measured"})
    return rows


def same_trades(traded):
    """For each work whether peers on the whole stream traded what we did."""
    lines = []
    for (work, peer), theirs in sorted(traded.items()):
        ours = traded.get((work, "royale"))
        if is_ours(peer) or ours is None:
            continue
        trades = ", ".join(f"{name} {value}" for name, value in theirs.items())
        if theirs["events"] != ours["events"]:
            lines.append(f"{work}: {peer} ran a part of the stream: {trades}")
            continue
        differ = [name for name in theirs if name in ours and theirs[name] != ours[name]]
        if differ:
            mine = ", ".join(f"{name} {ours[name]}" for name in differ)
            lines.append(f"{work}: {peer} traded OTHERWISE than we ({mine}): {trades}")
        else:
            lines.append(f"{work}: {peer} traded exactly what we did: {trades}")
    return lines


def table(rows, commands):
    head = ["work", "peer", "value: median (least–most)", "ours", "ours/peer, by round", "goal"]
    head.append("verdict")
    cells = []
    for row in rows:
        name = row["work"] if row["metric"] == "value" else f"{row['work']} {row['metric']}"
        theirs = told(row["unit"], row["peer_rounds"]) if "peer_rounds" in row else "–"
        if "ours" not in row:
            cells.append([name, row["peer"], theirs, "–", "–", "–", row["verdict"]])
            continue
        ours = told(row["unit"], row["ours_rounds"])
        if JOURNAL in row["ours"]:
            ours += f", {JOURNAL}"
        ratio = spread(row["ratio_rounds"], 2) if "ratio" in row else "–"
        wanted = row.get("goal") or "–"
        cells.append([name, row["peer"], theirs, ours, ratio, wanted, row["verdict"]])
    for command in commands:
        if command.missing:
            cells.append([", ".join(command.works), command.peer, command.missing, *4 * "–"])
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine():
    model = platform.processor()
    with open("/proc/cpuinfo", encoding="utf-8") as handle:
        for line in handle:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ready.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": model,
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
        "load": round(os.getloadavg()[0], 2),
    }


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds; five at least for a verdict")
    parser.add_argument("--works", default="hop,stream,backtest", help="which of these three")
    parser.add_argument("--json", metavar="FILE", help="write all figures there too")
    parser.add_argument("--cpus", help="two cpus for the threads, as 0,1; by default all allowed")
    parser.add_argument("--cache", help="where peers are installed; by default target/peers")
    parser.add_argument("--nautilus-quotes", type=int, default=300_000, help="of the L1 stream")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="rates of backtests by the cpu time of the thread: for a machine that is busy",
    )
    return parser.parse_args()


def main():
    asked = arguments()
    about = machine()
    cpus = sorted(os.sched_getaffinity(0))
    if asked.cpus:
        cpus = [int(cpu) for cpu in asked.cpus.split(",")]
    try:
        cache = asked.cache or os.path.join(ready.cargo_target(), "peers")
    except ready.Missing as why:
        sys.exit(f"compare: {why}")
    works = asked.works.split(",")
    if not set(works) <= {"hop", "stream", "backtest"}:
        sys.exit(f"compare: --works takes hop, stream and backtest, not {asked.works}")
    commands = ready.commands(os.path.abspath(cache), cpus, works, asked.nautilus_quotes)
    time_key = "cpu_value" if asked.cpu_time else "value"
    figures, traded = measure(commands, asked.rounds, time_key)
    about["load_after"] = round(os.getloadavg()[0], 2)
    rows, trades = compared(figures), same_trades(traded)
    print(table(rows, commands))
    print()
    for line in trades:
        print(line)
    timed = "cpu time of the thread" if asked.cpu_time else "wall time"
    print(f"{about['date']}, {about['cpus']} × {about['cpu']}, kernel {about['kernel']}, ", end="")
    print(f"commit {about['commit']}, {asked.rounds} rounds, backtests by {timed}")
    if about["load"] > 0.5:
        print(f"The machine was busy (load {about['load']} before): trust ratios, not figures.")
    if asked.json:
        missing = {command.peer: command.missing for command in commands if command.missing}
        found = {"machine": about, "rounds": asked.rounds, "timed": timed, "rows": rows}
        with open(asked.json, "w", encoding="utf-8") as handle:
            json.dump({**found, "trades": trades, "missing": missing}, handle, indent=1)
            handle.write("\n")


if __name__ == "__main__":
    main()
