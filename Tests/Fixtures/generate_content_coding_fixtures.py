"""Writes Tests/Fixtures/content-coding with Python's own zlib and gzip (versions in ORIGIN.md).

python3 Tests/Fixtures/generate_content_coding_fixtures.py
"""

import gzip
import io
import json
import pathlib
import random
import shutil
import struct
import zlib

root = pathlib.Path(__file__).parent / "content-coding"
shutil.rmtree(root, ignore_errors=True)
numbers = random.Random(7)
row = [round(numbers.gauss(0, 0.05), 8) for _ in range(24)]
plain = json.dumps({"tokens": [" blockchain", " tokenization", " naïve"] * 3, "row": row}, ensure_ascii=False).encode()


def coded(data, window_bits, level=6, strategy=zlib.Z_DEFAULT_STRATEGY, flush_every=None):
    compressor = zlib.compressobj(level, zlib.DEFLATED, window_bits, 8, strategy)
    step = flush_every or len(data)
    pieces = []
    for start in range(0, len(data), step):
        pieces.append(compressor.compress(data[start : start + step]))
        if flush_every:
            pieces.append(compressor.flush(zlib.Z_SYNC_FLUSH))
    return b"".join(pieces) + compressor.flush()


def named(data, name):
    file = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=file, mtime=1_700_000_000) as writer:
        writer.write(data)
    return file.getvalue()


def with_every_header_field(data):
    """RFC 1952 section 2.3: FTEXT, FHCRC, FEXTRA, FNAME, FCOMMENT; CRC16 is the low half of the header's CRC-32."""
    extra = b"HE\x04\x00abcd"
    header = b"\x1f\x8b\x08\x1f" + struct.pack("<IBB", 1_700_000_000, 2, 3)
    header += struct.pack("<H", len(extra)) + extra + b"rows.json\x00" + b"a comment\x00"
    header += struct.pack("<H", zlib.crc32(header) & 0xFFFF)
    return header + coded(data, -15) + struct.pack("<II", zlib.crc32(data), len(data))


third = len(plain) // 3
members = [b"", plain[:third], b"", b"", plain[third : 2 * third], plain[2 * third :], b""]
dictionary = zlib.compressobj(6, zlib.DEFLATED, 15, 8, zlib.Z_DEFAULT_STRATEGY, b'{"tokens": [" ')
files = {f"gzip/level-{level}": coded(plain, 31, level) for level in (0, 1, 6, 9)}
files |= {f"deflate/zlib-level-{level}": coded(plain, 15, level) for level in (0, 1, 6, 9)}
files |= {f"deflate/bare-level-{level}": coded(plain, -15, level) for level in (0, 1, 6, 9)}
files |= {
    "plain": plain,
    "gzip/fixed-codes": coded(plain, 31, 6, zlib.Z_FIXED),
    "gzip/flushed": coded(plain, 31, 6, flush_every=100),
    "gzip/named": named(plain, "rows.json"),
    "gzip/every-header-field": with_every_header_field(plain),
    "gzip/members": b"".join(gzip.compress(member, mtime=0) for member in members),
    "deflate/zlib-window-512": coded(plain, 9),
    "deflate/zlib-flushed": coded(plain, 15, 6, flush_every=100),
    "deflate/bare-fixed-codes": coded(plain, -15, 6, zlib.Z_FIXED),
    "deflate/bare-flushed": coded(plain, -15, 6, flush_every=100),
    "deflate/bare-stored-blocks": coded(plain, -15, 0, flush_every=100),
    "dictionary": dictionary.compress(plain) + dictionary.flush(),
}
for name, data in files.items():
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
(root / "ORIGIN.md").write_text(
    "Written by `../generate_content_coding_fixtures.py` with Python's standard library and "
    f"zlib {zlib.ZLIB_RUNTIME_VERSION}. The numbers are made up. Every file in `gzip` and `deflate` is `plain`, coded.\n"
)
