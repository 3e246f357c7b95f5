import Foundation
import JSON
import Tensors
import Testing

@Suite struct WordVectorsTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private struct Expected {
        let root: JSONValue
        let words: [String]

        init() throws {
            let document = try JSONDocument(
                parsing: Array(Data(contentsOf: URL(fileURLWithPath: fixture("word-vectors/expected.json")))))
            root = document.root
            words = try #require(root["words"]).elements.compactMap(\.string)
        }

        func bits(_ name: String) throws -> [UInt32] {
            let data = try #require(root[name]?.string.flatMap { Data(base64Encoded: $0) })
            return data.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 4).map {
                    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
                }
            }
        }
    }

    private func file(_ content: some Sequence<UInt8>, _ ending: String) throws -> String {
        let path = scratch.newPath() + ending
        try Data(content).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Bit for bit what gensim reads, from every format, by word and by id, through the written table and directly.
    @Test(arguments: [
        ("words.vec", "vec"), ("words.bin", "bin"), ("original.bin", "original"), ("glove.txt", "glove"),
        ("fasttext.vec", "fasttext"),
        ("words.kv", "vec"),
    ])
    func readsWhatGensimReads(name: String, expected: String) throws {
        let reference = try Expected()
        let path = fixture("word-vectors/\(name)")
        let table = scratch.newPath() + ".safetensors"
        let summary = try WordVectorTableWriter.write(WordVectorFile.open(path), to: table)
        #expect(summary.words == reference.words.count && summary.dimension == 6 && summary.duplicates == 0)
        #expect(summary.shape == .plain)
        for vectors in [try WordVectors(table: table), try WordVectors(path: path)] {
            #expect(vectors.count == reference.words.count && vectors.dimension == 6)
            for (id, word) in reference.words.enumerated() {
                #expect(Array(vectors.word(id).utf8) == Array(word.utf8))
                #expect(vectors.id(of: word) == id)
            }
            #expect(vectors.id(of: "bananas and") == nil && vectors.id(of: "") == nil)
            #expect(try vectors.vectors.floats().map(\.bitPattern) == reference.bits(expected))
        }
        #expect(try draftsAndTable(table) == [URL(fileURLWithPath: table).lastPathComponent])
    }

    /// What there is under the table's name and names that begin with it.
    private func draftsAndTable(_ table: String) throws -> [String] {
        let url = URL(fileURLWithPath: table)
        return try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)
            .filter { $0.hasPrefix(url.lastPathComponent) }
    }

    @Test func keepsHalfPrecision() throws {
        let path = try file("a 0.1 -2\nb 65504 1e-8\n".utf8, ".txt")
        let table = scratch.newPath() + ".safetensors"
        _ = try WordVectorTableWriter.write(WordVectorFile.open(path), to: table, as: .float16)
        let vectors = try WordVectors(table: table)
        #expect(vectors.vectors.type == .float16)
        #expect(try vectors.vectors.floats() == [0.0999755859375, -2, 65504, 0])
        let large = try file("a 0.1\nb 65520\n".utf8, ".txt")
        #expect(throws: TensorFileError.notFinite(key: "vectors", file: large, row: 1, type: .float16)) {
            _ = try WordVectorTableWriter.write(WordVectorFile.open(large), to: table, as: .float16)
        }
        // What stood there still does.
        #expect(try WordVectors(table: table).count == 2)
        #expect(try draftsAndTable(table) == [URL(fileURLWithPath: table).lastPathComponent])
    }

    @Test func keepsTheFirstOfEqualWords() throws {
        let path = try file("4 1\na 1\nb 2\na 3\na 4\n".utf8, ".vec")
        let table = scratch.newPath() + ".safetensors"
        let summary = try WordVectorTableWriter.write(WordVectorFile.open(path), to: table)
        #expect(summary.words == 2 && summary.dimension == 1 && summary.duplicates == 2)
        #expect(try WordVectors(table: table).vectors.floats() == [1, 2])
    }

    /// GloVe's largest files have words with spaces; a file may end without a line feed, or with lines of Windows.
    @Test func readsOddLines() throws {
        let spaced = try WordVectors(path: file("to 1 2\r\nat name@domain 3 4\r\n. . 5 6".utf8, ".txt"))
        #expect((0..<3).map(spaced.word) == ["to", "at name@domain", ". ."])
        #expect(try spaced.vectors.floats() == [1, 2, 3, 4, 5, 6])
        let zero = try WordVectors(path: file("1 2\n1 +5 -.5e1\n".utf8, ".vec"))
        #expect(try zero.word(0) == "1" && zero.vectors.floats() == [5, -5])
    }

    /// The nearest float32, also where the nearest double lies between two.
    @Test(arguments: [
        "0.1", "16777217", "16777219", "1.00000017881393432617187499", "1.00000017881393432617187500",
        "1.000000178813934326171875000001",
        "3.4028235e38", "1.17549435e-38", "1e-45", "7e-46", "-1e-50", "0.000000000000000000000000000000000000001",
        "123456789012345678901",
        "1.", ".5", "5e+2", "9007199254740993", "8.589973e9", "0.3333333432674407958984375",
    ])
    func readsTheNearestNumber(text: String) throws {
        let vectors = try WordVectors(path: file("a \(text)\n".utf8, ".txt"))
        #expect(
            try vectors.vectors.floats().map(\.bitPattern) == [
                try #require(Float(text.hasPrefix(".") ? "0" + text : text)).bitPattern
            ])
    }

    @Test func readsRandomNumbersExactly() throws {
        var random = SystemRandomNumberGenerator()
        let numbers = (0..<20_000).map { _ -> String in
            let float = Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random))
            return Bool.random() ? "\(float)" : "\(Double(float) * 1.00000003)"
        }
        let content = numbers.enumerated().map { "w\($0.offset) \($0.element)\n" }.joined()
        let read = try WordVectors(path: file(content.utf8, ".txt")).vectors.floats()
        for (number, value) in zip(numbers, read) { #expect(Float(number)?.bitPattern == value.bitPattern, "\(number)") }
    }

    @Test(arguments: [
        ("", "line 1: neither", 0), ("word\n", "line 1: neither", 0),
        ("3 2\na 1 2\nb 1 2\n", "ends after 2 words of the 3", 16),
        ("1 2\na 1 2\nb 1 2\n", "line 3: more words than the 1", 10), ("2 2\na 1 2\nb 1\n", "line 3: 1 numbers behind", 10),
        ("a 1 2\nb 1 2 3\n", "line 2: more than 2 numbers", 8), ("a 1 2\nb 1 nan\n", "line 2: number 2 is \"nan\"", 10),
        ("a 1 2\nb inf 1\n", "line 2: number 1 is \"inf\"", 8), ("a 1 2\nb 1e39 1\n", "line 2: number 1 is \"1e39\"", 8),
        ("a 1 2\nb 0x1 1\n", "line 2: number 1 is \"0x1\"", 8), ("a 1 2\nb 1-2 1\n", "number 1 is \"1-2\"", 8),
        ("a 1 2\nb 1e 1\n", "number 1 is \"1e\"", 8), ("a 1 2\n\nb 1 2\n", "line 2: 0 numbers", 6),
        ("a 1 2\n 1 2\n", "line 2: 1 numbers", 6),
        ("0 2\n", "no words", 0), ("1152921504606846976 2\na 1 2\n", "do not fit", 0),
        ("2 1152921504606846976\na 1 2\n", "do not fit", 0),
        ("a 1 2\nb\u{0} 1 2\n", "word 2 has a zero byte", 6), ("a 1 2\nb 1  2\n", "number 1 is \"\"", 10),
    ])
    func refusesTextThatIsNot(content: String, problem: String, byte: Int) throws {
        try expectMalformed(file(content.utf8, ".txt"), problem, byte)
    }

    @Test func refusesWordsThatAreNotUTF8() throws {
        try expectMalformed(file(Array("a 1\n".utf8) + [0xC3, 0x28] + Array(" 1\n".utf8), ".txt"), "word 2 is not UTF-8", 4)
        try expectMalformed(file(Array("1 1\n".utf8) + [0xFF, 0x20, 0, 0, 0, 0], ".bin"), "word 1 is not UTF-8", 4)
    }

    @Test(
        arguments: [
            ([], "no line with", 0), (Array("2 1".utf8), "no line with", 0), (Array("2\n".utf8), "not two numbers", 0),
            (Array("-2 1\n".utf8), "not two numbers", 0), (Array("1 0\n".utf8), "not two numbers", 0),
            (Array("1152921504606846976 200\n".utf8), "do not fit", 0),
            (Array("9223372036854775807 9223372036854775807\n".utf8), "do not fit", 0),
            (Array("1 1\n".utf8) + [97, 32, 0, 0], "ends within word 1", 8),
            (Array("1 1\n".utf8) + [97, 98, 99, 100, 101, 102], "has no end", 4),
            (Array("1 1\n".utf8) + [97, 98, 99, 32, 0, 0], "ends within word 1", 10),
            (Array("1 1\n".utf8) + [97, 32, 0, 0, 0xC0, 0x7F], "number 1 of word 1 is not finite", 6),
            (Array("1 1\n".utf8) + [97, 32, 0, 0, 0, 0, 9], "more bytes", 10),
            (Array("1 1\n".utf8) + [32, 0, 0, 0, 0], "word 1 is empty", 4),
            ([0xBA, 0x16, 0x4F, 0x2F, 12, 0, 0, 0], "fastText model", 0),
        ] as [([UInt8], String, Int)])
    func refusesBinariesThatAreNot(content: [UInt8], problem: String, byte: Int) throws {
        try expectMalformed(file(content, ".bin"), problem, byte)
    }

    private func expectMalformed(_ path: String, _ wanted: String, _ byte: Int) throws {
        do throws(TensorFileError) {
            _ = try WordVectors(path: path)
            Issue.record("no error: \(wanted)")
        } catch {
            guard case .malformed(let file, let problem, let byteOffset) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(file == path && problem.contains(wanted) && byteOffset == byte, "\(error)")
        }
    }

    /// Whatever bytes of a table are changed or cut off: an error, or answers; never a trap.
    @Test func survivesChangedTables() throws {
        let table = scratch.newPath() + ".safetensors"
        _ = try WordVectorTableWriter.write(WordVectorFile.open(fixture("word-vectors/words.vec")), to: table)
        let content = try Array(Data(contentsOf: URL(fileURLWithPath: table)))
        var random = SystemRandomNumberGenerator()
        var loaded = 0
        for round in 0..<300 {
            var changed = content
            if round % 10 == 0 {
                changed.removeLast(Int.random(in: 1..<changed.count, using: &random))
            } else {
                let start = round % 3 == 0 ? 8 : 4_096 + 191 * 24
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let byte = Int.random(in: start..<(round % 3 == 0 ? 1_000 : changed.count), using: &random)
                    changed[byte] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let path = try file(changed, ".safetensors")
            defer { try? FileManager.default.removeItem(atPath: path) }
            guard let vectors = try? WordVectors(table: path) else { continue }
            loaded += 1
            for text in ["e", "ing", "дом", "house", "a"] {
                for place in [WordPattern.Place.beginning, .inside, .anywhere] {
                    let ids = vectors.words(matching: [WordPattern(Array(text.utf8), at: place)], limit: 256)
                    #expect(ids.allSatisfy { $0 < vectors.count } && zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
                }
                _ = vectors.id(of: text)
            }
        }
        #expect(loaded > 30)
    }

    /// Offsets that go back, overlap, cut characters or end elsewhere.
    @Test(
        arguments: [[0, 2, 1, 3], [0, 0, 1, 3], [0, 1, 2, 4], [1, 2, 3, 3], [0, 1, 3, 2], [0, 1, 4_294_967_295, 3]]
            as [[UInt32]])
    func refusesOffsetsThatCutNoWords(offsets: [UInt32]) throws {
        let table = scratch.newPath() + ".safetensors"
        _ = try WordVectorTableWriter.write(WordVectorFile.open(file("a 1\nb 2\nc 3\n".utf8, ".txt")), to: table)
        var content = try Array(Data(contentsOf: URL(fileURLWithPath: table)))
        let start = 4_096 + 12 + 3
        content.replaceSubrange(start..<start + 16, with: offsets.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
        let path = try file(content, ".safetensors")
        #expect(throws: TensorFileError.self) { _ = try WordVectors(table: path) }
    }

    @Test func refusesOtherFiles() throws {
        #expect(throws: TensorFileError.self) { _ = try WordVectors(path: file([1, 2, 3], ".model")) }
        #expect(throws: TensorFileError.self) { _ = try WordVectors(path: scratch.newPath() + ".txt") }
        #expect(throws: TensorFileError.missingTensor(key: "vectors", file: fixture("safetensors/single/model.safetensors"))) {
            _ = try WordVectors(path: fixture("safetensors/single/model.safetensors"))
        }
    }

    @Test func findsTheEndsOfWords() throws {
        let vectors = try WordVectors(path: file("cat 1\nscat 2\ncats 3\nc 4\n".utf8, ".txt"))
        func find(_ text: String, _ place: WordPattern.Place, _ end: WordPattern.End) -> [Int] {
            vectors.words(matching: [WordPattern(Array(text.utf8), at: place, end: end)], limit: 256)
        }
        #expect(find("cat", .anywhere, .atEnd) == [0, 1] && find("cat", .anywhere, .beforeEnd) == [2])
        #expect(
            find("c", .beginning, .atEnd) == [3] && find("c", .inside, .beforeEnd) == [1]
                && find("c", .anywhere, .anywhere) == [0, 1, 2, 3])
        #expect(vectors.words(matching: [WordPattern(Array("c".utf8), at: .anywhere)], limit: 2) == [0, 1])
    }
}
