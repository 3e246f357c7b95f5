import Foundation
@testable import JSON
import Testing

@Suite struct JSONDocumentTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONDocument(parsing: Array(text.utf8)).root }

    private func problem(_ bytes: [UInt8]) -> JSONSyntaxError? {
        do {
            _ = try JSONDocument(parsing: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let root = try parse(#" {"a": [1, -2.5e3, true, false, null], "b": {"c": "text"}, "d": 1e19} "#)
        #expect(root.kind == .object)
        let elements = Array(try #require(root["a"]).elements)
        #expect(elements.map(\.kind) == [.number, .number, .boolean, .boolean, .null])
        #expect(elements[0].integer == 1)
        #expect(elements[1].double == -2500)
        #expect(elements[1].integer == nil)
        #expect(elements[2].boolean == true && elements[3].boolean == false && elements[4].isNull)
        #expect(root["b"]?["c"]?.string == "text")
        #expect(root["d"]?.integer == nil && root["d"]?.double == 1e19)
        #expect(root["e"] == nil)
        #expect(root.count == 3 && root["a"]?.count == 5)
    }

    @Test func resolvesEscapes() throws {
        let value = try parse(#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000""#)
        #expect(value.utf8 == Array("\"\\/\u{8}\u{c}\n\r\tA\u{e9}\u{1F600}\0".utf8))
    }

    @Test func keepsCanonicallyEquivalentKeysApart() throws {
        let root = try parse("{\"\u{e9}\": 1, \"e\u{301}\": 2, \"a\": 3, \"a\": 4}")
        #expect(root.members.map(\.key.utf8) == ["\u{e9}", "e\u{301}", "a", "a"].map { Array($0.utf8) })
        #expect(root["\u{e9}"]?.integer == 1)
        #expect(root["e\u{301}"]?.integer == 2)
        #expect(root["a"]?.integer == 4)
    }

    @Test func pointsToValues() throws {
        let root = try parse(#"{"a/b": [0, {"m~n": [10, 20]}], "": 1}"#)
        let outer = try #require(root["a/b"])
        let inner = try #require(Array(outer.elements)[1]["m~n"])
        #expect(root.pointer == "")
        #expect(Array(inner.elements)[1].pointer == "/a~1b/1/m~0n/1")
        #expect(root[""]?.pointer == "/")
    }

    @Test(arguments: [
        ("", JSONSyntaxError.Problem.unexpectedEnd, 0), ("[1,]", .unexpectedByte(UInt8(ascii: "]")), 3),
        ("{\"a\" 1}", .unexpectedByte(UInt8(ascii: "1")), 5), ("{a: 1}", .unexpectedByte(UInt8(ascii: "a")), 1),
        ("[1] 2", .trailingContent, 4), ("01", .trailingContent, 1), ("-", .invalidNumber, 0), ("1.", .invalidNumber, 0),
        ("[+1]", .unexpectedByte(UInt8(ascii: "+")), 1), (".5", .unexpectedByte(UInt8(ascii: ".")), 0),
        ("1e", .invalidNumber, 0), ("NaN", .unexpectedByte(UInt8(ascii: "N")), 0), ("tru", .unexpectedEnd, 3),
        ("\"abc", .unexpectedEnd, 4), ("\"a\u{1}\"", .controlCharacterInString(1), 2), (#""\x""#, .invalidEscape, 1),
        (#""\u12g4""#, .invalidEscape, 5), (#""\ud800""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1),
        (#""\ud800\u0041""#, .loneSurrogate, 1), ("[\"a\" \"b\"]", .unexpectedByte(UInt8(ascii: "\"")), 5),
    ] as [(String, JSONSyntaxError.Problem, Int)])
    func refuses(text: String, expected: JSONSyntaxError.Problem, offset: Int) {
        #expect(problem(Array(text.utf8)) == JSONSyntaxError(problem: expected, byteOffset: offset))
    }

    @Test func refusesInvalidUTF8() {
        #expect(problem([0x22, 0x61, 0xC3, 0x28, 0x22]) == JSONSyntaxError(problem: .invalidUTF8, byteOffset: 2))
        #expect(problem([0x22, 0xED, 0xA0, 0x80, 0x22])?.problem == .invalidUTF8)
    }

    @Test func boundsTheDepth() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try parse(deepest).kind == .array)
        #expect(problem(Array(repeating: UInt8(ascii: "["), count: 100_000))?.problem == .tooDeep(maximumDepth: 64))
    }

    /// Every prefix of a text is refused, and no prefix crashes the parser.
    @Test func refusesEveryPrefix() {
        let text = Array(#"{"key": [1.5e-3, "é\u00e9\ud83d\ude00", true, null, {"x": {}}]}"#.utf8)
        for length in 0..<text.count { #expect(problem(Array(text[..<length])) != nil) }
        #expect(problem(text) == nil)
    }

    @Test func countsWhatIsInside() throws {
        let root = try parse(#" [ ] "#)
        #expect(root.count == 0 && root.elements.map(\.kind) == [])
        let nested = try parse(#"[{}, [[], [1, 2]], {"a": {"b": 1, "c": [1, 2, 3]}, "a": 2}, "x", 3]"#)
        #expect(nested.count == 5)
        #expect(nested.elements.map(\.count) == [0, 2, 2, 0, 0])
        #expect(nested.elements.map(\.sourceText) == [
            "{}", "[[], [1, 2]]", #"{"a": {"b": 1, "c": [1, 2, 3]}, "a": 2}"#, "\"x\"", "3",
        ])
    }

    @Test func comparesStringsByTheirBytes() throws {
        let strings = Array(try parse(#"["token", "tok\u0065n", "tokens", "", "\u00e9", "e\u0301", 1]"#).elements)
        #expect(strings.map { $0.isString("token") } == [true, true, false, false, false, false, false])
        #expect(strings.map { $0.isString("") } == [false, false, false, true, false, false, false])
        #expect(strings.map { $0.isString("é") } == [false, false, false, false, true, false, false])
    }

    @Test(arguments: [
        (#"{}"#, true), (#"{"a": {"x": 1}}"#, true), (#"{"b": [1, {"x": 2}], "a": 0}"#, true), (#"{"\u0061": 1}"#, true),
        (#"{"a": 1, "a": 1}"#, false), (#"{"a": 1, "\u0061": 1}"#, false), (#"{"a": 1, "c": 1}"#, false), (#"{"": 1}"#, false),
        (#"["a"]"#, false), (#""a""#, false),
    ])
    func knowsWhetherAnObjectHasOnlyTheseMembers(text: String, expected: Bool) throws {
        #expect(try parse(text).hasOnlyMembers(["a", "b"]) == expected)
    }

    /// Strings are searched eight bytes at a time: whatever ends one must be found at every place of a word.
    @Test func findsWhatEndsAStringAtEveryPlace() throws {
        for filler in ["a", "\u{7F}", "é", "€"] {
            for length in 0..<20 {
                let text = String(repeating: filler, count: length)
                let quoted = Array("\"\(text)\"".utf8)
                #expect(try JSONDocument(parsing: quoted).root.string == text)
                #expect(try JSONDocument(parsing: quoted + Array("         ".utf8)).root.string == text)
                #expect(try parse("[\"\(text)\\n\(text)\"]").elements.map(\.string) == ["\(text)\n\(text)"])
                for control in UInt8(0)..<0x20 {
                    let bytes = quoted.dropLast() + [control] + Array("rest of it\"".utf8)
                    let offset = 1 + text.utf8.count
                    #expect(problem(bytes) == JSONSyntaxError(problem: .controlCharacterInString(control), byteOffset: offset))
                }
            }
        }
    }

    /// Foundation writes, this reads.
    @Test func readsWhatFoundationWrites() throws {
        let scalars = Array(0..<0xD800) + Array(0xE000..<0x11_0000)
        let strings = (0..<2_000).map { _ in
            (0..<Int.random(in: 0...12)).reduce(into: "") { string, _ in
                let limit = [0x80, 0x800, 0x1_0000, scalars.count].randomElement() ?? 0x80
                string.unicodeScalars.append(Unicode.Scalar(UInt32(scalars[Int.random(in: 0..<min(limit, scalars.count))])) ?? "?")
            }
        }
        let encoder = JSONEncoder()
        for formatting in [[], JSONEncoder.OutputFormatting.prettyPrinted] {
            encoder.outputFormatting = formatting
            let root = try JSONDocument(parsing: Array(encoder.encode(["strings": strings]))).root
            let read = try #require(root["strings"])
            #expect(read.count == strings.count)
            // Canonical equivalence is not enough.
            #expect(read.elements.map(\.utf8) == strings.map { Array($0.utf8) })
            #expect(read.elements.map(\.string) == strings)
        }
    }

    @Test func readsLongTokensAndNumbers() throws {
        let token = String(repeating: "0123456789abcde\u{e9}", count: 4_096)
        #expect(try parse("[\"\(token)\"]").elements.map(\.string) == [token])
        let digits = String(repeating: "9", count: 400)
        let numbers = Array(try parse("[1e999, -1e999, \(digits), 1e-999, 9223372036854775808, -9223372036854775808]").elements)
        #expect(numbers.map(\.double) == [nil, nil, nil, 0, 9.223372036854775808e18, -9.223372036854775808e18])
        #expect(numbers.map(\.integer) == [nil, nil, nil, nil, nil, .min])
        #expect(numbers[2].sourceText == digits)
    }

    @Test func refusesWhitespaceInsideOfTokens() {
        for text in ["tr ue", "1 2", "- 1", "1 .5", "1. 5", "1e 5", #""\ n""#, #""\u 0041""#, #""\u00 41""#, #""\ud83d \ude00""#] {
            #expect(problem(Array(text.utf8)) != nil, "\(text)")
        }
    }

    @Test func refusesTruncatedContainers() {
        for text in ["[", "{", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "\"\\", "\"\\u12", "\"\\ud800\\"] {
            #expect(problem(Array(text.utf8)) == JSONSyntaxError(problem: text.hasSuffix("0\\") ? .loneSurrogate : .unexpectedEnd,
                byteOffset: text.hasSuffix("0\\") ? 1 : text.utf8.count), "\(text)")
        }
        for text in ["{\"a\":1,}", "{,}", "[,]", "[1 2]", "[}", "{]", "]", "{\"a\":}", "{1:2}", "[1}}"] {
            #expect(problem(Array(text.utf8)) != nil, "\(text)")
        }
    }

    /// A text of commas would otherwise take five times its length, and one of brackets ten times.
    @Test func memoryIsBounded() {
        let text = Array("[".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: 1) + Array(repeating: Array(",0".utf8), count: 1 << 24).joined()
        #expect(throws: JSONSyntaxError(problem: .tooManyValues, byteOffset: 1 + 2 * (1 << 24 - 2))) { try JSONDocument(parsing: text) }
    }
}
