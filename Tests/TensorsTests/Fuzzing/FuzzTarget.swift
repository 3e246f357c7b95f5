import Foundation

@testable import Tensors

/// What arbitrary bytes are tried on, by libFuzzer (Tests/Fuzz) and by `FuzzCorpusTests`. The raw value names the corpus.
///
/// Whatever the bytes are, reading them ends in values or in a `TensorFileError`, and what is kept is no more than they can pay
/// for.
enum FuzzTarget: String, CaseIterable {
    /// The input is a whole checkpoint.
    case archive
    /// The input is the pickle of a checkpoint whose other entries are right.
    case checkpoint
    /// The input is a pickle by itself.
    case keyedVectors = "keyed-vectors"
    case numpy

    func check(_ input: [UInt8]) throws(Finding) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let storages = ["0", "1", "2"].map { (name: $0, bytes: [UInt8](repeating: 0x3F, count: 96)) }
        let bytes = self == .checkpoint ? StoredArchive.checkpoint(pickle: input, storages: storages).encoded() : input
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { throw Finding("cannot write \(path)") }
        do throws(TensorFileError) {
            switch self {
            case .archive, .checkpoint: try Self.read(TorchCheckpoint(path: path), from: bytes)
            case .keyedVectors: try Self.read(GensimKeyedVectors(path: path), from: bytes)
            case .numpy: _ = try NumPyFile(path: path, key: "x").tensor.floats()
            }
        } catch {
            try expect(!error.description.isEmpty, "an error without a word")
        }
    }

    private static func read(_ checkpoint: TorchCheckpoint, from bytes: [UInt8]) throws(TensorFileError) {
        precondition(checkpoint.document.nodes.count <= bytes.count, "more values than bytes")
        for tensor in checkpoint.tensors {
            precondition(tensor.elementCount * tensor.type.width <= bytes.count, "more elements than bytes")
            do throws(TensorFileError) {
                let floats = try tensor.floats()
                precondition(floats.count == tensor.elementCount, "not as many elements as the shape says")
                _ = try tensor.mapped().floats()
            } catch {
                _ = try? tensor.integers()
            }
        }
        _ = checkpoint.hyperParameters?["num_layers"]?.integer
        for (key, value) in checkpoint.hyperParameters?.members ?? checkpoint.document.root.members {
            _ = (key.string, value.double, value.elements.count)
        }
    }

    private static func read(_ table: GensimKeyedVectors, from bytes: [UInt8]) throws(TensorFileError) {
        for row in table.words.indices {
            precondition(table.words[row].upperBound <= bytes.count, "a word outside of the file")
            _ = table.word(row)
        }
        _ = try table.vectors.floats()
    }
}
