import Tensors

/// Reference inputs and outputs of a HyperOFA hypernetwork: a safetensors file of word ids and the coordinates expected for
/// them.
public struct HyperOFAGoldenCase: Sendable {
    /// The word ids of each token, their padding removed.
    public let tokens: [[Int32]]
    private let expectedCoordinates: [Float]
    private let width: Int

    /// Reads `word_indices` and `expected_coordinates`.
    ///
    /// - Throws: `TensorFileError`.
    public init(path: String, configuration: HyperOFAConfiguration) throws(TensorFileError) {
        let file = try SafetensorsFile(path: path)
        func required(_ key: String) throws(TensorFileError) -> MappedTensor {
            guard let tensor = file[key] else { throw .missingTensor(key: key, file: path) }
            return tensor
        }
        let indices = try required("word_indices")
        let ids = try indices.integers()
        tokens = (0..<indices.rowCount).map { token in
            var words = Array(ids[token * indices.rowWidth..<(token + 1) * indices.rowWidth])
            while let last = words.last, Int(last) == configuration.wordCount { words.removeLast() }
            return words
        }
        width = configuration.outputSize
        expectedCoordinates = try required("expected_coordinates").expecting(shape: [tokens.count, width]).floats()
    }

    /// Compares `coordinates`, predicted for `tokens`, with the expected ones.
    public func deviation(of coordinates: borrowing Matrix) -> Deviation {
        Deviation("coordinates", of: coordinates.elements(), from: expectedCoordinates, width: width)
    }
}
