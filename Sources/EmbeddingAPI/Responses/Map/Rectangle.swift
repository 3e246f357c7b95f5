/// A point of a picture, in pixels; y grows downwards.
typealias Point = SIMD2<Double>

/// A part of a picture.
struct Rectangle: Equatable {
    var minimum: Point
    var maximum: Point

    init(minimum: Point, maximum: Point) {
        self.minimum = minimum
        self.maximum = maximum
    }

    init(center: Point, size: Point) {
        self.init(minimum: center - size / 2, maximum: center + size / 2)
    }

    var center: Point { (minimum + maximum) / 2 }
    var size: Point { maximum - minimum }

    func contains(_ other: Rectangle) -> Bool { all(minimum .<= other.minimum) && all(other.maximum .<= maximum) }

    /// Whether they have an inside in common: touching is no overlap.
    func overlaps(_ other: Rectangle) -> Bool { all(minimum .< other.maximum) && all(other.minimum .< maximum) }

    /// The point in it that is nearest to `point`.
    func nearest(to point: Point) -> Point { point.clamped(lowerBound: minimum, upperBound: maximum) }
}

/// A straight line between two points.
struct Segment: Equatable {
    var start: Point
    var end: Point

    var bounds: Rectangle { Rectangle(minimum: pointwiseMin(start, end), maximum: pointwiseMax(start, end)) }

    /// Whether it passes through the inside of `rectangle`: the part of it between each pair of sides (Liang and Barsky).
    func crosses(_ rectangle: Rectangle) -> Bool {
        let direction = end - start
        var (first, last) = (0.0, 1.0)
        for axis in 0..<2 {
            if direction[axis] == 0 {
                guard rectangle.minimum[axis] < start[axis], start[axis] < rectangle.maximum[axis] else { return false }
            } else {
                let a = (rectangle.minimum[axis] - start[axis]) / direction[axis]
                let b = (rectangle.maximum[axis] - start[axis]) / direction[axis]
                first = max(first, min(a, b))
                last = min(last, max(a, b))
            }
        }
        return first < last
    }

    /// Whether the two cross somewhere between their ends.
    func crosses(_ other: Segment) -> Bool {
        func side(_ point: Point, of segment: Segment) -> Double {
            let (a, b) = (segment.end - segment.start, point - segment.start)
            return a.x * b.y - a.y * b.x
        }
        return side(other.start, of: self) * side(other.end, of: self) < 0 && side(start, of: other) * side(end, of: other) < 0
    }
}
