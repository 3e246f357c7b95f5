import Testing

@testable import HTTPServer

@Suite struct AcceptEncodingTests {
    @Test(arguments: [
        // Absent and empty
        (nil, .identity), ("", .identity), (" ", .identity), (",", .identity),
        // Single codings, in any case
        ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip), ("deflate", .deflate), ("identity", .identity), ("br", .identity),
        ("*", .gzip),
        // Lists
        ("gzip, deflate, br, zstd", .gzip), ("deflate, gzip", .gzip), ("deflate,gzip", .gzip), ("br, deflate", .deflate),
        ("compress, gzip", .gzip), ("\tgzip ,\tdeflate ", .gzip), (",, gzip,", .gzip), ("identity, gzip", .gzip),
        // Weights
        ("gzip;q=0", .identity), ("gzip;q=0.000", .identity), ("gzip;q=0.001", .gzip), ("gzip;q=1.000", .gzip),
        ("gzip;q=1.", .gzip),
        ("gzip;q=0.", .identity), ("gzip ; q=0.5", .gzip), ("gzip;Q=0.5", .gzip), ("gzip;q=0.5, deflate", .deflate),
        ("gzip;q=0.5, deflate;q=0.6", .deflate), ("gzip;q=0.5, deflate;q=0.499", .gzip), ("deflate;q=0.3, gzip;q=0.3", .gzip),
        ("gzip;q=0, deflate;q=0.1", .deflate), ("deflate;q=0", .identity),
        // Identity has a weight only when it is mentioned
        ("gzip;q=0.5, identity;q=0.5", .gzip), ("gzip;q=0.5, identity;q=0.6", .identity), ("gzip;q=0.5, identity", .identity),
        ("gzip;q=0.1", .gzip), ("gzip;q=1.0, identity; q=0.5, *;q=0", .gzip), ("identity;q=0.5, *;q=0", .identity),
        // The wildcard stands for what is not named
        ("*;q=0.5", .gzip), ("gzip;q=0, *", .deflate), ("gzip;q=0.4, *;q=0.5", .deflate), ("gzip;q=0.6, *;q=0.5", .gzip),
        ("gzip;q=0.3, deflate;q=0.2, *;q=0.5", .identity), ("br, *;q=0.1", .gzip), ("gzip, *;q=0", .gzip),
        ("deflate, *;q=0", .deflate), ("gzip;q=0, deflate;q=0, *", .identity),
        // Nothing acceptable
        ("identity;q=0", nil), ("*;q=0", nil), ("br, *;q=0", nil), ("gzip;q=0, identity;q=0", nil), ("br, identity;q=0", nil),
        ("identity;q=0, gzip;q=0.001", .gzip), ("identity;q=0, *", .gzip),
        // What breaks the grammar compresses less
        ("gzip;q=", .identity), ("gzip;q=2", .identity), ("gzip;q=1.001", .identity), ("gzip;q=0.5555", .identity),
        ("gzip;q=.5", .identity), ("gzip;q=-1", .identity), ("gzip;q=+1", .identity), ("gzip;q=0,5", .identity),
        ("gzip;q=1e0", .identity), ("gzip;q=0.5x", .identity), ("gzip;q=0x1", .identity), ("gzip;q = 0.5", .identity),
        ("gzip;q= 0.5", .identity), ("gzip;", .identity), ("gzip;level=1", .identity), ("gzip;q=1;q=1", .identity),
        ("gzip;level=1;q=1", .identity), ("gzip;q=\"1\"", .identity), ("gzip deflate", .identity), ("gzip;q=x, *", .deflate),
        ("gzip;q=x, deflate", .deflate), ("*;q=x, gzip", .gzip), ("identity;q=x, gzip;q=0.1", .gzip), (";q=1", .identity),
        ("gzip;q=1.0000", .identity), ("gzip;q=٠.٥", .identity), ("gzip;q=1é", .identity),
        // What contradicts itself too
        ("gzip;q=0, gzip;q=1", .identity), ("gzip, gzip;q=0", .identity), ("gzip;q=0.9, x-gzip;q=0.1, deflate;q=0.5", .deflate),
        ("*, *;q=0", nil),
    ] as [(String?, ContentCoding?)])
    func negotiates(value: String?, coding: ContentCoding?) {
        #expect(AcceptEncoding.negotiate(value) == coding, "\(value ?? "absent")")
    }

    @Test func readsAnyWeight() {
        for gzip in 0...1000 {
            let text = gzip == 1000 ? "1.000" : "0." + String(String(1000 + gzip).dropFirst())
            let expected: ContentCoding = gzip >= 500 ? .gzip : .deflate
            #expect(AcceptEncoding.negotiate("deflate;q=0.5, gzip;q=\(text)") == expected, "\(text)")
        }
    }

    @Test func survivesAnything() {
        var generator = SeededGenerator(seed: 3)
        let alphabet = ["gzip", "deflate", "identity", "*", ";", "q=", "0", "1", ".", ",", " ", "5", "é", "x"]
        for _ in 0..<10_000 {
            let value = (0..<Int(generator.next() % 12)).map { _ in alphabet[Int(generator.next() % 14)] }.joined()
            _ = AcceptEncoding.negotiate(value)
            _ = ContentCoding(contentEncoding: value)
        }
    }
}
