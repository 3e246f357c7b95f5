/// Word vectors that gensim's `KeyedVectors.save` wrote.
public struct GensimWordVectors: WordVectorSource {
    public var path: String { keyed.file.path }
    public var dimension: Int { keyed.vectors.rowWidth }
    /// Of the vectors: the words are read before.
    public var byteCount: Int { keyed.vectors.byteRange.count }
    public var bytesRead: Int { count * dimension * keyed.vectors.type.width }

    private let keyed: GensimKeyedVectors
    private var count = 0

    /// - Throws: `TensorFileError`, also for vectors that are not 16- or 32-bit floats.
    public init(path: String) throws(TensorFileError) {
        keyed = try GensimKeyedVectors(path: path)
        let vectors = try keyed.vectors.expectingFloats()
        guard vectors.rowWidth > 0 else {
            throw .wrongShape(key: vectors.key, file: vectors.path, expected: [vectors.rowCount, 1], found: vectors.shape)
        }
    }

    public mutating func next(_ vector: inout [Float]) throws(TensorFileError) -> [UInt8]? {
        guard count < keyed.words.count else { return nil }
        let row = count
        vector.withUnsafeMutableBufferPointer { keyed.vectors.copyFloats(from: row * dimension, to: $0) }
        count += 1
        return keyed.file.bytes(in: keyed.words[row])
    }
}
