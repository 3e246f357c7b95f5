/// How densely points lie, as dots of a halftone screen: the more points in a dot's cell, the larger it is. However many points
/// there are, the picture takes no more room.
struct Halftone {
    /// The centres of the dots of each size, from the smallest up.
    private var dots: [[SIMD2<Int>]] = Array(repeating: [], count: sizes)

    /// Sizes of dots.
    static let sizes = 7
    /// From dot to dot in a row; every other row is shifted by half of it.
    static let pitch = 8
    private static let rowHeight = 7

    /// The width of a dot.
    static func diameter(_ size: Int) -> Double { 1.2 + 5.6 * Double(size) / Double(sizes - 1) }

    /// - Parameters:
    ///   - points: in `frame`; others are passed over.
    init(_ points: some Sequence<Point>, in frame: Rectangle) {
        let columns = Int(frame.size.x) / Self.pitch
        let rows = Int(frame.size.y) / Self.rowHeight
        guard columns > 0, rows > 0 else { return }
        var counts = [Int](repeating: 0, count: columns * rows)
        for point in points {
            let place = point - frame.minimum
            guard all(place .>= .zero), all(place .< frame.size) else { continue }
            let row = min(Int(place.y) / Self.rowHeight, rows - 1)
            let shift = row % 2 == 0 ? 0 : Self.pitch / 2
            let column = min(max(Int(place.x) - shift, 0) / Self.pitch, columns - 1)
            counts[row * columns + column] += 1
        }
        let occupied = counts.filter { $0 > 0 }.sorted()
        guard !occupied.isEmpty else { return }
        // A few cells that hold very much do not make the rest pale.
        let most = Double(occupied[(occupied.count - 1) * 98 / 100]).squareRoot()
        let origin = SIMD2(Int(frame.minimum.x) + Self.pitch / 2, Int(frame.minimum.y) + Self.rowHeight / 2)
        for row in 0..<rows {
            for column in 0..<columns {
                let count = counts[row * columns + column]
                guard count > 0 else { continue }
                // The root of a count is to a diameter what the count is to an area; one point alone is the smallest dot.
                let share = most > 1 ? (Double(count).squareRoot() - 1) / (most - 1) : 0.5
                let size = min(Int((share * Double(Self.sizes - 1)).rounded()), Self.sizes - 1)
                let shift = row % 2 == 0 ? 0 : Self.pitch / 2
                dots[size].append(origin &+ SIMD2(column * Self.pitch + shift, row * Self.rowHeight))
            }
        }
    }

    /// The dots of one size as path data: lines of no length, which round caps make dots.
    func path(_ size: Int) -> String {
        var path = ""
        var last: SIMD2<Int>?
        for dot in dots[size] {
            if let last {
                let step = dot &- last
                path += "m\(step.x)\(step.y < 0 ? "" : " ")\(step.y)h0"
            } else {
                path += "M\(dot.x) \(dot.y)h0"
            }
            last = dot
        }
        return path
    }
}
