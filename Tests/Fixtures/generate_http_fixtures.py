"""Writes Tests/Fixtures/http/requests.json: requests, good and evil, and what llhttp and h11 make of them.

python3 -m venv venv && venv/bin/pip install --no-binary httptools httptools==0.9.0 h11==0.16.0
venv/bin/python Tests/Fixtures/generate_http_fixtures.py

httptools is built from its source archive, which holds llhttp 9.4.3. A line of the file is a request, llhttp's verdict and h11's
verdict; bytes are written as the characters of the same number. A verdict is the messages, each as method, target, number of
header fields and body, and how things stand after the last byte:

open        everything was read, and another request may follow
closed      everything was read, and the last request ends the connection
incomplete  a request has begun and needs more bytes
upgraded    the last message asks for another protocol, and httptools reads no further
rejected    with the library's words
"""

import itertools
import json
import pathlib
import random
import re

import h11
import httptools

root = pathlib.Path(__file__).parents[2]
random.seed(20260101)

# ---------------------------------------------------------------- how requests are put together


def raw(line, *fields, body=""):
    """A request with just these fields."""
    return "".join(part + "\r\n" for part in (line, *fields, "")) + body


def request(line, *fields, body=""):
    """A request with a Host field before the others."""
    return raw(line, "Host: a", *fields, body=body)


def get(*fields):
    return request("GET / HTTP/1.1", *fields)


def post(*fields, body="", version="1.1"):
    return request(f"POST / HTTP/{version}", *fields, body=body)


def sized(*lengths, body="hello"):
    return post(*(f"Content-Length: {length}" for length in lengths), body=body)


def coded(*codings, version="1.1", body="5\r\nhello\r\n0\r\n\r\n"):
    return post(*(f"Transfer-Encoding: {coding}" for coding in codings), body=body, version=version)


def chunked(*lines, end="0\r\n\r\n"):
    return coded("chunked", body="".join(line + "\r\n" for line in lines) + end)


def with_hosts(line, hosts):
    return raw(line, *(f"Host: {host}" for host in hosts))


def listed(block):
    """What stands between bars and line ends; escapes are read last, so that a line end can be part of it."""
    return [part.encode("latin-1").decode("unicode_escape") for part in block.strip("\n").replace("\n", "|").split("|")]


# ---------------------------------------------------------------- valid requests

METHODS = listed(r"""
GET|HEAD|OPTIONS|DELETE|TRACE|PROPFIND|M-SEARCH|PURGE|QUERY|SOURCE|PRI|DESCRIBE|get|Get|G|FOO|GETX|x-y|a!#$%&'*+-.^_`~9
""")
TARGETS = listed(r"""
/|/?|/a/b?c=d&e|//|/a;b=c,d|/%20%C3%A9|/a%2Fb|/a?b?c=/|/?%zz|/..|/a/./b|/~a:b@c!$&'()*+=|/a?[]{}^`"<>|/{a}|/a"b|/a\\b|/[|/a?b\\c
http://a/|http://a|http://a?|http://a?b|HTTP://A/b|https://a:443/c?d|http://[::1]:80/|http://a:80|http://127.0.0.1/
http://a_b-c~d/
""")
FIELD_LISTS = [block.split(" / ") for block in listed(r"""
A:b|A: b / A: c|A:  \t b \t |A:|A: |A: b c\td|A: \xe9\xff\x80|a!#$%&'*+-.^_`~9: x|Accept: */* / A: :: / B: ;,=
A: "b\\"c" / Cookie: a=b; c=d|Connection: keep-alive|Connection: close|Connection: Close, x|Connection: x,, close
Connection: closed|Connection: x / Connection: close|Connection:|Connection: keep-alive, close|Connection: close, close
Connection:\tclose\t|Connection: "close"|Connection: close;a|Keep-Alive: 5|Proxy-Connection: close|Connection: upgrade
Upgrade: h2c|Upgrade: websocket / Connection: Upgrade|Upgrade: / Connection: upgrade
Upgrade: h2c / Connection: Upgrade, HTTP2-Settings / HTTP2-Settings: AAMAAABkAAQAAP__|Content-Length: 0
TE: trailers / Trailer: A|Content-Lengthy: 5 / Transfer-Encodings: x|X-Transfer-Encoding: chunked / X-Content-Length: 5
Expect: 100-continue
""")]
HOSTS = listed(r"""
a|  a:80\t|a.example:|[::1]| [::1]:8080|127.0.0.1|| | a_b-c~d| %41| a!$&'()*+;=b
""")
EXTENSIONS = listed(r"""
;a|;a=b|;a="b"|;a="b c;d,e\\"f"|;a;b;c=d| ;a|\t;a|;a = b|; a|;a |;a=b |;a= b|;a="\xe9"|;a=""
""")
UPGRADE = ["Upgrade: h2c", "Connection: upgrade"]
VALID = [
    *(request(f"{method} / HTTP/1.1") for method in METHODS),
    *(request(f"GET {target} HTTP/1.1") for target in TARGETS),
    *(request(f"OPTIONS {target} HTTP/1.1") for target in ("*", "http://a", "/")),
    *(request("CONNECT a:443 HTTP/1.1", body=body) for body in ("", "\x16\x03\x01")),
    *(get(*fields) for fields in FIELD_LISTS),
    get(*(f"A{number}: b" for number in range(60))),
    get("A: " + "b" * 2_000),
    *(raw("GET / HTTP/1.1", f"Host:{host}") for host in HOSTS),
    *(raw(f"{method} / HTTP/1.0", *fields)
      for method in ("GET", "HEAD")
      for fields in ([], ["Host: a"], ["Connection: keep-alive"], ["Connection: Keep-Alive, close"], ["Expect: coffee"])),
    raw("POST / HTTP/1.0", "Content-Length: 5", body="hello"),
    raw("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 5", body="hello"),
    *(request(f"{method} / HTTP/1.1", "Content-Length: 5", body="hello")
      for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE")),
    *(request(f"{method} / HTTP/1.1", "Content-Length: 0") for method in ("POST", "PUT", "PATCH", "DELETE")),
    *(sized(length) for length in ("5", " 5 ", "\t5", "05", "000000000005", "0000000000000000000000000000005")),
    sized("3", body="\0\xff\n"),
    post("content-length:4", body="\r\n\r\n"),
    chunked(),
    chunked(end="000\r\n\r\n"),
    chunked("5", "hello"),
    chunked("1", "a", "2", "bc", "A", "0123456789"),
    chunked("a", "0123456789"),
    chunked("0005", "hello"),
    chunked("2", "\r\n", "3", "0\r\n"),
    chunked("4", "\0\x01\x7f\xff"),
    *(chunked(f"5{extension}", "hello") for extension in EXTENSIONS),
    *(chunked("5", "hello", end=end + "\r\n\r\n") for end in ("0;last", "0\r\nA: b\r\nC:", "0\r\nX-Sum: 1", "0\r\nA: b\r\nA: c")),
    *(coded(coding) for coding in ("CHUNKED", "Chunked ", "\tchunked")),
    *(request(f"{method} / HTTP/1.1", "Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\n\r\n")
      for method in ("GET", "HEAD", "PUT")),
    request("DELETE / HTTP/1.1", "Transfer-Encoding: chunked", "Trailer: A", body="5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
    *(post(f"Expect: {value}", "Content-Length: 5", body=body)
      for value in ("100-continue", "100-Continue")
      for body in ("hello", "")),
    post("Expect: 100-continue", "Transfer-Encoding: chunked"),
    post(*UPGRADE, "Content-Length: 5", body="hello"),
    post(*UPGRADE, "Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\n\r\n"),
    get(*UPGRADE) + get(),
    get("Upgrade: websocket", "Connection: Upgrade") + "\x81\x05hello",
    # Several on one connection.
    get() + get(),
    get() + get() + get(),
    get() + "\r\n" + get(),
    get() + chunked("5", "hello"),
    sized("5") + get(),
    sized("5") + "\r\n" + get(),
    chunked("5", "hello") + get(),
    chunked("5", "hello", end="0\r\nA: b\r\n\r\n") + sized("5") + get(),
    get("Connection: close") + get(),
    sized("5") + get("Connection: close"),
    request("HEAD / HTTP/1.1") + get(),
    request("OPTIONS * HTTP/1.1") + sized("0", body="") + get(),
    raw("GET / HTTP/1.0") + get(),
    get() + raw("GET / HTTP/1.0"),
    raw("GET / HTTP/1.0", "Connection: keep-alive") + raw("GET / HTTP/1.0"),
    raw("GET / HTTP/1.0", "Connection: keep-alive") + get(),
    "\r\n" + get(),
    "\r\n",
]

# ---------------------------------------------------------------- evil requests

SMUGGLED = "GET /admin HTTP/1.1\r\nX: y"
LENGTHS = listed(r"""
+5|-5|5,5|5, 5|5,6|5 5|5.0|5e0|0x5|05,5|5;|;5|"5"|'5'|a|5a|a5|| |,5|5,|,|5\t5|\x0b5|5\x0b|5\x0c|\x0c5|\xa05|5\xa0|\xd9\xa5
\xef\xbc\x95|5 ,5|0,5|-0|+0|00|5_0|0_5|0b101|0o5|5h|5\x01|5\x00|5\x7f|1 0|10|3|6|16777216|16777217|4294967301
9223372036854775807|9223372036854775808|18446744073709551615|18446744073709551616|18446744073709551621|99999999999999999999
99999999999999999999999999
""")
CODINGS = listed(r"""
xchunked|chunkedx|chunked-x|x-chunked|identity|gzip|deflate|compress|gzip, chunked|gzip,chunked|chunked, gzip|chunked, identity
identity, chunked|chunked, chunked|chunked,|,chunked|, chunked|chunked ,|chunked,,|,|chunked;q=1|chunked;a=b
chunked, x;a="b, chunked"|"chunked"|'chunked'|chunked chunked|chunk|chunkeD|cHuNkEd|chunked\x0b|\x0bchunked|\x0cchunked
chunked\x0c|chunked\x00|\x00chunked|chunked\x01|\xa0chunked|chunked\xa0|\xffchunked|ch\tunked|chun\xe2\x84\xaaed|chunked\x7f
()chunked|[chunked]|chunked: x|: chunked||cow|cow, chunked|chunked cow|trailers, chunked|x=", chunked
gzip;q="a, chunked"|  chunked  |nothing, chunked, nothing|HTTP/1.1|0|1|gzip, gzip, chunked|gzip,\tchunked|xchunked, chunked|chunkedchunked
""")
CODING_LINES = listed(r"""
Transfer-Encoding : chunked|Transfer-Encoding\t: chunked| Transfer-Encoding: chunked|\tTransfer-Encoding: chunked
Transfer-Encoding:\x0bchunked|Transfer-Encoding:\x0cchunked|Transfer_Encoding: chunked|Transfer Encoding: chunked
Transfer-Encoding chunked|Transfer-Encoding|\x00Transfer-Encoding: chunked|Transfer-Encoding\x00: chunked
X: y\nTransfer-Encoding: chunked|X: y\rTransfer-Encoding: chunked|Transfer-Encoding:\r\n chunked|Transfer-Encoding:\r\n\tchunked
Transfer-Encoding\r\n: chunked|Transfer-Encoding:\n chunked|Transfer-Encoding: \rchunked|Transfer-Encoding: chunked\r
Transfer-Encoding: x\r\n chunked|Transfer-Encoding: chunked\r\n x|Transfer-Encod\xc4\xb1ng: chunked
Transfer-Encoding\xa0: chunked|\xefTransfer-Encoding: chunked|"Transfer-Encoding": chunked|Transfer-Encoding:: chunked
Transfer-Encoding=chunked|:Transfer-Encoding: chunked|TRANSFER-ENCODING:chunked|transfer-encoding:\t\tchunked
X: y\r\n\r\nTransfer-Encoding: chunked|X: y\x85Transfer-Encoding: chunked|Foo: bar\r\n\rTransfer-Encoding: chunked
Transfer-Encoding: chunked\n\n|Transfer-Encoding: chunked\nX: y|X: \x00\nTransfer-Encoding: chunked
Transfer-Encoding: chu\r\n nked|Transfer-Encoding: chunked\n|Transfer-Encoding: chunked\r\r
""")
SIZES = listed(r"""
+5|-5| 5|5 |\t5|5\t|0x5|0X5|5h|5_|_5|0_5|5g|g|\x0b5|5\x0b|5\x00|\x005|5.|5,5|5 5|"5"||;a|05 |\xef\xbc\x95|5\xa0|\xff5|-0|+0
5 5;a|FFFFFFFF|7FFFFFFFFFFFFFFF|8000000000000000|FFFFFFFFFFFFFFFF|FFFFFFFFFFFFFFFB|10000000000000005
100000000000000000000000000000005|000000000000000000000000000000005|0000000000000005|1000000|1000001|5;|5;;|5;a;|5;=|5;=b|5;a=
5;a==b|5;a="|5;a="b|5;a="b"c|5;a="\\|5;a="\\x"|5;a=b c|5;a b|5;(|5;a=(b)|5;,|5;a,b|5;a="b\x00"|5;a=\x01|5;\x7f|5;a\x7f|5;\xe9
5;a=\xe9|5;a="b\x7f"|5;a="\\\x7f"|5;a=b;|5; ;a|5 ; a|5;a\t=\tb|5\r|\r5|5\n|\n5|5;\r|5;\n|5;a\r|5;a\n|5;a\nX: y|5;a=\n0
5;a="\r\n"|5;a="\n"|5;a="b\\\r\n"|5;a="\r"
""")
VERSIONS = listed(r"""
HTTP/1.2|HTTP/1.9|HTTP/2.0|HTTP/3.0|HTTP/0.9|HTTP/9.9|HTTP/2|HTTP/1|HTTP/11|HTTP/1.10|HTTP/01.1|HTTP/1.01|HTTP/1.|HTTP/.1
HTTP/1,1|HTTP/a.b|HTTP/1.x|HTTP/x.1|http/1.1|Http/1.1|HTTPS/1.1|HTTP1.1|HTTP-1.1|HTTP\\1.1|HTTP//1.1|HTTP/1.1.1|HTTP/-1.1
HTTP/+1.1|HTTP/1.1HTTP/1.1|XHTTP/1.1|HTTP/|HTTP|HTT|H|RTSP/1.0|ICE/1.0|ICY/1.1|TTP/1.1|HTTP/1.1;|HTTP/1.1\x00|HTTP/1.1\x0b
\xefHTTP/1.1|HTTP/1.\xb9|HTTP/\xef\xbc\x91.1
""")
HOST_LISTS = [[]] + [block.split(" / ") for block in listed(r"""
a / a|a / b|a / |a b|a,b|a, a|a:b|a:1:2|:80|a:+1|a:99999|a/b|u@a|a?b|a#b|a\\b|<a>|"a"|a\tb|[::1|::1|[]|[::1]x|[::1]:|[::1]:x
[a]:1:2|a]|a[b|a\x00b|a\x01|a\x7f|\xe9|a\xff|http://a|//a|a{b}|a\x7cb|a^b|a`b|%zz|%|a%00b|[[::1]]|[::1]]|[1]2]:3|[g]|[v1.a]|-|.
*|a;b|a\r\n b|\r\n a|a\nX: y|a\rX: y
""")]
REQUEST_LINES = listed(r"""
GET /|GET|| |GET  / HTTP/1.1|GET /  HTTP/1.1| GET / HTTP/1.1|\tGET / HTTP/1.1|GET / HTTP/1.1 |GET / HTTP/1.1\t|GET\t/ HTTP/1.1
GET /\tHTTP/1.1|GET\t/\tHTTP/1.1|GET / a HTTP/1.1|GET /a b HTTP/1.1|GET HTTP/1.1|GET / HTTP/1.1 HTTP/1.1|/ HTTP/1.1
GET/ HTTP/1.1|GET /HTTP/1.1|GET\x0b/ HTTP/1.1|GET\x0c/ HTTP/1.1|GET\xa0/ HTTP/1.1|GET\x00/ HTTP/1.1|G\x00ET / HTTP/1.1
G@T / HTTP/1.1|GE(T / HTTP/1.1|G\xcbT / HTTP/1.1|GET: / HTTP/1.1|"GET" / HTTP/1.1|GET, / HTTP/1.1|G{T / HTTP/1.1
\xffGET / HTTP/1.1|\xef\xbb\xbfGET / HTTP/1.1|\x00GET / HTTP/1.1|GET /\x00 HTTP/1.1|GET /\x01 HTTP/1.1|GET /\x7f HTTP/1.1
GET /\x80 HTTP/1.1|GET /\xff HTTP/1.1|GET /\xc3\xa9 HTTP/1.1|GET /\x0b HTTP/1.1|GET /\x0c HTTP/1.1|GET /\r HTTP/1.1
GET /\n HTTP/1.1|GET / \rHTTP/1.1|GET /\r\n HTTP/1.1|GET / HTTP/1.1\r|GET / HTTP/1.1\r\r|GET / HTTP/1.1\n|\r\rGET / HTTP/1.1
\n\nGET / HTTP/1.1|\rGET / HTTP/1.1|\nGET / HTTP/1.1|\r\n\r\nGET / HTTP/1.1|\r\n\r\n\r\nGET / HTTP/1.1|\n\r\nGET / HTTP/1.1
\r\n GET / HTTP/1.1|HTTP/1.1 200 OK|PRI * HTTP/2.0|\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03|SSH-2.0-OpenSSH
PROXY TCP4 1.2.3.4 5.6.7.8 9 10|EHLO a|GET / HTTP/1.1, HTTP/1.1|GET \x7c HTTP/1.1
""")
BAD_TARGETS = listed(r"""
a|a/b|?a|#a|/#a|/a#b?c|/a?b#c|/%zz|/%4|/%|/%00|/%ff|/%C3%28|/%2|/a%2|http:///x|http://?a|ftp://a/|file:///etc/passwd
javascript:alert(1)|http:/a|http:a|http://|http|HTTP/1.1|http://u@a/|http://u:p@a/|http://a@b@c/|http://a#b|http://a/#b
http://[::1|http://a:b/|http://a:80:80/|http://a\\b/|http://\xe9/|http://a/\xe9|*|**|*a|/*|a:443|:443|a:|@|.|..|./|../a|\\a
\\\\a|/\\a|https://|httpx://a|ws://a/|HTTP:/a|http://%00/|http://a%2fb/|[::1]:443|1:2|mailto:a@b|about:blank|http://a"b/
http://a<b>/|http://a^b|http://a,b/|http://a;b/|http://a{b}|http://-/|http://./|http://:80/|http://a:/|http://a:99999/|urn:a:b
http://a:+1/|http://[]/|http://[a/|http://a]/|http://[::1]x/
""")
FIELD_LINES = listed(r"""
X : y|X\t: y| X: y|\tX: y|X|X y|: y|:|X\x0b: y|X\x0c: y|X\x00: y|\x00X: y|X\x00Y: y|X(Y): z|X@Y: z|X/Y: z|X,Y: z|X;Y: z|X=Y: z
X"Y: z|X\\Y: z|X{Y}: z|X[Y]: z|X<Y>: z|X?Y: z|\xc9: y|X\xff: y|\x80X: y|X\x7fY: z|X\x01: y|X: \x00|X: a\x00b|X: a\x01b|X: a\x08b
X: a\x0bb|X: a\x0cb|X: a\x1bb|X: a\x1fb|X: a\x7fb|X: a\rb|X: a\nb|X: \r|X: \n|X: a\r|X: a\n|X: a\r\r|X: a\r\n b|X: a\r\n\tb
X:\r\n b|X: a\r\n |X: a\n b|X: a\n\tb|X: a\r b|X\r\n: y|X:\r\n: y|X: \ty\t |X:: y|X: y: z|\rX: y|\nX: y|\r\n|\n|\r|X: a\nb: c
X: a\n\n|X\n: y|GET / HTTP/1.1|X-Y_Z.0: a|X: \xff\xfe|Content-Length|Content-Length: |Content-Length : 5|Content-Length\x00: 5
Content-Length\x0b: 5|Content_Length: 5|Content Length: 5|Content-Length=5|X: y\nContent-Length: 5|X: y\rContent-Length: 5
Content-Length:\r\n 5|Content-Length: 5\r\n 5|Content-Length:\n5|Content-Length\xa0: 5
""")
CHUNK_BODIES = listed(r"""
5\r\nhello!\r\n0\r\n\r\n|5\r\nhell\r\n0\r\n\r\n|5\r\nhello0\r\n\r\n|5\r\nhello\n0\r\n\r\n|5\r\nhello\r0\r\n\r\n
5\r\nhello\r\r\n0\r\n\r\n|5\r\nhello\r\n\r\n0\r\n\r\n|5\r\nhello \r\n0\r\n\r\n|5\nhello\n0\n\n|5\nhello\r\n0\r\n\r\n
5\rhello\r0\r\r|5hello\r\n0\r\n\r\n|5\r\nhello\r\n0\r\n|5\r\nhello\r\n0|5\r\nhello\r\n|5\r\nhello|5\r\nhel|5\r\n|5\r|5||\r\n|0
0\r|0\r\n|0\r\n\r|0\n\n|0\r\n\n|0\n\r\n|0\r\r\n\r\n|5\r\nhelloXX0\r\n\r\n|0\r\nbad trailer\r\n\r\n|0\r\nA : b\r\n\r\n
0\r\nA: b\r\n c\r\n\r\n|0\r\n A: b\r\n\r\n|0\r\n: b\r\n\r\n|0\r\nA: b\n\r\n|0\r\nA: \x00\r\n\r\n|0\r\nA: \x01\r\n\r\n
0\r\nA: b\r\r\n\r\n|0\r\n\xe9: b\r\n\r\n|0\r\nContent-Length: 5\r\n\r\n|0\r\nTransfer-Encoding: chunked\r\n\r\n
0\r\nContent-Length: x\r\n\r\n|0\r\nTransfer-Encoding: gzip\r\n\r\n|0\r\nHost: b\r\n\r\n|0\r\nConnection: close\r\n\r\n
0\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n|0\r\nExpect: x\r\n\r\n|0\r\n\r\n\r\n|0\r\n\r\nGET /admin HTTP/1.1\r\nX: y
0\r\nGET / HTTP/1.1\r\n\r\n|0\r\nX: y\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n|00\r\n\r\n|-0\r\n\r\n|0x0\r\n\r\n|0 \r\n\r\n
0;\r\n\r\n|5\r\nhello\r\n+0\r\n\r\n|5\r\nhello\r\n;\r\n\r\n|3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\nG|2\r\nxx4c\r\n0\r\n\r\n
2;\nxx\r\n4c\r\n0\r\n\r\n|0\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n|0\r\nConnection: keep-alive\r\n\r\n
""")
EXPECTATIONS = listed(r"""
coffee|100-continue, 100-continue|100-continue, x|x, 100-continue||100|100-continue;a|"100-continue"|100-continue,
""")
LINE_ENDS = listed(r"\n|\r|\n\r|\r\r\n|\r\n\r\n|\x0b|\x85|\r\n ")
ENDS = listed(r"""
\n\r|\r|\r\r\n|\n|\r\n\x00| \r\n\r\n|\t\r\n\r\n|\n\n|\n\r\n|\r\n\n|\r\n\x00\r\n|\r\n\r\n\r|\r\n\r\n\r\n|\r\n\r\n\n|\r\n\r\n\x00
\r\n\r\n |\r\n\r\n\r\n\r\n
""")
SCRAPS = listed(r"""
\r|\n|\r\n\r\n|\r\n\r|\n\n| |\t|\x00|\x80|\xff|:|\r\n\r\n\r\n|G|\r\nG|GET|GET |GET /|GET / |GET / HTTP/1.1|GET / HTTP/1.1\r
GET / HTTP/1.1\r\n|
""")
EVIL = [
    *(sized(length) for length in LENGTHS),
    *(sized(length) + get() for length in LENGTHS[:8]),
    *(sized(*pair) for pair in itertools.product(["5", "05", "0", "6", "+5", ""], repeat=2)),
    sized("5", "5", "5"),
    *(coded(coding) for coding in CODINGS),
    *(coded(*pair) for pair in itertools.product(["chunked", "identity", "gzip", "", "x"], repeat=2)),
    *(coded(coding, version=version) for coding in ("chunked", "gzip", "identity") for version in ("1.0", "1.2")),
    # CL.TE and TE.CL: the two lengths disagree.
    *(post(*fields, body=body)
      for fields in itertools.permutations(["Content-Length: 6", "Transfer-Encoding: chunked"])
      for body in ("0\r\n\r\nG", "0\r\n\r\n" + SMUGGLED, "3\r\nabc\r\n0\r\n\r\n")),
    *(post(f"Content-Length: {length}", f"Transfer-Encoding: {coding}", body=body)
      for length in ("0", "5", "")
      for coding, body in (("chunked", "0\r\n\r\n"), ("identity", "hello"), ("", "hello"), ("gzip, chunked", "0\r\n\r\n"))),
    post("Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n", version="1.0"),
    # The Kelvin sign, which Unicode thinks a kind of K.
    raw("GET / HTTP/1.0", "Connection: \xe2\x84\xaaeep-alive"),
    # TE.TE: one Transfer-Encoding in disguise, alone, beside a length, and beside an honest one.
    *(post(*fields, line, body="0\r\n\r\n" + rest)
      for line in CODING_LINES
      for fields, rest in (([], ""), (["Content-Length: 6"], SMUGGLED), (["Transfer-Encoding: chunked"], ""))),
    # Requests in the body of a GET, declared and not.
    request("GET / HTTP/1.1", f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED),
    request("GET / HTTP/1.1", body=SMUGGLED),
    request("HEAD / HTTP/1.1", "Content-Length: 5", body="hello" + get()),
    *(chunked(size, "hello") for size in SIZES),
    *(chunked("5", "hello", size, "hello") for size in SIZES[:12]),
    *(coded("chunked", body=body) for body in CHUNK_BODIES),
    *(request(f"GET / {version}") for version in VERSIONS),
    *(request(f"POST / {version}", "Content-Length: 5", body="hello") for version in VERSIONS[:6]),
    *(with_hosts(f"GET {target} HTTP/1.{minor}", hosts)
      for hosts in HOST_LISTS
      for target, minor in (("/", 1), ("/", 0), ("http://a/", 1))),
    raw("GET / HTTP/1.1", "Host : a"),
    raw("GET / HTTP/1.2"),
    *(request(line) for line in REQUEST_LINES),
    *(get() + request(line) for line in REQUEST_LINES),
    *(request(f"GET {target} HTTP/1.1") for target in BAD_TARGETS),
    *(request(f"OPTIONS {target} HTTP/1.1") for target in ("**", "*?a", "/*", "a")),
    *(request(f"{method} * HTTP/1.1") for method in ("POST", "HEAD", "OPTION", "options")),
    *(request(f"CONNECT {target} HTTP/1.1") for target in ("a", "a:b", "/", "http://a/", "[::1]:443", "*")),
    *(get(line) for line in FIELD_LINES),
    *(raw("GET / HTTP/1.1", line, "Host: a") for line in FIELD_LINES),
    *(post(line, body="hello") for line in FIELD_LINES if "Length" in line),
    *(post(f"Expect: {value}", "Content-Length: 5", body="hello") for value in EXPECTATIONS),
    *(get(f"Expect: {value}") for value in EXPECTATIONS),
    post("Expect: 100-continue", "Expect: 100-continue", "Content-Length: 0"),
    *(request(f"{method} / HTTP/1.1", body=body) for method in ("POST", "PUT", "PATCH", "post") for body in ("", "hello", get())),
    raw("POST / HTTP/1.0"),
    *(text.replace("\r\n", end)
      for text in (get("X: y"), sized("5"), chunked("5;a", "hello", end="0\r\nA: b\r\n\r\n"))
      for end in LINE_ENDS),
    *(get()[:-4] + end for end in ENDS),
    *(first + end + get()
      for first in (get(), sized("5"), chunked("5", "hello"))
      for end in ("\r\n", "\r\n\r\n", "\n", "\r", "\0", " ")),
    *SCRAPS,
]  # fmt: skip

# Around and beyond what is read of one request.
LONG = [
    request("GET /" + "a" * 8_300 + " HTTP/1.1"),
    "A" * 8_300,
    "A" * 30 + " / HTTP/1.1\r\nHost: a\r\n\r\n",
    get("A: " + "b" * 33_000),
    get("A: " + "b" * 17_000)[:-4],
    *(get(*["A: b"] * count) for count in (99, 100, 300)),
    get(*[f"A: {'b' * 400}"] * 90),
    get("A" * 2_000 + ": b"),
    raw("GET / HTTP/1.1", "Host: " + "a" * 3_000),
    sized("0" * 2_000 + "5"),
    chunked("5;" + "a" * 2_000, "hello"),
    chunked("0" * 2_000 + "5", "hello"),
    chunked(*["1;" + "a" * 1_000, "x"] * 40),
    chunked("5", "hello", end="0\r\nA: " + "b" * 33_000 + "\r\n\r\n"),
]

# ---------------------------------------------------------------- mutations

SPICES = "\r\n\0 \t:,;-+\x7f\x80\xff"


def byte_mutations(text, position):
    """Every way of changing the byte at a position, and of putting another before it."""
    before, after = text[:position], text[position:]
    yield from (before + spice + after for spice in SPICES)
    if after:
        yield from (before + after[1:], before + after[0] + after)
        yield from (before + spice + after[1:] for spice in SPICES)


def line_mutations(text):
    """Lines left out, doubled and swapped, and the text cut off around their ends."""
    lines = text.split("\r\n")
    for index, line in enumerate(lines[:-1]):
        before, after = lines[:index], lines[index + 1 :]
        yield "\r\n".join(before + after)
        yield "\r\n".join([*before, line, line, *after])
        yield "\r\n".join([*before, *after[:1], line, *after[1:]])
        end = len("\r\n".join([*before, line]))
        yield from (text[:end], text[: end + 1], text[: end + 2], text[: end - len(line) // 2])


def every_byte(before, after):
    """All 256 bytes in one place."""
    return [before + chr(byte) + after for byte in range(256)]


PLACES = [
    every_byte("G", "T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    every_byte("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n"),
    every_byte("GET /?", " HTTP/1.1\r\nHost: a\r\n\r\n"),
    every_byte("GET http://a", "b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    every_byte("", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    every_byte("GET / HTTP/1.1\r\nHost: a", "b\r\n\r\n"),
    every_byte("GET / HTTP/1.1\r\nHost: a\r\nX", "Y: z\r\n\r\n"),
    every_byte("GET / HTTP/1.1\r\nHost: a\r\nX: y", "z\r\n\r\n"),
    *(every_byte(get("Transfer-Encoding: chunked") + before, after + "\r\n0\r\n\r\n")
      for before, after in (
          ("", "5\r\nhello"), ("5", "\r\nhello"), ("5;a", "b\r\nhello"), ('5;a="', '"\r\nhello'), ("5\r\nhello", ""))),
]  # fmt: skip


def all_requests():
    """Every request once, in the order in which they are made up."""
    handmade = [text for text in VALID + EVIL if len(text) < 250]
    yield from VALID + EVIL + LONG
    yield from itertools.chain(*PLACES)
    for text in (get(), sized("5"), chunked("5;x=y", "hello")):
        for position in range(max(0, len(text) - 30), len(text) + 1):
            yield from byte_mutations(text, position)
    for text in random.sample(VALID, 70):
        yield from line_mutations(text)
    for text in handmade:
        mutations = [mutant for position in range(len(text) + 1) for mutant in byte_mutations(text, position)]
        yield from random.sample(mutations, 2)


# ---------------------------------------------------------------- verdicts


class LLHTTPRecorder:
    """What httptools calls back with, as messages."""

    def __init__(self):
        self.parser = httptools.HttpRequestParser(self)
        self.messages = []
        self.is_inside = self.is_last = False

    def on_message_begin(self):
        self.is_inside = True
        self.target = self.body = b""
        self.count = 0
        self.fields = None

    def on_url(self, part):
        self.target += part

    def on_header(self, name, value):
        self.count += 1

    def on_headers_complete(self):
        self.method = self.parser.get_method()
        self.fields = self.count

    def on_body(self, part):
        self.body += part

    def on_message_complete(self):
        self.is_inside = False
        self.is_last = not self.parser.should_keep_alive()
        self.messages.append([text(self.method), text(self.target), self.fields, text(self.body)])


def text(data):
    return bytes(data).decode("latin-1")


def llhttp_verdict(pieces):
    recorder = LLHTTPRecorder()
    try:
        for piece in pieces:
            recorder.parser.feed_data(piece)
    except httptools.HttpParserUpgrade:
        return [recorder.messages, "upgraded"]
    except httptools.HttpParserError as error:
        return [recorder.messages, "rejected: " + str(error)]
    return [recorder.messages, "incomplete" if recorder.is_inside else "closed" if recorder.is_last else "open"]


def h11_verdict(data):
    connection = h11.Connection(h11.SERVER)
    messages = []
    if data:
        connection.receive_data(data)
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                message = [text(event.method), text(event.target), len(event.headers), ""]
            elif isinstance(event, h11.Data):
                message[3] += text(event.data)
            elif isinstance(event, h11.EndOfMessage):
                messages.append(message)
                # An answer has to be sent before h11 reads on. This one turns down every change of protocol.
                status = 501 if message[0] == "CONNECT" else 200
                connection.send(h11.Response(status_code=status, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is h11.DONE and connection.their_state is h11.DONE:
                    connection.start_next_cycle()
            else:
                assert event is h11.NEED_DATA
                is_between = connection.their_state is h11.IDLE and not connection.trailing_data[0]
                is_closed = connection.their_state in (h11.MUST_CLOSE, h11.CLOSED)
                return [messages, "open" if is_between else "closed" if is_closed else "incomplete"]
    except h11.RemoteProtocolError as error:
        # h11 quotes the bytes that it rejects.
        return [messages, "rejected: " + re.sub(r":? (b|bytearray\(b)['\"].*", "", str(error), flags=re.DOTALL)]


def main():
    lines = []
    for content in dict.fromkeys(all_requests()):
        data = content.encode("latin-1")
        whole = llhttp_verdict([data] if data else [])
        assert whole == llhttp_verdict([bytes([byte]) for byte in data]), content
        lines.append(json.dumps([content, whole, h11_verdict(data)], separators=(",", ":")))
    path = root / "Tests" / "Fixtures" / "http" / "requests.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(len(lines), "requests,", path.stat().st_size, "bytes")


main()
