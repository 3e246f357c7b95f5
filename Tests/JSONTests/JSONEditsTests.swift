import JSON
import Testing

@Suite struct JSONEditsTests {
    private func edit(_ text: String, _ change: (inout JSONEdits, JSONValue) -> Void) throws -> String {
        let document = try JSONDocument(parsing: Array(text.utf8))
        var edits = JSONEdits(document)
        change(&edits, document.root)
        return String(decoding: edits.edited(), as: UTF8.self)
    }

    @Test func replacesAValueAndNothingElse() throws {
        let edited = try edit("{ \"a\" : 1.50,\n\t\"b\":[1, 2 ] , \"c\": \"\\u00e9\" }\n") { edits, root in
            edits.set("b", of: root, to: Array("7".utf8))
        }
        #expect(edited == "{ \"a\" : 1.50,\n\t\"b\":7 , \"c\": \"\\u00e9\" }\n")
    }

    @Test func replacesStringsWithTheirQuotes() throws {
        #expect(try edit(#"{"a":"x\"y"}"#) { $0.set("a", of: $1, to: Array("null".utf8)) } == #"{"a":null}"#)
    }

    @Test func addsMembersSpacedAsTheLastIs() throws {
        let edited = try edit("{\n  \"a\": 1,\n  \"b\": {}\n}") { edits, root in
            edits.set("c", of: root, to: Array("2".utf8))
            edits.append([("d\"", Array("3".utf8))], to: root)
        }
        #expect(edited == "{\n  \"a\": 1,\n  \"b\": {},\n  \"c\": 2,\n  \"d\\\"\": 3\n}")
        #expect(try edit(#"{"a":1}"#) { $0.set("b", of: $1, to: Array("2".utf8)) } == #"{"a":1,"b":2}"#)
    }

    @Test func addsElements() throws {
        func append(_ text: String) throws -> String {
            try edit(text) { edits, root in
                edits.append([Array("8".utf8), Array("9".utf8)], to: root)
            }
        }
        #expect(try append("[1, 2]") == "[1, 2, 8, 9]")
        #expect(try append("[]") == "[8,9]")
        #expect(try append("[\n  {\"a\": 1}\n]") == "[\n  {\"a\": 1},\n  8,\n  9\n]")
        #expect(try append("{}") == "{}")
    }

    @Test func addsToNestedContainersWithoutChildren() throws {
        let edited = try edit(#"{"a":{},"b":[]}"#) { edits, root in
            guard let object = root["a"], let array = root["b"] else { return }
            edits.append([Array("1".utf8)], to: array)
            edits.append([("x", Array("1".utf8))], to: object)
            edits.append([("y", Array("2".utf8))], to: object)
        }
        #expect(edited == #"{"a":{"x": 1,"y": 2},"b":[1]}"#)
    }
}
