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

    @Test func hasNoNumberForNaN() {
        var writer = JSONWriter()
        writer.array {
            $0.number(Float.nan)
            $0.number(Double.infinity)
        }
        #expect(writer.bytes == Array("[null,null]".utf8))
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
