/// Which part of the plane a picture shows, and where on the page: as much of both axes on the left as on the right of the
/// middle of the base's rows, and the same scale on both axes, so that distances may be compared in all directions.
///
/// It is the base's alone, like the axes: equal tokens have equal places in all pictures.
struct MapFrame {
    /// On the page.
    let rectangle: Rectangle
    /// Pixels to a unit.
    private let scale: Double
    /// What is in the middle of the rectangle.
    private let middle: Point
    /// Rows that lie outside.
    let strays: Int

    /// Rows beyond these quantiles on one side may lie outside: a few far ones would make all others small.
    private static let quantile = 0.001
    /// Room around the rows, of their extent.
    private static let margin = 0.05
    private static let heights = 560.0...880.0

    init(_ rows: [SIMD2<Float>], corner: Point, width: Double) {
        let (low, high) = (Self.extent(rows, at: Self.quantile), Self.extent(rows, at: 1 - Self.quantile))
        let extent = (high - low) * (1 + 2 * Self.margin)
        let ratio = extent.x > 0 ? extent.y / extent.x : 0
        let size = Point(width, min(max((width * ratio).rounded(), Self.heights.lowerBound), Self.heights.upperBound))
        let scales = [(size.x, extent.x), (size.y, extent.y)].filter { $0.1 > 0 }.map { $0.0 / $0.1 }
        let rectangle = Rectangle(minimum: corner, maximum: corner + size)
        let scale = scales.min() ?? 1
        let middle = (low + high) / 2
        self.rectangle = rectangle
        self.scale = scale
        self.middle = middle
        strays = rows.count { !rectangle.contains(Self.point($0, rectangle, scale, middle)) }
    }

    /// Where a row lies on the page; the second component grows upwards.
    func point(_ position: SIMD2<Float>) -> Point { Self.point(position, rectangle, scale, middle) }

    private static func point(_ position: SIMD2<Float>, _ rectangle: Rectangle, _ scale: Double, _ middle: Point) -> Point {
        let offset = (Point(position) - middle) * scale
        return rectangle.center + Point(offset.x, -offset.y)
    }

    /// On each axis, what the share `quantile` of the rows does not exceed.
    private static func extent(_ rows: [SIMD2<Float>], at quantile: Double) -> Point {
        guard let last = rows.indices.last else { return .zero }
        let place = Int((quantile * Double(last)).rounded())
        return Point(Double(rows.map(\.x).sorted()[place]), Double(rows.map(\.y).sorted()[place]))
    }
}

extension Rectangle {
    func contains(_ point: Point) -> Bool { all(minimum .<= point) && all(point .<= maximum) }
}
