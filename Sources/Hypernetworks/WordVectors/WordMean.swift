import Tensors

extension WordVectors {
    /// The mean of some words' vectors, which stands for a token that is in all of these words; nil if there are none.
    ///
    /// - Parameter ids: below `count`; one that is there twice counts twice.
    public func mean(of ids: [Int]) -> [Float]? {
        ids.isEmpty ? nil : mean(of: ids.lazy.map { ($0, 1) })
    }

    /// The mean of vectors that count as often as is said; zeros without any. Words come in hundreds of thousands for a token of
    /// a letter, so sums are float64; their order is that of the words.
    func mean(of words: some Sequence<(id: Int, times: Int)>) -> [Float] {
        var vector = Matrix(rows: 1, columns: dimension)
        var sums = [Double](repeating: 0, count: dimension)
        var total = 0
        for (id, times) in words {
            vector.readRow(id, of: vectors, to: 0)
            vector.withRow(0) { vector in
                for column in vector.indices { sums[column] += Double(times) * Double(vector[column]) }
            }
            total += times
        }
        return sums.map { Float($0 / Double(max(total, 1))) }
    }
}
