"""Writes Sources/Hypernetworks/TrainingFree/ScriptRanges.swift from Unicode's Scripts.txt, as the `fonttools` package carries it,
and Tests/Fixtures/training-free/scripts.json, characters and their scripts as the `regex` package knows them.

python3 -m venv venv && venv/bin/pip install fonttools regex
venv/bin/python Tests/Fixtures/generate_script_ranges.py
"""

import inspect
import json
import pathlib
import random
import re

import regex
from fontTools.unicodedata import Scripts

root = pathlib.Path(__file__).parent.parent.parent
version = re.search(r"Scripts-([\d.]+)\.txt", inspect.getsource(Scripts)).group(1)
codes = sorted(set(Scripts.VALUES))


def lines(values, width=124):
    text, line = [], ""
    for value in values:
        if len(line) + len(value) + 2 > width:
            text.append(line.rstrip())
            line = ""
        line += value + ", "
    return "\n".join("        " + line for line in [*text, line.rstrip()])


swift = f"""// Written by Tests/Fixtures/generate_script_ranges.py: do not edit.

/// The script of every code point: Scripts.txt of Unicode {version}.
enum ScriptRanges {{
    /// Codes of ISO 15924.
    static let codes: [String] = [
{lines([f'"{code}"' for code in codes], 120)}
    ]

    /// Index of "Zzzz", what is no character.
    static let unknown: UInt8 = {codes.index("Zzzz")}

    /// First code points of the ranges, ascending; a range ends where the next one starts.
    static let starts: [UInt32] = [
{lines([f"0x{start:X}" for start in Scripts.RANGES], 120)}
    ]

    /// Index into `codes` of each range's script.
    static let scripts: [UInt8] = [
{lines([str(codes.index(value)) for value in Scripts.VALUES], 120)}
    ]
}}
"""
(root / "Sources/Hypernetworks/TrainingFree/ScriptRanges.swift").write_text(swift)

random.seed(7)
characters = "".join(chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
samples = []
for code in codes:
    # A newer Unicode knows scripts that the other package does not; what it does not assign may have been given away since.
    try:
        of_script = regex.findall(rf"\p{{Script={code}}}", characters)
    except regex.error:
        continue
    if code != "Zzzz":
        samples += [[c, code] for c in random.sample(of_script, min(8, len(of_script)))]
(root / "Tests/Fixtures/training-free/scripts.json").write_text(json.dumps(samples) + "\n")
print(version, len(codes), len(Scripts.RANGES), len(samples))
