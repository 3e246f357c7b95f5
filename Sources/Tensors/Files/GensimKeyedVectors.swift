/// Word vectors that gensim's `KeyedVectors.save` wrote: a pickle, and beside it `NAME.vectors.npy` if they are large.
///
/// Neither the words nor the vectors are copied out of the mapped files. gensim 4 and 3 are read; the index from words to rows
/// (`key_to_index`) is not, since the order of the words says the same.
public struct GensimKeyedVectors: Sendable {
    /// [words, dimension]
    public let vectors: MappedTensor
    /// The pickle.
    public let file: MappedFile
    /// Where the UTF-8 of each row's word lies in `file`; it is not yet known to be valid.
    public let words: [Range<Int>]

    /// - Throws: `TensorFileError`: a file cannot be read, is not of this format, or asks for a class that is refused.
    public init(path: String) throws(TensorFileError) {
        let file = try MappedFile(path: path)
        func malformed(_ problem: String) -> TensorFileError { .malformed(file: path, problem: problem, byteOffset: 0) }
        let root = try PickleDocument(file, range: 0..<file.count).root
        guard root.object?.role == .keyedVectors else { throw malformed("the pickle holds no KeyedVectors") }

        // gensim 3 had other names for the same list.
        guard let list = ["index_to_key", "index2word", "index2entity"].lazy.compactMap({ root[$0] }).first, list.isList else {
            throw malformed("no list index_to_key")
        }
        var words: [Range<Int>] = []
        words.reserveCapacity(list.elements.count)
        for (row, word) in list.elements.enumerated() {
            guard let range = word.stringRange else { throw malformed("the key of row \(row) is no string") }
            words.append(range)
        }

        let vectors: MappedTensor
        if let value = root["vectors"], !value.isNone {
            vectors = try Self.tensor(of: value, in: file)
        } else if root["__ignoreds"]?.elements.contains(where: { $0.string == "vectors" }) == true {
            // gensim computes those of fastText from the n-grams again.
            throw malformed("the vectors were left out: write them with save_word2vec_format")
        } else {
            vectors = try NumPyFile(path: path + ".vectors.npy", key: "vectors").tensor
        }
        guard vectors.shape.count == 2, vectors.shape[0] == words.count else {
            throw malformed("\(words.count) words have vectors of shape \(vectors.shape)")
        }
        self.vectors = vectors
        self.file = file
        self.words = words
    }

    /// The word of a row, if it is valid UTF-8.
    public func word(_ row: Int) -> String? {
        file.withBytes(in: words[row]) { String(validating: $0, as: UTF8.self) }
    }

    /// An array inside of the pickle.
    private static func tensor(of value: PickleValue, in file: MappedFile) throws(TensorFileError) -> MappedTensor {
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: file.path, problem: "vectors: \(problem)", byteOffset: 0)
        }
        let shape: PickleValue
        let type: PickleValue
        let data: PickleValue
        if let object = value.object, object.role == .array, let state = object.state?.elements, state.count == 5 {
            // (version, shape, type, whether in Fortran order, bytes)
            guard state[3].bool == false else { throw malformed("Fortran order is not read") }
            (shape, type, data) = (state[1], state[2], state[4])
        } else if let object = value.object, object.role == .arrayBuffer, object.arguments.elements.count == 4 {
            // (bytes, type, shape, order)
            let arguments = object.arguments.elements
            guard arguments[3].string == "C" else { throw malformed("only C order is read") }
            (shape, type, data) = (arguments[2], arguments[1], arguments[0])
        } else {
            throw malformed("no array of NumPy")
        }
        // A type is made of its name, and has its byte order in its state.
        guard let object = type.object, object.role == .arrayType, let name = object.arguments.elements.first?.string,
            let state = object.state?.elements, state.count > 1, let order = state[1].string,
            let elementType = ElementType(numPy: order + name)
        else { throw malformed("elements of a type that is not read") }
        guard let byteRange = data.bytesRange else {
            throw malformed("the bytes are kept as text, as protocol 2 does: save with gensim 4, or the vectors separately")
        }
        guard let sizes = shape.naturalNumbers, elementType.byteCount(shape: sizes) == byteRange.count else {
            throw malformed("\(byteRange.count) bytes do not make its shape")
        }
        return MappedTensor(key: "vectors", type: elementType, shape: sizes, file: file, byteRange: byteRange)
    }
}
