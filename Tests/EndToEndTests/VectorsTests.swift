import Foundation
import Testing

/// Tables of word vectors from the command line.
@Suite struct VectorsTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    private func convert(_ content: String, _ name: String, _ arguments: String...) throws -> (
        status: Int32, output: Data, error: String
    ) {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return try run(
            ServerProcess.binary.path,
            ["vectors", "--from", "\(folder)/\(name)", "--out", "\(folder)/table.safetensors"] + arguments)
    }

    @Test func writesATableAndSaysWhatItLeftOut() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try convert("eng:$a 1 2\ndeu:b$ 3 4\neng:$a 5 6\n", "words.txt", "--dtype", "float16")
        #expect(result.status == 0 && result.error.contains("wrote \(folder)/table.safetensors: 2 words x 2"))
        let output = String(decoding: result.output, as: UTF8.self)
        #expect(output.contains("every key begins with a language") && output.contains("left out 1 row"))
        let table = try Data(contentsOf: URL(fileURLWithPath: folder + "/table.safetensors"))
        let header = try #require(JSONSerialization.jsonObject(with: table[8..<4_096]) as? [String: [String: Any]])
        #expect(header["vectors"]?["dtype"] as? String == "F16" && header["vectors"]?["shape"] as? [Int] == [2, 2])
        #expect(table.count > 4_096 && table[4_096..<4_104] == Data([0x00, 0x3C, 0x00, 0x40, 0x00, 0x42, 0x00, 0x44]))
    }

    @Test(arguments: [
        ("a 1 2\nb 3\n", "words.txt", "line 2: 1 numbers behind the word"), ("a 1\n", "words.model", "are read from"),
    ])
    func refusesWhatIsNone(content: String, name: String, problem: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try convert(content, name)
        #expect(result.status != 0 && result.error.contains(problem), "\(result.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
    }
}
