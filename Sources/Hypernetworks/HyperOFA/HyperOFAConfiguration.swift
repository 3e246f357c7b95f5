import Tensors
import Yams

/// The hyper-parameters of a HyperOFA hypernetwork: `model_hps` of its `model_config.yaml`.
public struct HyperOFAConfiguration: Sendable, Equatable {
    /// What turns the word vectors of a token into one row.
    public enum Encoder: Sendable, Equatable {
        /// Bidirectional LSTM layers, each direction of width `hidden_dim`.
        case biLSTM(hiddenSize: Int)
        /// Transformer encoder layers without positions, `num_heads` heads each.
        case setFormer(heads: Int)
    }

    public var encoder: Encoder
    /// Layers of the encoder, `num_layers`.
    public var layers: Int
    /// Width of a word vector, `emb_dim`.
    public var wordSize: Int
    /// Most words that one token is given as, `max_context_size`.
    public var maximumWords: Int
    /// Word ids run from 0 to below this; it is the id of the padding row, `padding_idx`.
    public var wordCount: Int
    /// Width of the coordinates that are predicted, `output_dim`.
    public var outputSize: Int

    public init(encoder: Encoder, layers: Int, wordSize: Int, maximumWords: Int, wordCount: Int, outputSize: Int) {
        self.encoder = encoder
        self.layers = layers
        self.wordSize = wordSize
        self.maximumWords = maximumWords
        self.wordCount = wordCount
        self.outputSize = outputSize
    }

    /// Far more than a dozen hyper-parameters take.
    private static let maximumBytes = 64 << 10
    /// Products of a few sizes must stay far from overflow.
    private static let maximumWidth = 1 << 16

    /// Reads a `model_config.yaml`.
    ///
    /// - Throws: `HyperOFAError` naming the file and what is missing or invalid in it.
    public init(path: String) throws(HyperOFAError) {
        let file: MappedFile
        do {
            file = try MappedFile(path: path)
        } catch {
            throw .unreadableConfiguration(file: path, reason: "\(error)")
        }
        try self.init(file)
    }

    /// The same of an open file.
    public init(_ file: MappedFile) throws(HyperOFAError) {
        let keys = try HyperParameters(file, maximumBytes: Self.maximumBytes)
        layers = try keys.integer("num_layers", in: 1...64)
        wordSize = try keys.integer("emb_dim", in: 1...Self.maximumWidth)
        maximumWords = try keys.integer("max_context_size", in: 1...Self.maximumWidth)
        wordCount = try keys.integer("padding_idx", in: 1...Int(Int32.max))
        outputSize = try keys.integer("output_dim", in: 1...Self.maximumWidth)
        switch (keys.has("hidden_dim"), keys.has("num_heads")) {
        case (true, false): encoder = .biLSTM(hiddenSize: try keys.integer("hidden_dim", in: 1...Self.maximumWidth))
        case (false, true):
            let heads = try keys.integer("num_heads", in: 1...wordSize)
            guard wordSize % heads == 0 else { throw keys.invalid("num_heads", expected: "a divisor of \(wordSize)") }
            encoder = .setFormer(heads: heads)
        case (true, true): throw keys.invalid("num_heads", expected: "nothing beside hidden_dim")
        case (false, false): throw .missingKey("model_hps.hidden_dim, or num_heads", file: file.path)
        }
    }
}

/// Typed access to the members of `model_hps`.
private struct HyperParameters {
    private let file: String
    private let values: [String: String]

    init(_ mapped: MappedFile, maximumBytes: Int) throws(HyperOFAError) {
        let path = mapped.path
        let text = try Self.read(mapped, maximumBytes: maximumBytes)
        // The parser follows aliases of aliases for ever; nobody needs them for a list of numbers.
        guard !text.contains("*") else { throw .unreadableConfiguration(file: path, reason: "aliases (*) are not supported") }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw .unreadableConfiguration(file: path, reason: "\(error)")
        }
        guard let members = root?.mapping?["model_hps"]?.mapping else { throw .missingKey("model_hps", file: path) }
        file = path
        values = Dictionary(
            members.compactMap { key, value in
                key.scalar.map { ($0.string, value.scalar?.string ?? "no number") }
            }, uniquingKeysWith: { first, _ in first })
    }

    private static func read(_ file: MappedFile, maximumBytes: Int) throws(HyperOFAError) -> String {
        guard file.count <= maximumBytes else {
            throw .unreadableConfiguration(file: file.path, reason: "\(file.count) bytes, at most \(maximumBytes) are read")
        }
        guard let text = String(validating: file.bytes(in: 0..<file.count), as: UTF8.self) else {
            throw .unreadableConfiguration(file: file.path, reason: "not UTF-8")
        }
        return text
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(HyperOFAError) -> Int {
        guard let text = values[key] else { throw .missingKey("model_hps.\(key)", file: file) }
        guard let value = Int(text), range.contains(value) else {
            throw invalid(key, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func invalid(_ key: String, expected: String) -> HyperOFAError {
        .invalidValue(key: "model_hps.\(key)", value: values[key] ?? "absent", expected: expected, file: file)
    }
}
