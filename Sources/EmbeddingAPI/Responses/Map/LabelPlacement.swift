/// Finds room for labels beside points, one after the other: the first place of many that is in the frame and covers nothing
/// that is there already.
struct LabelPlacement {
    struct Place: Equatable {
        var rectangle: Rectangle
        /// From the point to the label, where it stands further off.
        var leader: Segment?
        /// Which side of the label is towards the point: -1 its left, 1 its right, 0 neither.
        var side: Int
    }

    private let frame: Rectangle
    private var marks: Buckets<Rectangle>
    private var labels: Buckets<Rectangle>
    private var leaders: Buckets<Segment>

    /// - Parameter marks: what no label and no leader may cover.
    init(frame: Rectangle, marks: [Rectangle]) {
        self.frame = frame
        self.marks = Buckets(frame)
        labels = Buckets(frame)
        leaders = Buckets(frame)
        for mark in marks { self.marks.insert(mark, in: mark) }
    }

    /// How far beside its point a label without a leader stands, and how far off, at most, one with a leader.
    struct Reach {
        var gap: Double
        var farthest: Double
    }

    /// Takes a place for a label; nil if there is none.
    ///
    /// - Parameters:
    ///   - center: what labels should rather be led away from.
    mutating func place(_ size: Point, at point: Point, reach: Reach, awayFrom center: Point) -> Place? {
        let candidates = candidates(size, at: point, reach: reach, awayFrom: center)
        guard let place = candidates.first(where: { isFree($0, at: point) }) else { return nil }
        labels.insert(place.rectangle, in: place.rectangle)
        if let leader = place.leader { leaders.insert(leader, in: leader.bounds) }
        return place
    }

    /// Whether something could be drawn in `rectangle` without touching a mark, label or leader.
    func isFree(_ rectangle: Rectangle) -> Bool {
        frame.contains(rectangle) && !labels.contains(in: rectangle) { $0.overlaps(rectangle) }
            && !marks.contains(in: rectangle) { $0.overlaps(rectangle) }
            && !leaders.contains(in: rectangle) { $0.crosses(rectangle) }
    }

    /// Keeps labels and leaders off.
    mutating func insert(mark: Rectangle) { marks.insert(mark, in: mark) }

    private func isFree(_ place: Place, at point: Point) -> Bool {
        guard isFree(place.rectangle) else { return false }
        guard let leader = place.leader else { return true }
        let bounds = leader.bounds
        return !labels.contains(in: bounds) { leader.crosses($0) } && !leaders.contains(in: bounds) { leader.crosses($0) }
            // Marks that lie on the point's own cannot be helped.
            && !marks.contains(in: bounds) { leader.crosses($0) && !$0.overlaps(Rectangle(center: point, size: $0.size)) }
    }

    /// Beside the point first, then around it in circles that grow.
    private func candidates(_ size: Point, at point: Point, reach: Reach, awayFrom center: Point) -> [Place] {
        let outward = outward(from: center, to: point)
        let gap = reach.gap
        var places = Self.besides.map { beside in
            let offset = (size / 2 + gap * beside.distance) * beside.direction
            return Place(
                rectangle: Rectangle(center: point + offset, size: size), leader: nil, side: -Int(beside.direction.x.rounded()))
        }
        let directions = Self.compass.sorted { ($0 * outward).sum() > ($1 * outward).sum() }
        for ring in Self.rings where ring <= reach.farthest {
            for direction in directions {
                let side = direction.x > 0.3 ? -1 : direction.x < -0.3 ? 1 : 0
                var middle = point + direction * (gap + ring)
                middle.x -= Double(side) * size.x / 2
                if side == 0 { middle.y += direction.y < 0 ? -size.y / 2 : size.y / 2 }
                let rectangle = Rectangle(center: middle, size: size)
                let start = point + direction * (gap - 1)
                // A line that touches the name would be read as a dash of it.
                let end = Rectangle(center: middle, size: size + 5).nearest(to: start)
                let leader = Segment(start: start, end: end)
                places.append(Place(rectangle: rectangle, leader: leader, side: side))
            }
        }
        return places
    }

    private func outward(from center: Point, to point: Point) -> Point {
        let direction = point - center
        let length = (direction * direction).sum().squareRoot()
        return length > 1 ? direction / length : Point(1, 0)
    }

    /// Right of the point, left, above, below, and between those, a little nearer as a corner is.
    private static let besides: [(direction: Point, distance: Double)] = [
        (Point(1, 0), 1), (Point(-1, 0), 1), (Point(1, -1), 0.3), (Point(1, 1), 0.3), (Point(-1, -1), 0.3), (Point(-1, 1), 0.3),
        (Point(0, -1), 0.7), (Point(0, 1), 0.7),
    ]

    private static let rings = [16.0, 24, 34, 48, 66, 88, 114, 144, 180, 220, 270]

    /// Thirty-two directions, as a table: libraries' sines may differ in their last bit.
    private static let compass: [Point] = [
        (1, 0), (0.9808, 0.1951), (0.9239, 0.3827), (0.8315, 0.5556), (0.7071, 0.7071), (0.5556, 0.8315), (0.3827, 0.9239),
        (0.1951, 0.9808),
    ].flatMap { x, y in [Point(x, y), Point(-y, x), Point(-x, -y), Point(y, -x)] }
}

/// Shapes by where they lie, so that few need to be looked at.
private struct Buckets<Shape> {
    private let frame: Rectangle
    private let columns: Int
    private let rows: Int
    private var shapes: [[Shape]]

    private static var side: Double { 48 }

    init(_ frame: Rectangle) {
        self.frame = frame
        columns = Int(frame.size.x / Self.side) + 1
        rows = Int(frame.size.y / Self.side) + 1
        shapes = Array(repeating: [], count: columns * rows)
    }

    mutating func insert(_ shape: Shape, in bounds: Rectangle) {
        forEachBucket(bounds) { shapes[$0].append(shape) }
    }

    func contains(in bounds: Rectangle, where isWanted: (Shape) -> Bool) -> Bool {
        var isFound = false
        forEachBucket(bounds) { bucket in isFound = isFound || shapes[bucket].contains(where: isWanted) }
        return isFound
    }

    /// What lies outside the frame is in the buckets at its edge.
    private func forEachBucket(_ bounds: Rectangle, _ body: (Int) -> Void) {
        let limit = Point(Double(columns - 1), Double(rows - 1))
        let first = ((bounds.minimum - frame.minimum) / Self.side).clamped(lowerBound: .zero, upperBound: limit)
        let last = ((bounds.maximum - frame.minimum) / Self.side).clamped(lowerBound: .zero, upperBound: limit)
        for row in Int(first.y)...Int(last.y) {
            for column in Int(first.x)...Int(last.x) { body(row * columns + column) }
        }
    }
}
