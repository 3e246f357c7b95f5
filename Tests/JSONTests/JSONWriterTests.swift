import Foundation
import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func writesNestedValues() throws {
        var writer = JSONWriter()
        writer.object { body in
            body.key("list")
            body.array {
                $0.number(1)
                $0.array { _ in }
                $0.object { _ in }
                $0.null()
                $0.boolean(true)
            }
            body.key("text")
            body.string("quote \" backslash \\ newline \n bell \u{7} é 😀")
        }
        let expected = #"{"list":[1,[],{},null,true],"text":"quote \" backslash \\ newline \n bell \u0007 é 😀"}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func writesFloatsThatReadBackToTheSameBits() throws {
        var generator = SystemRandomNumberGenerator()
        var values: [Float] = [0, -0.0, 1, -1, 0.1, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 16_777_216, 1e10]
        while values.count < 20_000 {
            let value = Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator))
            if value.isFinite { values.append(value) }
        }
        var writer = JSONWriter()
        writer.array { for value in values { $0.number(value) } }
        // Foundation's reader is the independent judge of the numbers' syntax and value.
        let read = try #require(try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [NSNumber])
        #expect(zip(read, values).allSatisfy { Float($0.doubleValue).bitPattern == $1.bitPattern || $1 == 0 })
        let own = try JSONDocument(parsing: writer.bytes).root.elements.map { Float($0.sourceText)?.bitPattern }
        #expect(own == values.map(\.bitPattern))
    }

    /// Whichever form is shortest; a plain decimal if the other is no shorter.
    @Test(arguments: [
        (0, "0"), (-0.0, "-0.0"), (1, "1"), (-1.5, "-1.5"), (10, "10"), (100, "100"), (1_000, "1e3"), (123_400, "123400"),
        (0.1, "0.1"), (0.05, "0.05"), (0.001, "1e-3"), (0.0123, "0.0123"), (0.00123, "123e-5"), (16_777_216, "16777216"),
        (-0.03125, "-0.03125"), (1e-10, "1e-10"), (3.402_823_5e38, "34028235e31"), (.leastNonzeroMagnitude, "1e-45"), (.leastNonzeroMagnitude * 10, "14e-45"),
        (123.456, "123.456"), (0.012_345_678, "0.012345678"), (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
    ] as [(Float, String)])
    func writesTheShortestNumber(value: Float, text: String) {
        var writer = JSONWriter()
        writer.number(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }

    @Test func writesRowsAsItWritesNumbers() {
        let empty: [Float] = []
        let row: [Float] = [0.5, -0.0, .nan, 3e-9, -1.234_567_9e-38, 42]
        var whole = JSONWriter()
        var single = JSONWriter()
        whole.array {
            $0.numbers(row.span)
            $0.numbers(empty.span)
            $0.number(1)
        }
        single.array {
            $0.array { for value in row { $0.number(value) } }
            $0.array { _ in }
            $0.number(1)
        }
        #expect(whole.bytes == single.bytes)
    }

    @Test func hasNoNumberForNaN() {
        var writer = JSONWriter()
        writer.array {
            $0.number(Float.nan)
            $0.number(Double.infinity)
        }
        #expect(writer.bytes == Array("[null,null]".utf8))
    }

    /// Every byte that a string cannot hold as it is, at every place in a word of eight, against Foundation's reader.
    @Test func escapesWhereverItMust() throws {
        let texts = (0..<0x80).flatMap { byte in
            (0..<20).map { String(repeating: "é", count: $0) + String(Unicode.Scalar(UInt8(byte))) + "0123456789\u{7F}" }
        }
        var writer = JSONWriter()
        writer.array { for text in texts { $0.string(text) } }
        #expect(try JSONDecoder().decode([String].self, from: Data(writer.bytes)) == texts)
        var again = JSONWriter()
        again.array { for text in texts { $0.string(bytes: Array(text.utf8)) } }
        #expect(again.bytes == writer.bytes)
    }

    @Test func handsOverWhatIsWrittenSoFar() {
        var writer = JSONWriter(reservingCapacity: 1_000)
        var parts: [[UInt8]] = []
        writer.object { body in
            body.key("rows")
            body.array { rows in
                for number in 0..<3 {
                    rows.number(number)
                    parts.append(rows.takeBytes())
                    #expect(rows.bytes.isEmpty && rows.bytes.capacity >= 1_000)
                }
            }
            parts.append(body.takeBytes())
            body.key("count")
            body.number(3)
        }
        parts.append(writer.takeBytes())
        #expect(parts.map { String(decoding: $0, as: UTF8.self) } == [#"{"rows":[0"#, ",1", ",2", "]", #","count":3}"#])
        #expect(writer.takeBytes().isEmpty)
    }

    @Test func replacesIllFormedBytes() {
        var writer = JSONWriter()
        writer.string(bytes: [0x61, 0xFF, 0x62])
        #expect(writer.bytes == Array("\"a\u{FFFD}b\"".utf8))
    }

    /// RFC 4648 section 10, and every length against Foundation.
    @Test func writesBase64() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")] {
            #expect(base64(Array(text.utf8)) == "[\"\(expected)\",1]")
        }
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
            #expect(base64(bytes) == "[\"\(Data(bytes).base64EncodedString())\",1]")
        }
    }

    private func base64(_ bytes: [UInt8]) -> String {
        var writer = JSONWriter()
        writer.array { array in
            array.base64(bytes.span.bytes)
            array.number(1)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
