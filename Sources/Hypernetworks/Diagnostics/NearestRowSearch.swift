import Tensors

/// A search for the rows that score best by their products with some vectors, through the matrix kernel: a block of rows at a
/// time against all vectors. What is found for a vector, to the bit, depends neither on the others nor on the blocks.
struct NearestRowSearch {
    private let vectors: Linear
    private var best: [BestRows]

    /// - Parameters:
    ///   - vectors: (any, width of the rows).
    ///   - count: how many rows are wanted for each.
    init(_ vectors: borrowing Matrix, count: Int) {
        self.vectors = Linear(weight: vectors, bias: Array(repeating: 0, count: vectors.rows))
        best = Array(repeating: BestRows(capacity: count), count: vectors.rows)
    }

    /// Takes rows in, in the order of their ids over all blocks. A score that is no number is none.
    ///
    /// - Parameter score: of the product with the row of this index in the block.
    mutating func offer(_ block: borrowing Matrix, ids: ArraySlice<Int32>, score: (Float, Int) -> Float) {
        var products = Matrix(columns: vectors.outputs)
        vectors.apply(to: block, output: &products)
        for (row, id) in ids.enumerated() {
            products.withRow(row) { products in
                for index in products.indices { best[index].offer(id, score: score(products[index], row)) }
            }
        }
    }

    /// The best rows for each vector, the best first and of equals the lowest id.
    var neighbors: [[(id: Int32, score: Float)]] { best.map(\.rows) }
}

/// The best of the rows offered so far.
private struct BestRows {
    private(set) var rows: [(id: Int32, score: Float)] = []
    private let capacity: Int
    /// What an offer has to beat.
    private var threshold = -Float.infinity

    init(capacity: Int) { self.capacity = capacity }

    mutating func offer(_ id: Int32, score: Float) {
        guard score > threshold else { return }
        let place = rows.lastIndex { $0.score >= score }.map { $0 + 1 } ?? 0
        rows.insert((id, score), at: place)
        if rows.count > capacity { rows.removeLast() }
        if rows.count == capacity, let last = rows.last { threshold = last.score }
    }
}
