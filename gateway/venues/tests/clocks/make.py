"""Makes clocks.csv: what Python's zoneinfo says of the days around every clock change.

    python3 make.py > clocks.csv

Nothing is computed with offsets here: a clock is read minute by minute. A reading that a clock passes
over counts at the first minute after it; for a daily schedule only the first time that it is shown on a
day counts. Due times are in minutes since the beginning of the window (UTC, half open).
"""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe"]
DAILY = {"daily 01:30,02:00,02:15,02:30,03:00": [90, 120, 135, 150, 180], "daily 09:30": [570]}
PERIODS = {"every 15m": 15, "every 50m": 50, "every 2h": 120, "every 24h": 1440}
MINUTE = timedelta(minutes=1)


def reading(zone, utc):
    local = utc.astimezone(zone)
    return local.toordinal(), local.hour * 60 + local.minute


def changes(zone, year):
    hour = datetime(year, 1, 1, tzinfo=timezone.utc)
    while hour.year == year:
        later = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            yield hour.replace(hour=0)
        hour = later


def is_due(zone, utc, wanted, once):
    (day, now), (day_before, before) = reading(zone, utc), reading(zone, utc - MINUTE)
    # What the clock went over since the minute before, this minute's reading included.
    if day == day_before and now > before:
        passed = [(day, minute) for minute in range(before + 1, now + 1)]
    else:
        # Midnight, or turned back: nothing was passed over (no zone here skips midnight).
        passed = [(day, now)]
    passed = [(day, minute) for day, minute in passed if wanted(minute)]
    if once:
        earlier = [reading(zone, utc - n * MINUTE) for n in range(1, 181)]
        passed = [shown for shown in passed if shown not in earlier]
    return bool(passed)


print("zone;schedule;window begins (UTC);minutes;due")
for name in ZONES:
    zone = ZoneInfo(name)
    for year in (2025, 2026, 2027):
        for begins in changes(zone, year):
            begins -= timedelta(days=1)
            minutes = 3 * 1440
            rules = [(text, lambda m, t=times: m in t, True) for text, times in DAILY.items()]
            rules += [(text, lambda m, p=p: m % p == 0, False) for text, p in PERIODS.items()]
            for text, wanted, once in rules:
                utc = (begins + n * MINUTE for n in range(minutes))
                due = [str(n) for n, at in enumerate(utc) if is_due(zone, at, wanted, once)]
                stamp = begins.strftime("%Y-%m-%dT%H:%MZ")
                print(f"{name};{text};{stamp};{minutes};{' '.join(due)}")
