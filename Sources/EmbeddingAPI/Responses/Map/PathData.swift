/// What an SVG path is drawn along (SVG 2 section 9.3): straight lines.
struct PathData {
    private(set) var text = ""

    var isEmpty: Bool { text.isEmpty }

    /// Adds a line through all points, and back to the first if it is closed.
    mutating func add(_ points: Point..., isClosed: Bool = false) {
        let steps = points.map { "\(NumberText.coordinate($0.x)) \(NumberText.coordinate($0.y))" }
        text += "M" + steps.joined(separator: "L") + (isClosed ? "z" : "")
    }

    mutating func add(_ segment: Segment) { add(segment.start, segment.end) }
}
