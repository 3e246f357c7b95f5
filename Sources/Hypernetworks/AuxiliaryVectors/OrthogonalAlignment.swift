import Tensors

/// The rotation that brings the word vectors of one language nearest to those of another, from pairs of translations: R with
/// RᵀR = I that makes ‖X R − Y‖ least, R = U Vᵀ from the decomposition U S Vᵀ of Xᵀ Y (Schönemann 1966), as WECHSEL has it.
public struct OrthogonalAlignment: Sendable {
    /// Width of the vectors.
    public let dimension: Int
    /// How many pairs it was made of.
    public let pairs: Int
    /// How many directions the pairs tell of. In the others, when it is less than `dimension`, the rotation is arbitrary.
    public let rank: Int
    /// R, in row-major order.
    public let rotation: [Double]

    /// Aligns pairs of vectors.
    ///
    /// - Throws: `OrthogonalAlignmentError`.
    public init(pairs: [(source: [Float], target: [Float])]) throws(OrthogonalAlignmentError) {
        guard let dimension = pairs.first?.source.count, dimension > 0 else { throw .noPairs }
        var products = [Double](repeating: 0, count: dimension * dimension)
        for (index, pair) in pairs.enumerated() {
            for width in [pair.source.count, pair.target.count] where width != dimension {
                throw .wrongWidth(pair: index, expected: dimension, found: width)
            }
            guard pair.source.allSatisfy(\.isFinite), pair.target.allSatisfy(\.isFinite) else { throw .notFinite(pair: index) }
            Self.add(pair.source, pair.target, to: &products)
        }
        let decomposition = SingularValueDecomposition(products, rows: dimension, columns: dimension)
        guard decomposition.rank > 0 else { throw .noPairs }
        var rotation = [Double](repeating: 0, count: dimension * dimension)
        for (left, right) in zip(decomposition.left, decomposition.right) {
            for row in 0..<dimension {
                for column in 0..<dimension { rotation[row * dimension + column] += left[row] * right[column] }
            }
        }
        self.dimension = dimension
        self.pairs = pairs.count
        self.rank = decomposition.rank
        self.rotation = rotation
    }

    /// Adds the products of all components of x with all of y: billions for a dictionary of ten thousand words, which take a
    /// twentieth of the time through spans.
    private static func add(_ x: [Float], _ y: [Float], to products: inout [Double]) {
        let wide = y.map(Double.init)
        let (x, y) = (x.span, wide.span)
        var sums = products.mutableSpan
        for row in x.indices {
            let (factor, start) = (Double(x[row]), row * y.count)
            for column in y.indices { sums[start + column] += factor * y[column] }
        }
    }

    /// Aligns by a dictionary: each entry pairs the vectors of its words as they are, in lower case and in title case, every
    /// form of one with every form of the other. Forms that fall together count as often as they do.
    ///
    /// - Parameters:
    ///   - source: the vector of a word of the source language; nil for a word without one.
    ///   - target: likewise.
    /// - Throws: `OrthogonalAlignmentError`.
    public init(
        dictionary: [(source: String, target: String)], source: (String) -> [Float]?, target: (String) -> [Float]?
    ) throws(OrthogonalAlignmentError) {
        var pairs: [(source: [Float], target: [Float])] = []
        for entry in dictionary {
            let targets = Self.caseVariants(of: entry.target).compactMap(target)
            for vector in Self.caseVariants(of: entry.source).compactMap(source) {
                for target in targets { pairs.append((vector, target)) }
            }
        }
        try self.init(pairs: pairs)
    }

    static func caseVariants(of word: String) -> [String] { [word, word.lowercased(), titlecased(word)] }

    /// Every letter that follows none in title case, all others in lower case.
    private static func titlecased(_ word: String) -> String {
        var result = ""
        var followsLetter = false
        for scalar in word.unicodeScalars {
            result += followsLetter ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            followsLetter = scalar.properties.isCased
        }
        return result
    }

    /// x R: a source vector in the target's space.
    public func toTarget(_ vector: [Float]) throws(OrthogonalAlignmentError) -> [Float] {
        try rotate(vector) { $0 * dimension + $1 }
    }

    /// y Rᵀ: a target vector in the source's space. Cosines there are the same as after `toTarget` of all source vectors, which
    /// therefore can stay as they are.
    public func toSource(_ vector: [Float]) throws(OrthogonalAlignmentError) -> [Float] {
        try rotate(vector) { $1 * dimension + $0 }
    }

    private func rotate(
        _ vector: [Float], _ place: (_ component: Int, _ result: Int) -> Int
    ) throws(OrthogonalAlignmentError) -> [Float] {
        guard vector.count == dimension else { throw .wrongWidth(pair: nil, expected: dimension, found: vector.count) }
        return (0..<dimension).map { result in
            Float(vector.indices.reduce(0) { $0 + Double(vector[$1]) * rotation[place($1, result)] })
        }
    }
}

/// Why two spaces cannot be aligned.
public enum OrthogonalAlignmentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No entry of the dictionary has vectors on both sides, or all that have are zeros.
    case noPairs
    /// Without a pair it is the vector that was to be rotated.
    case wrongWidth(pair: Int?, expected: Int, found: Int)
    case notFinite(pair: Int)

    public var description: String {
        switch self {
        case .noPairs: "no word of the dictionary has vectors in both languages"
        case .wrongWidth(let pair, let expected, let found):
            "\(pair.map { "a vector of pair \($0)" } ?? "the vector") has \(found) numbers, expected \(expected)"
        case .notFinite(let pair): "a vector of pair \(pair) is not finite"
        }
    }
}
