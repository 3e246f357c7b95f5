import Foundation
import Hypernetworks
import Tensors
import Testing
import Tokenization

@testable import Generation

@Suite struct VocabularyStreamTests {
    private let model: EmbeddingModel
    private let engine = GenerationEngine()
    private let transfer: VocabularyTransfer

    init() throws {
        model = try sharedModel.get()
        let pieces = ["[PAD]", "Ġthe"] + (0..<3_000).map { "Ġword\($0)x" }
        let listing = try VocabularyListing(pieces: pieces, form: .byteLevel) { $0 == "[PAD]" }
        transfer = try VocabularyTransfer(listing, source: Array("a vocabulary".utf8), model: model, options: RowOptions())
    }

    private func read(_ range: Range<Int>? = nil) throws -> [UInt8] {
        let stream = try transfer.stream(range, on: engine)
        var bytes: [UInt8] = []
        while let part = try stream.wait() { bytes += part }
        return bytes
    }

    /// A file that a reader of safetensors takes, with the rows of a plain request.
    @Test func theBytesAreAFile() throws {
        let bytes = try read()
        #expect(bytes.count == transfer.file.count)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let file = try SafetensorsFile(path: path)
        #expect(file.tensors.map(\.key) == ["input_embeddings", "row_status"])
        let rows = try #require(file["input_embeddings"]).expecting(shape: [3_002, 384]).floats()
        let expected = try engine.generate(transfer.plan.order(0..<3_002, norm: .none), with: model).rows
        #expect(rows.map(\.bitPattern) == (0..<3_002).flatMap(expected.bits))
        #expect(file["row_status"]?.shape == [3_002] && file["row_status"]?.type == .uint8)
        #expect(bytes.suffix(3_002) == [1, 1] + [UInt8](repeating: 0, count: 3_000))
        #expect(file.metadata["rows"] == "3002" && file.metadata["copied"] == "2" && file.metadata["generated"] == "3000")
        #expect(file.metadata["digest"] == model.digest && file.metadata["method"] == "hypernetwork")
    }

    @Test func rangesAreThePartsOfTheFile() throws {
        let whole = try read()
        let header = transfer.file.header.count
        var ranges = [
            0..<1, 0..<header, header - 1..<header + 1, header + 3..<header + 5, header + 1_535..<header + 1_537,
            whole.count - 3_003..<whole.count - 3_001, whole.count - 1..<whole.count, 0..<whole.count,
        ]
        for _ in 0..<20 {
            let ends = [Int.random(in: 0...whole.count), Int.random(in: 0...whole.count)].sorted()
            if ends[0] < ends[1] { ranges.append(ends[0]..<ends[1]) }
        }
        for range in ranges { #expect(try read(range).elementsEqual(whole[range]), "\(range)") }
    }

    /// Only the rows that a range has a part of are computed.
    @Test func aRangeCostsItsRows() throws {
        let model = try loadDefaultModel()
        let listing = try VocabularyListing(pieces: (0..<3_000).map { "Ġword\($0)x" }, form: .byteLevel)
        let transfer = try VocabularyTransfer(listing, source: [], model: model, options: RowOptions())
        let start = transfer.file.header.count + 1_000 * 1_536 + 700
        let stream = try transfer.stream(start..<start + 10 * 1_536, on: engine)
        while try stream.wait() != nil {}
        let cache = try #require(model.predictor).generator.cacheStatistics
        #expect(cache.misses + cache.hits + cache.joins == 11)
    }

    @Test func tagsFollowWhatDecides() throws {
        let listing = try VocabularyListing(pieces: ["Ġblockchain"], form: .byteLevel)
        func tag(_ source: String = "a", _ change: (inout RowOptions) -> Void = { _ in }) throws -> String {
            var options = RowOptions()
            change(&options)
            return try VocabularyTransfer(listing, source: Array(source.utf8), model: model, options: options).entityTag
        }
        let tags = [
            try tag(), try tag("b"), try tag { $0.norm = .clip }, try tag { $0.format = .float16 }, try tag { $0.language = "de" },
            try tag { $0.choice.method = .mean }, try tag { $0.choice.method = .normal },
            try tag {
                $0.choice.method = .normal
                $0.choice.seed = 1
            },
            try tag { $0.outputs = [.output] },
        ]
        #expect(Set(tags).count == tags.count)
        #expect(try tag() == tags[0])
        #expect(tags[0].wholeMatch(of: /"sha256:[0-9a-f]{64}"/) != nil)
    }
}
