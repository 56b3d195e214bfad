"""How each peer is made ready: built or installed into a cache folder, never into the tree.

A peer that cannot be had is no error: it becomes a line of the table that says why and what to do.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
JAR = "/usr/share/java/disruptor.jar"
JAVA_FLAGS = ["-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"]


class Missing(Exception):
    """A peer that cannot be had: why, and the remedy."""

    def __init__(self, reason, remedy):
        super().__init__(f"{reason}; remedy: {remedy}")


@dataclass
class Command:
    """One process that measures one round and prints rows of JSON."""

    peer: str
    works: list
    argv: list = field(default_factory=list)
    missing: str = ""


def run(argv, reason, remedy, **options):
    """Runs a step of the preparation; its failure is a `Missing` with the last line it printed."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, **options)
    except OSError as error:
        raise Missing(f"{reason}: {error}", remedy) from None
    if done.returncode != 0:
        raise Missing(f"{reason}: {last_line(done.stderr or done.stdout)}", remedy)
    return done.stdout


def last_line(text):
    """What a failed command said: its line of error, or else its last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it said nothing"])[-1]


def cargo_target():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    out = run(command, "cargo metadata failed", "install the Rust toolchain", cwd=ROOT)
    return json.loads(out)["target_directory"]


def rust():
    """The path of our half."""
    remedy = "cargo build --release --locked -p royale-bench --bin peers"
    run(remedy.split(), "our half does not build", remedy, cwd=ROOT)
    return os.path.join(cargo_target(), "release", "peers")


def python(cache):
    """The interpreter of a venv that holds the pinned packages."""
    pinned = os.path.join(HERE, "requirements.txt")
    with open(pinned, "rb") as handle:
        wanted = hashlib.sha256(handle.read()).hexdigest()
    venv = os.path.join(cache, "venv")
    interpreter, mark = os.path.join(venv, "bin", "python"), os.path.join(venv, "installed")
    if os.path.exists(mark):
        with open(mark, encoding="utf-8") as handle:
            if handle.read() == wanted:
                return interpreter
    remedy = f"a network, or by hand: {interpreter} -m pip install -r {pinned}"
    command = [sys.executable, "-m", "venv", "--clear", venv]
    run(command, "no venv", "apt install python3-venv")
    command = [interpreter, "-m", "pip", "install", "--quiet", "-r", pinned]
    run(command, "pip failed", remedy)
    with open(mark, "w", encoding="utf-8") as handle:
        handle.write(wanted)
    return interpreter


def jar(cache):
    """LMAX's jar: Debian's, installed or unpacked into the cache without root."""
    if os.path.exists(JAR):
        return JAR
    folder = os.path.join(cache, "libdisruptor-java")
    unpacked = os.path.join(folder, JAR.lstrip("/"))
    if os.path.exists(unpacked):
        return unpacked
    os.makedirs(folder, exist_ok=True)
    reason, remedy = "no LMAX Disruptor", "apt install libdisruptor-java"
    run(["apt-get", "download", "libdisruptor-java"], reason, remedy, cwd=folder)
    for name in os.listdir(folder):
        if name.endswith(".deb"):
            run(["dpkg-deb", "-x", name, "."], reason, remedy, cwd=folder)
    if not os.path.exists(unpacked):
        raise Missing(reason, remedy)
    return unpacked


def java(cache):
    """The command line up to the name of the class."""
    if not shutil.which("javac"):
        raise Missing("no Java compiler", "apt install openjdk-17-jdk-headless")
    if not shutil.which("taskset"):
        raise Missing("no taskset, so Java cannot pin threads", "apt install util-linux")
    library = jar(cache)
    classes = os.path.join(cache, "classes")
    folder = os.path.join(HERE, "java")
    sources = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    command = ["javac", "-Xlint:all", "-cp", library, "-d", classes, *sources]
    run(command, "javac failed", "a JDK of version 17 or later")
    return ["java", *JAVA_FLAGS, "-cp", f"{classes}:{library}"]


def once(make):
    """Makes something at the first call; later calls get it, or hear again why it cannot be had."""
    known = []

    def get():
        if not known:
            try:
                known.append((make(), None))
            except Missing as why:
                known.append((None, why))
        value, why_not = known[0]
        if why_not:
            raise why_not
        return value

    return get


def commands(cache, cpus, works, nautilus_quotes):
    """All commands, ours first; those that cannot be had say so."""
    os.makedirs(cache, exist_ok=True)
    cpu, other = cpus[-1], cpus[0]
    found = []

    def add(peer, covers, make):
        covers = [work for work in covers if work in works]
        if not covers:
            return
        try:
            found.append(Command(peer, covers, make()))
        except Missing as why:
            found.append(Command(peer, covers, missing=f"not installed: {why}"))

    binary = once(rust)
    data = os.path.join(cache, "data")
    streams = once(lambda: run([binary(), "data", data], "no streams", "a gigabyte of disk"))
    interpreter = once(lambda: python(cache))
    compiled = once(lambda: java(cache))

    def pair(arguments):
        if len(cpus) < 2:
            raise Missing("two threads need two cpus", "allow two: taskset -c 0,1 or --cpus 0,1")
        return arguments

    threads = ["--cpu", str(cpu), "--other-cpu", str(other)]
    java_threads = [str(cpu), str(other)]
    size = {"hop": ["Hop", *java_threads, "1000"]}
    size["stream"] = ["Stream", *java_threads, "10000000", "64"]
    for work, sized in size.items():
        ask = [work, "--json", *threads]
        add("royale and Rust crates", [work], lambda ask=ask: [binary(), *pair(ask)])
        add("lmax-disruptor", [work], lambda sized=sized: [*compiled(), *pair(sized)])
    if "backtest" in works:
        pinned = ["--cpu", str(cpu)]
        add("royale", ["backtest"], lambda: [binary(), "backtest", "--json", *pinned])

        def script(name, *more):
            streams()
            return [interpreter(), os.path.join(HERE, name), data, *pinned, *more]

        add("hftbacktest", ["backtest"], lambda: script("peer_hftbacktest.py"))
        quotes = ["--quotes", str(nautilus_quotes)]
        add("nautilus_trader", ["backtest"], lambda: script("peer_nautilus.py", *quotes))
    return found
