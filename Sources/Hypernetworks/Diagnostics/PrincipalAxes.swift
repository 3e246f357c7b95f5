import Tensors

/// The two directions in which a table's valid rows differ most: their first principal components.
public struct PrincipalAxes: Sendable {
    /// Of length 1, the first component's first; the component of the largest magnitude is positive.
    public let directions: [[Double]]
    /// Which part of the rows' variance lies along each.
    public let varianceShares: [Double]

    /// - Parameter covariance: of the rows.
    init(of covariance: borrowing SymmetricMatrix, pause: () -> Void) {
        let pairs = covariance.leadingEigenpairs(2, pause: pause)
        let variance = Double(covariance.meanDiagonal) * Double(covariance.size)
        directions = pairs.map(\.vector)
        varianceShares = pairs.map { variance > 0 ? min(max($0.value / variance, 0), 1) : 0 }
    }

    var isFinite: Bool { directions.allSatisfy { $0.allSatisfy(\.isFinite) } && varianceShares.allSatisfy(\.isFinite) }
}
