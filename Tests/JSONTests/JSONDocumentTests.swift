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
}
