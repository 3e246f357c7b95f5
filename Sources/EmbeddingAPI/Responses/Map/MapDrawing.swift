import Generation

/// An `EmbeddingMap` being laid out and written.
struct MapDrawing {
    private let map: EmbeddingMap
    let frame: MapFrame
    let style: MapStyle
    /// Of the marks, in their order; likewise `labels`.
    let points: [Point]
    let labels: [Label?]
    let anchors: [PlacedAnchor]
    private let index: MapIndex
    private(set) var text = ""

    static let width = 1200.0
    private static let corner = Point(64, 112)
    private static let frameWidth = 1096.0

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

    init(_ map: EmbeddingMap, pause: () -> Void) {
        self.map = map
        let frame = MapFrame(map.base, corner: Self.corner, width: Self.frameWidth)
        let style = MapStyle(tokens: map.marks.count)
        self.frame = frame
        self.style = style
        let inside = Rectangle(
            minimum: frame.rectangle.minimum + (style.radius + 2), maximum: frame.rectangle.maximum - (style.radius + 2))
        let points = map.marks.map { inside.nearest(to: frame.point($0.position)) }
        self.points = points
        // Of marks in one place, one is in the way: a thousand equal tokens are no more work than a thousand others.
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
            let place = placement.place(style.size(ofNumber: text), at: points[mark], reach: style.numberReach, awayFrom: center)
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
        write(pause: pause)
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

    // MARK: Writing

    private mutating func write(pause: () -> Void) {
        let top = frame.rectangle.maximum.y + 62
        let (columns, indexBottom) = index.columns(from: top, within: Self.corner.x..<Self.corner.x + Self.frameWidth)
        let height = Int(indexBottom + 60)
        text += """
            <svg xmlns="http://www.w3.org/2000/svg" class="embedding-map" viewBox="0 0 \(Int(Self.width)) \(height)" \
            width="\(Int(Self.width))" height="\(height)" role="graphics-document document" \
            aria-labelledby="embedding-map-title" aria-describedby="embedding-map-description">
            <title id="embedding-map-title">\(title)</title>
            <desc id="embedding-map-description">\(XMLText.escaped(description))</desc>
            <style>\(style.sheet)</style>
            <rect class="page" width="\(Int(Self.width))" height="\(height)"/>

            """
        writeHeader()
        writeFrame()
        writeBase()
        pause()
        writeAnchors()
        writeMarks()
        writeNames()
        writeIndex(columns, from: top)
        writeNotes(at: indexBottom + 20)
        text += "</svg>\n"
    }

    private var title: String {
        let tokens = map.marks.count == 1 ? "1 new token falls" : "\(Self.grouped(map.marks.count)) new tokens fall"
        return "Where \(tokens) among \(Self.grouped(map.base.count)) base rows"
    }

    private var description: String {
        var sentences = [
            "A map of the base model's embedding rows on their first two principal components, as a cloud of dots, with new tokens"
                + " as marks on it: \(counts.map { "\($0.count) \($0.status.rawValue)" }.joined(separator: ", "))."
        ]
        for (place, mark) in map.marks.enumerated() {
            guard let nearest = mark.nearest else { continue }
            sentences.append(
                "Nearest to token \(place + 1) is the base's \"\(anchorName(nearest.anchor))\","
                    + " cosine \(Self.decimal(Double(nearest.cosine), 2)).")
        }
        return sentences.joined(separator: " ")
    }

    private var counts: [(status: RowStatus, count: Int)] {
        RowStatus.allCases.map { status in (status, map.marks.count { $0.status == status }) }.filter { $0.count > 0 }
    }

    private mutating func writeHeader() {
        let x = Self.corner.x
        write(title, "title", Point(x, 46))
        write(map.subtitle, "subtitle", Point(x, 70))
        // The key.
        var start = x + 6
        var items: [(text: String, symbol: (inout MapDrawing, Point) -> Void)] = counts.map { status, count in
            let what = status == .fallback ? "fallback: the base's mean" : status.rawValue
            return ("\(Self.grouped(count)) \(what)", { $0.text += "\(Self.symbol(status, at: $1, radius: 5, classed: true))/>\n" })
        }
        if !anchors.isEmpty { items.append(("nearest base token", { $0.writeAnchor(at: $1) })) }
        for item in items {
            item.symbol(&self, Point(start, 94))
            write(item.text, "small", Point(start + 12, 98.5))
            start += TextWidth.em(item.text) * MapStyle.smallSize + 32
        }
    }

    private mutating func writeFrame() {
        let (low, high) = (frame.rectangle.minimum, frame.rectangle.maximum)
        var lines = "M\(Self.number(low.x)) \(Self.number(low.y))H\(Self.number(high.x))V\(Self.number(high.y))H\(Self.number(low.x))z"
        let mean = frame.point(.zero)
        if frame.rectangle.contains(mean) {
            lines += "M\(Self.number(low.x)) \(Self.number(mean.y))H\(Self.number(high.x))"
            lines += "M\(Self.number(mean.x)) \(Self.number(low.y))V\(Self.number(high.y))"
        }
        text += "<path class=\"hair\" d=\"\(lines)\"/>\n"
        let names = zip(["1st", "2nd"], map.varianceShares).map { name, share in
            "\(name) principal component (\(Self.decimal(100 * share, 1)) % of variance)"
        }
        guard names.count == 2 else { return }
        write(names[0] + " →", "axis e", Point(high.x, high.y + (index.isEmpty ? 22 : 36)))
        let x = low.x - (index.isEmpty ? 14 : 32)
        text += "<text class=\"axis e\" transform=\"translate(\(Self.number(x)) \(Self.number(low.y))) rotate(-90)\">"
        text += "\(names[1]) →</text>\n"
        guard !index.isEmpty else { return }
        var grid = ""
        for (place, column) in MapIndex.columns(of: frame.rectangle).enumerated() {
            if place > 0 { grid += "M\(Self.number(column.lowerBound)) \(Self.number(low.y))V\(Self.number(high.y))" }
            let middle = (column.lowerBound + column.upperBound) / 2
            write(MapIndex.letter(place), "square", Point(middle, high.y + 17))
        }
        for (place, row) in MapIndex.rows(of: frame.rectangle).enumerated() {
            if place > 0 { grid += "M\(Self.number(low.x)) \(Self.number(row.lowerBound))H\(Self.number(high.x))" }
            write(String(place + 1), "square", Point(low.x - 13, (row.lowerBound + row.upperBound) / 2 + 4))
        }
        text += "<path class=\"grid\" d=\"\(grid)\"/>\n"
    }

    private mutating func writeBase() {
        let halftone = Halftone(map.base.lazy.map { [frame] in frame.point($0) }, in: frame.rectangle)
        text += "<g class=\"base\">\n"
        for size in 0..<Halftone.sizes {
            let path = halftone.path(size)
            guard !path.isEmpty else { continue }
            text += "<path stroke-width=\"\(Self.number(Halftone.diameter(size)))\" d=\"\(path)\"/>\n"
        }
        text += "</g>\n"
    }

    private mutating func writeAnchors() {
        var links = ""
        for (mark, point) in zip(map.marks, points) {
            guard let anchor = anchors.first(where: { $0.number == mark.nearest?.anchor }) else { continue }
            links += "M\(Self.number(point.x)) \(Self.number(point.y))L\(Self.number(anchor.point.x)) \(Self.number(anchor.point.y))"
        }
        if !links.isEmpty { text += "<path class=\"link\" d=\"\(links)\"/>\n" }
        for anchor in anchors {
            writeAnchor(at: anchor.point)
            if let leader = anchor.place.leader { write([leader]) }
        }
        if anchors.isEmpty { return }
        text += "<g class=\"anchor\">\n"
        for anchor in anchors { write(anchorName(anchor.number), in: anchor.place, size: style.anchorSize) }
        text += "</g>\n"
    }

    private mutating func writeAnchor(at point: Point) {
        text += "<circle class=\"ring\" cx=\"\(Self.number(point.x))\" cy=\"\(Self.number(point.y))\""
        text += " r=\"\(Self.number(MapStyle.anchorRadius))\"/>\n"
    }

    private mutating func writeMarks() {
        write(labels.compactMap { $0?.place.leader })
        for (status, _) in counts {
            text += "<g class=\"\(status.rawValue)\">\n"
            for (place, mark) in map.marks.enumerated() where mark.status == status {
                let symbol = Self.symbol(status, at: points[place], radius: style.radius)
                let element = symbol.dropFirst().prefix { $0 != " " }
                text += tip(place).map { "\(symbol)><title>\($0)</title></\(element)>\n" } ?? "\(symbol)/>\n"
            }
            text += "</g>\n"
        }
        for (mark, point) in zip(map.marks, points) { writeArrow(from: point, towards: frame.point(mark.position)) }
    }

    /// What a pointer on a mark is told.
    private func tip(_ place: Int) -> String? {
        if let number = index.number(of: place) { return String(number) }
        guard let nearest = map.marks[place].nearest else { return nil }
        return XMLText.escaped("nearest base token: \(anchorName(nearest.anchor)), cosine \(Self.decimal(Double(nearest.cosine), 2))")
    }

    private func anchorName(_ number: Int) -> String {
        XMLText.label(map.anchors[number].name.drop { $0 == " " }, maximumWidth: style.maximumEms)
    }

    /// For a token beyond the frame, which stands at its edge.
    private mutating func writeArrow(from point: Point, towards place: Point) {
        let distance = place - point
        let length = (distance * distance).sum().squareRoot()
        guard length > 1, length.isFinite else { return }
        let direction = distance / length
        let across = Point(-direction.y, direction.x)
        let tip = point + direction * (style.radius + 9)
        let back = tip - direction * 5
        let corners = [back + across * 3.5, tip, back - across * 3.5]
        text += "<path class=\"arrow\" d=\"M\(corners.map { "\(Self.number($0.x)) \(Self.number($0.y))" }.joined(separator: "L"))\"/>\n"
    }

    /// An element without its end: each status has a shape of its own, for those to whom colours look alike.
    private static func symbol(_ status: RowStatus, at point: Point, radius: Double, classed: Bool = false) -> String {
        let kind = classed ? " class=\"\(status.rawValue)\"" : ""
        let (x, y) = (point.x, point.y)
        switch status {
        case .generated: return "<circle\(kind) cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\""
        case .copied:
            let side = radius * 1.7
            return "<path\(kind) d=\"M\(number(x - side / 2)) \(number(y - side / 2))h\(number(side))v\(number(side))h\(number(-side))z\""
        case .fallback:
            let (half, height) = (radius * 1.15, radius * 2)
            return "<path\(kind) d=\"M\(number(x - half)) \(number(y + height * 0.4))h\(number(2 * half))l\(number(-half)) \(number(-height))z\""
        }
    }

    private mutating func write(_ leaders: [Segment]) {
        guard !leaders.isEmpty else { return }
        let path = leaders.map { leader in
            "M\(Self.number(leader.start.x)) \(Self.number(leader.start.y))L\(Self.number(leader.end.x)) \(Self.number(leader.end.y))"
        }
        text += "<path class=\"leader\" d=\"\(path.joined())\"/>\n"
    }

    private mutating func writeNames() {
        for (kind, size, isNumber) in [("name", style.nameSize, false), ("number", style.numberSize, true)] {
            let labels = labels.compactMap { $0 }.filter { $0.isNumber == isNumber }
            if labels.isEmpty { continue }
            text += "<g class=\"\(kind)\">\n"
            for label in labels { write(label.text, in: label.place, size: size) }
            text += "</g>\n"
        }
    }

    private mutating func writeIndex(_ columns: [MapIndex.Column], from top: Double) {
        guard !index.isEmpty else { return }
        write("Tokens without room for their name, by number and square", "heading", Point(Self.corner.x, top))
        for column in columns {
            func write(_ kind: String, at x: Double, _ content: (_ number: Int, _ mark: Int) -> String) {
                text += "<g class=\"\(kind)\" transform=\"translate(\(Self.number(column.x + x)))\">\n"
                for line in column.lines { text += "<text y=\"\(Self.number(line.y))\">\(content(line.number, line.mark))</text>\n" }
                text += "</g>\n"
            }
            write("entry-number e", at: 26) { number, _ in String(number) }
            for line in column.lines {
                text += "\(Self.symbol(map.marks[line.mark].status, at: Point(column.x + 36, line.y - 4), radius: 3, classed: true))/>\n"
            }
            write("entry", at: 45) { _, mark in Self.marked(XMLText.label(map.marks[mark].name, maximumWidth: MapIndex.nameEms)) }
            write("entry-square e", at: column.width - 18) { _, mark in MapIndex.square(of: points[mark], in: frame.rectangle) }
        }
    }

    private mutating func writeNotes(at y: Double) {
        let shares = Self.decimal(100 * map.varianceShares.reduce(0, +), 1)
        write(
            "The plane of the base's first two principal components holds \(shares) % of its variance:"
                + " what lies together here may lie apart in the rest of \(Self.grouped(map.dimension)) dimensions.",
            "note", Point(Self.corner.x, y))
        let strays = frame.strays == 0 ? "" : " Beyond the frame: \(Self.grouped(frame.strays))."
        write(
            "The larger a grey dot, the more base rows lie there; the cross is their mean.\(strays)", "note",
            Point(Self.corner.x, y + 18))
    }

    private mutating func write(_ content: String, _ classes: String, _ point: Point) {
        text += "<text class=\"\(classes)\" x=\"\(Self.number(point.x))\" y=\"\(Self.number(point.y))\">\(XMLText.escaped(content))</text>\n"
    }

    /// A name in its place: from the side that is towards its mark, as nobody knows exactly how wide it will be.
    private mutating func write(_ name: String, in place: LabelPlacement.Place, size: Double) {
        let rectangle = place.rectangle
        let x: Double
        let anchor: String
        switch place.side {
        case -1: (x, anchor) = (rectangle.minimum.x, "")
        case 1: (x, anchor) = (rectangle.maximum.x, " class=\"e\"")
        default: (x, anchor) = (rectangle.center.x, " class=\"c\"")
        }
        let y = rectangle.center.y + size * 0.35
        text += "<text\(anchor) x=\"\(Self.number(x))\" y=\"\(Self.number(y))\">\(Self.marked(name))</text>\n"
    }

    /// A name with its spaces as faint dots.
    private static func marked(_ name: String) -> String {
        name.split(separator: " ", omittingEmptySubsequences: false).map { XMLText.escaped($0) }
            .joined(separator: "<tspan>·</tspan>")
    }

    // MARK: Numbers

    /// With one decimal at most.
    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
        return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
    }

    private static func decimal(_ value: Double, _ digits: Int) -> String {
        let unit = digits == 1 ? 10 : 100
        let parts = Int((value * Double(unit)).rounded())
        let (whole, rest) = parts.magnitude.quotientAndRemainder(dividingBy: UInt(unit))
        let fraction = String(rest)
        return (parts < 0 ? "−" : "") + "\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// With commas between thousands.
    private static func grouped(_ count: Int) -> String {
        let digits = Array(String(count))
        return String(
            digits.enumerated().flatMap { place, digit in
                place > 0 && (digits.count - place) % 3 == 0 ? [",", digit] : [digit]
            })
    }
}
