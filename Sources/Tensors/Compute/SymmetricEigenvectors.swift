/// An eigenvalue of a symmetric matrix with its direction.
public struct Eigenpair: Sendable, Equatable {
    public let value: Double
    /// Of length 1; zeros where the matrix has no such direction.
    public let vector: [Double]
}

extension SymmetricMatrix {
    /// The eigenpairs of the largest eigenvalues of a positive semidefinite matrix, the largest first. A direction's sign is
    /// such that its component of the largest magnitude, the first of equals, is positive. Not finite where the matrix is
    /// not.
    ///
    /// Subspace iteration with Rayleigh-Ritz projections (Saad, Numerical Methods for Large Eigenvalue Problems, chapter 5) in
    /// float64, from a fixed start: more directions than are wanted are iterated together, so that convergence goes by the
    /// ratio of the ninth eigenvalue, not the next one.
    ///
    /// - Parameters:
    ///   - count: up to half of the directions that are iterated, 4.
    ///   - pause: runs before every iteration, a reading of the whole matrix.
    public func leadingEigenpairs(_ count: Int, pause: () -> Void = {}) -> [Eigenpair] {
        precondition((0...Subspace.width / 2).contains(count), "more eigenpairs than the subspace holds for certain")
        var subspace = Subspace(size: size)
        for _ in 0..<Self.maximumIterations {
            pause()
            subspace.orthonormalize()
            let image = subspace.image(under: self)
            let values = subspace.rotate(along: image)
            if subspace.residual(count) <= Self.tolerance * (values.first ?? 0) || !subspace.isFinite { break }
            subspace.advance()
        }
        return subspace.eigenpairs(count)
    }

    /// Of ‖A v − λ v‖ to the largest eigenvalue.
    private static var tolerance: Double { 1e-10 }

    /// Equal eigenvalues converge at once, as any direction between theirs will do; only nearly equal ones take this long.
    private static var maximumIterations: Int { 500 }
}

/// Directions that turn towards the leading eigenvectors of a matrix, side by side: one in each lane.
private struct Subspace {
    static let width = 8

    private var directions: [SIMD8<Double>]
    private var images: [SIMD8<Double>]
    private var values = [Double](repeating: 0, count: width)

    /// Starts from the fractions of multiples of the golden ratio, which no matrix is made to be orthogonal to.
    init(size: Int) {
        images = Array(repeating: .zero, count: size)
        directions = images
        let ratio = (5.0.squareRoot() - 1) / 2
        for row in 0..<size {
            for lane in 0..<Self.width {
                let multiple = Double(row * Self.width + lane + 1) * ratio
                directions[row][lane] = multiple - multiple.rounded(.down) - 0.5
            }
        }
    }

    var isFinite: Bool { values.allSatisfy(\.isFinite) }

    /// Modified Gram-Schmidt, twice. Where there are fewer dimensions than lanes, the last lanes become zeros.
    mutating func orthonormalize() {
        for lane in 0..<Self.width {
            let before = product(directions, lane, directions, lane)
            for _ in 0..<2 {
                for other in 0..<lane {
                    let overlap = product(directions, lane, directions, other)
                    for row in directions.indices { directions[row][lane] -= overlap * directions[row][other] }
                }
            }
            let norm = product(directions, lane, directions, lane).squareRoot()
            // What is left of a direction in the span of the others is rounding.
            let scale = norm > 1e-13 * before.squareRoot() ? 1 / norm : 0
            for row in directions.indices { directions[row][lane] *= scale }
        }
    }

    /// The products of the matrix with all directions, one reading of its lower triangle.
    func image(under matrix: borrowing SymmetricMatrix) -> [SIMD8<Double>] {
        var image = images
        for row in image.indices { image[row] = .zero }
        for row in image.indices {
            let direction = directions[row]
            var sum = SIMD8<Double>.zero
            matrix.withLowerRow(row) { elements in
                for column in 0..<row {
                    let element = Double(elements[column])
                    sum += element * directions[column]
                    image[column] += element * direction
                }
                sum += Double(elements[row]) * direction
            }
            image[row] += sum
        }
        return image
    }

    /// Turns the directions, within their span, into the best approximations of eigenvectors that it has; returns the
    /// eigenvalues.
    mutating func rotate(along image: [SIMD8<Double>]) -> [Double] {
        let width = Self.width
        var projection = [Double](repeating: 0, count: width * width)
        for row in 0..<width {
            for column in 0...row {
                let element = product(directions, row, image, column)
                projection[row * width + column] = element
                projection[column * width + row] = element
            }
        }
        let eigensystem = SymmetricEigensystem(projection, size: width)
        let rotation = (0..<width).map { SIMD8(eigensystem.vector($0)) }
        values = eigensystem.values
        func rotated(_ block: [SIMD8<Double>]) -> [SIMD8<Double>] {
            block.map { lanes in
                var result = SIMD8<Double>.zero
                for lane in 0..<width { result[lane] = (lanes * rotation[lane]).sum() }
                return result
            }
        }
        directions = rotated(directions)
        images = rotated(image)
        return values
    }

    /// The largest ‖A v − λ v‖ of the first directions.
    func residual(_ count: Int) -> Double {
        (0..<count).map { lane in
            directions.indices.reduce(0) { sum, row in
                let difference = images[row][lane] - values[lane] * directions[row][lane]
                return sum + difference * difference
            }.squareRoot()
        }.max() ?? 0
    }

    /// One step of the power method.
    mutating func advance() { directions = images }

    func eigenpairs(_ count: Int) -> [Eigenpair] {
        (0..<count).map { lane in
            Eigenpair(value: values[lane], vector: SymmetricEigensystem.oriented(directions.map { $0[lane] }))
        }
    }

    private func product(_ a: [SIMD8<Double>], _ lane: Int, _ b: [SIMD8<Double>], _ other: Int) -> Double {
        var sum = 0.0
        for row in a.indices { sum += a[row][lane] * b[row][other] }
        return sum
    }
}
