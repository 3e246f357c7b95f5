/// Where everything in a picture goes: the marks by their rows, names by the room that there is.
struct MapLayout {
    let frame: MapFrame
    let style: MapStyle
    /// Of the marks, in their order; likewise `labels`.
    let points: [Point]
    let labels: [Label?]
    let anchors: [PlacedAnchor]
    let index: MapIndex

    /// A name or a number beside a mark.
    struct Label {
        var text: String
        var place: LabelPlacement.Place
        /// Whether it is a number of the index.
        var isNumber = false
    }

    /// A base token beside which there was room for its name.
    struct PlacedAnchor {
        var number: Int
        var point: Point
        var place: LabelPlacement.Place
    }

    /// - Parameters:
    ///   - corner: of the frame, and its width.
    ///   - pause: called for every token, for others to have their turn.
    init(_ map: EmbeddingMap, corner: Point, width: Double, pause: () -> Void) {
        let frame = MapFrame(map.base, corner: corner, width: width)
        let style = MapStyle(tokens: map.marks.count)
        self.frame = frame
        self.style = style
        let inside = Rectangle(
            minimum: frame.rectangle.minimum + (style.radius + 2), maximum: frame.rectangle.maximum - (style.radius + 2))
        let points = map.marks.map { inside.nearest(to: frame.point($0.position)) }
        self.points = points
        // Of marks in one place, one is in the way: a thousand equal tokens are no more work than a thousand others.
        // In which order they stand does not matter.
        let obstacles = Set(points.map { $0.rounded(.toNearestOrEven) }).map { center in
            Rectangle(center: center, size: Point(repeating: 2 * style.radius + 3))
        }
        let names = map.marks.map { XMLText.label($0.name, maximumWidth: style.maximumEms) }
        let center = points.reduce(.zero, +) / Double(max(points.count, 1))
        let order = Self.loneliestFirst(points)
        // Which of the two finds more room depends on how the marks lie.
        let attempts = [order, order.reversed()].map { order in
            var placement = LabelPlacement(frame: frame.rectangle, marks: obstacles)
            var labels = [Label?](repeating: nil, count: points.count)
            for mark in order {
                let place = placement.place(style.size(of: names[mark]), at: points[mark], reach: style.reach, awayFrom: center)
                if let place { labels[mark] = Label(text: names[mark], place: place) }
                pause()
            }
            return (placement: placement, labels: labels, placed: labels.count { $0 != nil })
        }
        let best = attempts[0].placed >= attempts[1].placed ? attempts[0] : attempts[1]
        var (placement, labels) = (best.placement, best.labels)
        index = MapIndex(map.marks.indices.filter { labels[$0] == nil }, names: map.marks.map(\.name))
        for mark in order where labels[mark] == nil {
            guard let number = index.number(of: mark) else { continue }
            let text = String(number)
            let size = style.size(ofNumber: text)
            let place = placement.place(size, at: points[mark], reach: style.numberReach, awayFrom: center)
            if let place { labels[mark] = Label(text: text, place: place, isNumber: true) }
            pause()
        }
        self.labels = labels
        anchors = map.anchors.enumerated().compactMap { number, anchor in
            let point = frame.point(anchor.position)
            let dot = Rectangle(center: point, size: Point(repeating: 2 * MapStyle.anchorRadius + 2))
            let name = XMLText.label(anchor.name.drop { $0 == " " }, maximumWidth: style.maximumEms)
            guard placement.isFree(dot) else { return nil }
            let place = placement.place(style.size(ofAnchor: name), at: point, reach: MapStyle.anchorReach, awayFrom: center)
            if place != nil { placement.insert(mark: dot) }
            return place.map { PlacedAnchor(number: number, point: point, place: $0) }
        }
    }

    /// Whoever has few neighbours takes the least room from others.
    private static func loneliestFirst(_ points: [Point]) -> [Int] {
        let neighbors = points.map { point in
            points.count { other in
                let distance = other - point
                return (distance * distance).sum() < 60 * 60
            }
        }
        return points.indices.sorted { (neighbors[$0], $0) < (neighbors[$1], $1) }
    }
}
