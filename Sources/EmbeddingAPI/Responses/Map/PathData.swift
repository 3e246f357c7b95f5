/// What an SVG path is drawn along (SVG 2 section 9.3): straight lines.
struct PathData {
    private(set) var text = ""

    var isEmpty: Bool { text.isEmpty }

    /// Adds a line through all points, and back to the first if it is closed.
    mutating func add(_ points: Point..., isClosed: Bool = false) {
        // Steps take fewer digits than places, and steps between rounded places lead where these are.
        let places = points.map { ($0 * 10).rounded(.toNearestOrAwayFromZero) }
        guard var last = places.first else { return }
        var steps: [String] = []
        for place in places.dropFirst() {
            steps.append(Self.pair(place - last))
            last = place
        }
        text += "M\(Self.pair(places[0]))l\(steps.joined(separator: " "))\(isClosed ? "z" : "")"
    }

    mutating func add(_ segment: Segment) { add(segment.start, segment.end) }

    private static func pair(_ tenths: Point) -> String {
        NumberText.coordinate(tenths.x / 10) + " " + NumberText.coordinate(tenths.y / 10)
    }
}
