import Tensors

/// Reference inputs and outputs of a ZeTT hypernetwork: a safetensors file of surface forms and the rows expected for them.
public struct GoldenCase: Sendable {
    /// The tokens, their padding removed.
    public let tokens: [HypernetworkInput]
    /// The base matrix that the case was computed with, input and output side by side; nil where the case names no own.
    public let sourceEmbeddings: MappedTensor?
    private let expectedInput: [Float]
    private let expectedOutput: [Float]?
    private let expectedBias: [Float]?

    /// Reads `target_surface_forms`, `lang_index`, `source_embeddings` and the `expected_…` tensors of a case.
    ///
    /// - Throws: `TensorFileError`, or `HypernetworkError.emptySequence` for a surface form of padding alone.
    public init(path: String, configuration: ZeTTConfiguration) throws {
        let file = try SafetensorsFile(path: path)
        func required(_ key: String) throws -> MappedTensor {
            guard let tensor = file[key] else { throw TensorFileError.missingTensor(key: key, file: path) }
            return tensor
        }
        let surfaceForms = try required("target_surface_forms")
        let ids = try surfaceForms.integers()
        let language = try file["lang_index"]?.integers().first.map(Int.init)
        tokens = try (0..<surfaceForms.rowCount).map { token in
            var sourceIDs = Array(ids[token * surfaceForms.rowWidth..<(token + 1) * surfaceForms.rowWidth])
            while sourceIDs.last == Int32(configuration.paddingID) { sourceIDs.removeLast() }
            guard !sourceIDs.isEmpty else { throw HypernetworkError.emptySequence }
            return HypernetworkInput(ids: sourceIDs, language: language)
        }
        sourceEmbeddings = file["source_embeddings"]
        let shape = [tokens.count, configuration.embeddingSize]
        expectedInput = try required("expected_input_embeddings").expecting(shape: shape).floats()
        expectedOutput = try file["expected_output_embeddings"]?.expecting(shape: shape).floats()
        expectedBias = try file["expected_bias"]?.expecting(shape: [tokens.count]).floats()
    }

    /// Compares `rows`, generated for `tokens`, with every expected tensor.
    public func deviations(of rows: GeneratedRows) -> [Deviation] {
        var deviations = [Deviation("input", of: rows.input.elements(), from: expectedInput, width: rows.dimension)]
        if let expectedOutput {
            deviations.append(Deviation("output", of: rows.output?.elements() ?? [], from: expectedOutput, width: rows.dimension))
        }
        if let expectedBias {
            deviations.append(
                Deviation("bias", of: rows.bias?.elements() ?? [], from: expectedBias, width: expectedBias.count))
        }
        return deviations
    }
}
