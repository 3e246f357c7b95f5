/// Words with their vectors, one after the other, as a file of some format has them.
///
/// A new format is a type of this kind: the table is written from it row by row.
public protocol WordVectorSource {
    /// The file, for errors.
    var path: String { get }
    /// Numbers in a vector.
    var dimension: Int { get }
    /// Bytes that there are to read, and how many of them have been read: for whoever reports progress.
    var byteCount: Int { get }
    var bytesRead: Int { get }

    /// The next word, as bytes that have not been looked at; `vector`, which has `dimension` elements, takes its numbers.
    ///
    /// - Returns: nil behind the last one.
    /// - Throws: `TensorFileError.malformed` with the byte, and the line in a file of lines.
    mutating func next(_ vector: inout [Float]) throws(TensorFileError) -> [UInt8]?
}

/// The formats of word vectors that are read, told by the name's extension.
public enum WordVectorFile {
    /// The words of a file that is no table of ours.
    ///
    /// - Throws: `TensorFileError.unreadable` or `.malformed`.
    public static func open(_ path: String) throws(TensorFileError) -> any WordVectorSource {
        if path.hasSuffix(".bin") { return try BinaryWordVectors(path: path) }
        if path.hasSuffix(".vec") || path.hasSuffix(".txt") { return try TextWordVectors(path: path) }
        if [".kv", ".wv", ".wordvectors"].contains(where: path.hasSuffix) { return try GensimWordVectors(path: path) }
        throw .unreadable(
            file: path,
            reason:
                "word vectors are read from tables (.safetensors), word2vec's .bin, text (.vec, .txt), and gensim's "
                + "KeyedVectors (.kv, .wv, .wordvectors)")
    }
}
