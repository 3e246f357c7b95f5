import ArgumentParser
import EmbeddingAPI
import Foundation
import Generation
import JSON

/// Times the JSON that large requests and answers are made of, beside Foundation's coders with the same values.
struct BenchJSON: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "json",
        abstract: "JSON: MB/s of rows written and of request bodies read, one thread, beside Foundation.",
        discussion: """
            Bodies are read from bytes to checked tokens, as the service does it. Their tokens are the default model's \
            byte-level vocabulary over and over, as a list of strings, as a list of objects, and both in ASCII as Python's \
            json writes them: with \\u escapes.
            """)

    @Option(help: "Seconds to spend on each figure.")
    var seconds = 1.0

    @Option(help: "Tokens of a body.")
    var tokens = 100_000

    @Option(help: "Rows of 384 numbers that are written.")
    var rows = 1_000

    func validate() throws {
        guard tokens > 0, rows > 0 else { throw ValidationError("--tokens and --rows take a positive number.") }
    }

    func run() throws {
        print("                         MB      MB/s  Foundation     ratio")
        try benchRows()
        let vocabulary = try vocabulary()
        let tokens = (0..<tokens).map { vocabulary[$0 % vocabulary.count] }
        let strings = body { list in for token in tokens { list.string(token) } }
        let objects = body { list in
            for token in tokens {
                list.object {
                    $0.member("token", token)
                    $0.member("form", "byte_level")
                }
            }
        }
        try benchReading("read strings", strings, TokenList<String>.self)
        try benchReading("read escaped strings", escaped(strings), TokenList<String>.self)
        try benchReading("read objects", objects, TokenList<Token>.self)
        try benchReading("read escaped objects", escaped(objects), TokenList<Token>.self)
    }

    private func benchRows() throws {
        let values = (0..<rows).map { _ in (0..<384).map { _ in normal() } }
        var writer = JSONWriter()
        let own = bestRate(seconds: seconds) {
            writer = JSONWriter(reservingCapacity: writer.bytes.count)
            writer.array { for row in values { $0.numbers(row.span) } }
            return Double(writer.bytes.count)
        }
        let foundation = try bestRate(seconds: seconds) { Double(try JSONEncoder().encode(values).count) }
        report("write rows", writer.bytes.count, own, foundation)
    }

    private func benchReading(_ name: String, _ body: [UInt8], _ type: (some Decodable).Type) throws {
        var limits = RequestLimits()
        limits.maximumTokens = tokens
        let own = try bestRate(seconds: seconds) {
            guard try TokenEmbeddingsRequest(body: body, limits: limits).tokens.count == tokens else { return 0 }
            return Double(body.count)
        }
        let data = Data(body)
        let foundation = try bestRate(seconds: seconds) {
            _ = try JSONDecoder().decode(type, from: data)
            return Double(body.count)
        }
        report(name, body.count, own, foundation)
    }

    private func report(_ name: String, _ byteCount: Int, _ own: Double, _ foundation: Double) {
        let figures = [Double(byteCount) / 1e6, own * 1e3, foundation * 1e3, own / foundation]
        let widths = [7, 10, 12, 10]
        let cells = zip(figures, widths).map { $0.rounded(toDigits: 1).rightAligned($1) }
        print(name.padding(toLength: 20, withPad: " ", startingAt: 0) + cells.joined())
    }

    private struct TokenList<Element: Decodable>: Decodable { var tokens: [Element] }

    private struct Token: Decodable {
        var token: String
        var form: String
    }

    private func body(_ writeTokens: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.key("tokens")
            $0.array(writeTokens)
        }
        return writer.bytes
    }

    private func escaped(_ body: [UInt8]) -> [UInt8] {
        String(decoding: body, as: UTF8.self).utf16.flatMap { unit in
            unit < 0x80 ? [UInt8(unit)] : Array(String(format: "\\u%04x", Int(unit)).utf8)
        }
    }

    private func vocabulary() throws -> [String] {
        let file = try Data(contentsOf: URL(fileURLWithPath: DefaultModel.folder() + "/hypernetwork/tokenizer.json"))
        let entries = try JSONDocument(parsing: Array(file)).root["model"]?["vocab"]?.members.compactMap(\.key.string) ?? []
        guard !entries.isEmpty else { throw ValidationError("the default model has no vocabulary.") }
        return entries
    }

    /// About as an embedding matrix has them: Box and Muller's normal distribution, 0.05 wide.
    private func normal() -> Float {
        let radius = (-2 * log(Double.random(in: 1e-12...1))).squareRoot()
        return Float(0.05 * radius * cos(2 * .pi * Double.random(in: 0..<1)))
    }
}
