"""A strict reader of the Prometheus text format (version 0.0.4): anything doubtful is an error."""

import re

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
_TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


class FormatError(AssertionError):
    """The text breaks the format."""


def parse(text):
    """{metric name: [(labels dict, value)]}; checks families, order, types, duplicates and histogram
    arithmetic.
    """
    if text and not text.endswith("\n"):
        raise FormatError("the last line has no line end")
    types, helps, finished = {}, set(), set()
    samples, seen, family = {}, set(), None
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if "\r" in line:
            raise FormatError(f"line {number}: carriage return")
        if not line:
            continue
        if line.startswith("#"):
            family = _comment(line, number, types, helps, finished, family, samples)
            continue
        name, labels, value = _sample(line, number)
        owner = _family_of(name, types)
        if owner != family:
            if owner in finished:
                raise FormatError(f"line {number}: the samples of {owner} are not together")
            if family:
                finished.add(family)
            family = owner
        key = (name, tuple(sorted(labels.items())))
        if key in seen:
            raise FormatError(f"line {number}: {name} {labels} twice")
        seen.add(key)
        if types.get(owner) == "counter" and value < 0:
            raise FormatError(f"line {number}: a negative counter")
        samples.setdefault(name, []).append((labels, value))
    _check_histograms(types, samples)
    return samples


def _comment(line, number, types, helps, finished, family, samples):
    parts = line.split(" ", 3)
    if len(parts) < 3 or parts[0] != "#" or parts[1] not in ("HELP", "TYPE"):
        return family
    name = parts[2]
    if not _NAME.match(name):
        raise FormatError(f"line {number}: name {name!r}")
    if name in finished or name in samples:
        raise FormatError(f"line {number}: {parts[1]} of {name} after its samples")
    if parts[1] == "HELP":
        if name in helps:
            raise FormatError(f"line {number}: second HELP of {name}")
        helps.add(name)
    else:
        if name in types or len(parts) < 4 or parts[3] not in _TYPES:
            raise FormatError(f"line {number}: TYPE {line!r}")
        types[name] = parts[3]
    if family and family != name:
        finished.add(family)
    return name


def _sample(line, number):
    match = re.match(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?\Z", line)
    if not match:
        raise FormatError(f"line {number}: not a sample: {line!r}")
    name, inner, value = match.groups()
    labels, rest = {}, inner or ""
    while rest:
        found = _LABEL.match(rest)
        if not found or found.group(1) in labels:
            raise FormatError(f"line {number}: labels {inner!r}")
        labels[found.group(1)] = found.group(2)
        rest = rest[found.end() :]
        if rest.startswith(","):
            rest = rest[1:]
        elif rest:
            raise FormatError(f"line {number}: labels {inner!r}")
    try:
        return name, labels, float(value.replace("Inf", "inf"))
    except ValueError:
        raise FormatError(f"line {number}: value {value!r}") from None


def _family_of(name, types):
    for family, kind in types.items():
        if name == family or any(name == family + suffix for suffix in _SUFFIXES.get(kind, ())):
            return family
    return name


def _check_histograms(types, samples):
    for family, kind in types.items():
        if kind != "histogram" or family + "_bucket" not in samples:
            continue
        groups = {}
        for labels, value in samples[family + "_bucket"]:
            rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
            groups.setdefault(rest, []).append((float(labels["le"].replace("Inf", "inf")), value))
        counts = {
            tuple(sorted(labels.items())): value for labels, value in samples.get(family + "_count", [])
        }
        for rest, buckets in groups.items():
            if buckets != sorted(buckets) or [v for _, v in buckets] != sorted(v for _, v in buckets):
                raise FormatError(f"{family}: buckets out of order or not cumulative")
            if buckets[-1][0] != float("inf") or counts.get(rest) != buckets[-1][1]:
                raise FormatError(f"{family}: +Inf bucket and count differ")
