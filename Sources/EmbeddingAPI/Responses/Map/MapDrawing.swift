import Generation

/// An `EmbeddingMap` being written as SVG.
struct MapDrawing {
    private let map: EmbeddingMap
    let layout: MapLayout
    private(set) var text = ""

    private static let width = 1200
    private static let corner = Point(64, 112)
    private static let frameWidth = 1096.0

    init(_ map: EmbeddingMap, pause: () -> Void) {
        self.map = map
        layout = MapLayout(map, corner: Self.corner, width: Self.frameWidth, pause: pause)
        write(pause: pause)
    }

    private var frame: MapFrame { layout.frame }
    private var style: MapStyle { layout.style }
    private var index: MapIndex { layout.index }

    private mutating func write(pause: () -> Void) {
        let top = frame.rectangle.maximum.y + 62
        let (columns, indexBottom) = index.columns(from: top, within: Self.corner.x..<Self.corner.x + Self.frameWidth)
        let height = Int(indexBottom + 90)
        text += """
            <svg xmlns="http://www.w3.org/2000/svg" class="embedding-map" viewBox="0 0 \(Self.width) \(height)" \
            width="\(Self.width)" height="\(height)" role="graphics-document document" \
            aria-labelledby="embedding-map-title" aria-describedby="embedding-map-description">
            <title id="embedding-map-title">\(title)</title>
            <desc id="embedding-map-description">\(XMLText.escaped(description))</desc>
            <style>\(style.sheet)</style>
            <rect class="page" width="\(Self.width)" height="\(height)"/>

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
        let tokens = map.marks.count == 1 ? "1 new token falls" : "\(NumberText.grouped(map.marks.count)) new tokens fall"
        return "Where \(tokens) among \(NumberText.grouped(map.base.count)) base rows"
    }

    private var description: String {
        var sentences = [
            "A map of the base model's embedding rows on their first two principal components, as a cloud of dots, with new"
                + " tokens as marks on it: \(counts.map { "\($0.count) \($0.status.rawValue)" }.joined(separator: ", "))."
        ]
        for (place, mark) in map.marks.enumerated() {
            guard let nearest = mark.nearest else { continue }
            sentences.append(
                "Nearest to token \(place + 1) is the base's \"\(anchorName(nearest.anchor))\","
                    + " cosine \(NumberText.decimal(Double(nearest.cosine), 2)).")
        }
        return sentences.joined(separator: " ")
    }

    private var counts: [(status: RowStatus, count: Int)] {
        RowStatus.allCases.map { status in (status, map.marks.count { $0.status == status }) }.filter { $0.count > 0 }
    }

    private mutating func writeHeader() {
        let x = Self.corner.x
        write(title, "title", Point(x, 40))
        write(map.subtitle, "subtitle", Point(x, 66))
        // The key.
        var start = x + 6
        var items: [(text: String, symbol: (inout MapDrawing, Point) -> Void)] = counts.map { status, count in
            ("\(NumberText.grouped(count)) \(Self.legend(status))", { $0.writeSymbol(status, at: $1, radius: 5) })
        }
        if !layout.anchors.isEmpty { items.append(("nearest base token", { $0.writeAnchor(at: $1) })) }
        for item in items {
            item.symbol(&self, Point(start, 91))
            write(item.text, "small", Point(start + 12, 97))
            start += TextWidth.em(item.text) * MapStyle.smallSize + 32
        }
    }

    private static func legend(_ status: RowStatus) -> String {
        switch status {
        case .fallback: "fallback: the base's mean"
        case .sampled: "sampled: nothing was found for it"
        case .generated, .copied: status.rawValue
        }
    }

    private mutating func writeFrame() {
        let (low, high) = (frame.rectangle.minimum, frame.rectangle.maximum)
        var lines = PathData()
        lines.add(low, Point(high.x, low.y), high, Point(low.x, high.y), isClosed: true)
        let mean = frame.point(.zero)
        if frame.rectangle.contains(mean) {
            lines.add(Point(low.x, mean.y), Point(high.x, mean.y))
            lines.add(Point(mean.x, low.y), Point(mean.x, high.y))
        }
        write(lines, "hair")
        let names = zip(["1st", "2nd"], map.varianceShares).map { name, share in
            "\(name) principal component (\(NumberText.decimal(100 * share, 1)) % of variance)"
        }
        guard names.count == 2 else { return }
        write(names[0] + " →", "axis e", Point(high.x, high.y + (index.isEmpty ? 22 : 36)))
        // Turned by a quarter about the page's corner: what goes up the page is x.
        text += "<g transform=\"rotate(-90)\">\n"
        write(names[1] + " →", "axis e", Point(-low.y, low.x - (index.isEmpty ? 14 : 32)))
        text += "</g>\n"
        if !index.isEmpty { writeGrid() }
    }

    /// The squares of the index.
    private mutating func writeGrid() {
        let (low, high) = (frame.rectangle.minimum, frame.rectangle.maximum)
        var grid = PathData()
        for (place, column) in MapIndex.columns(of: frame.rectangle).enumerated() {
            if place > 0 { grid.add(Point(column.lowerBound, low.y), Point(column.lowerBound, high.y)) }
            let middle = (column.lowerBound + column.upperBound) / 2
            write(MapIndex.letter(place), "square", Point(middle, high.y + 17))
        }
        for (place, row) in MapIndex.rows(of: frame.rectangle).enumerated() {
            if place > 0 { grid.add(Point(low.x, row.lowerBound), Point(high.x, row.lowerBound)) }
            write(String(place + 1), "square", Point(low.x - 13, (row.lowerBound + row.upperBound) / 2 + 4))
        }
        write(grid, "grid")
    }

    private mutating func writeBase() {
        let halftone = Halftone(map.base.lazy.map { [frame] in frame.point($0) }, in: frame.rectangle)
        text += "<g class=\"base\">\n"
        for size in 0..<Halftone.sizes {
            let path = halftone.path(size)
            guard !path.isEmpty else { continue }
            text += "<path stroke-width=\"\(NumberText.coordinate(Halftone.diameter(size)))\" d=\"\(path)\"/>\n"
        }
        text += "</g>\n"
    }

    private mutating func writeAnchors() {
        var links = PathData()
        for (mark, point) in zip(map.marks, layout.points) {
            guard let anchor = layout.anchors.first(where: { $0.number == mark.nearest?.anchor }) else { continue }
            links.add(point, anchor.point)
        }
        if layout.anchors.isEmpty { return }
        write(links, "link")
        write(leaders: layout.anchors.map(\.place))
        for anchor in layout.anchors { writeAnchor(at: anchor.point) }
        text += "<g class=\"anchor\">\n"
        for anchor in layout.anchors { write(anchorName(anchor.number), in: anchor.place, size: style.anchorSize) }
        text += "</g>\n"
    }

    private mutating func writeAnchor(at point: Point) {
        text += "<circle class=\"ring\"\(Self.circle(point, MapStyle.anchorRadius))/>\n"
    }

    private mutating func writeMarks() {
        write(leaders: layout.labels.compactMap { $0?.place })
        for (status, _) in counts {
            text += "<g class=\"\(status.rawValue)\">\n"
            for (place, mark) in map.marks.enumerated() where mark.status == status {
                let symbol = Self.symbol(status, at: layout.points[place], radius: style.radius)
                let element = symbol.dropFirst().prefix { $0 != " " }
                text += tip(place).map { "\(symbol)><title>\($0)</title></\(element)>\n" } ?? "\(symbol)/>\n"
            }
            text += "</g>\n"
        }
        for (mark, point) in zip(map.marks, layout.points) { writeArrow(from: point, towards: frame.point(mark.position)) }
    }

    /// What a pointer on a mark is told.
    private func tip(_ place: Int) -> String? {
        if let number = index.number(of: place) { return String(number) }
        guard let nearest = map.marks[place].nearest else { return nil }
        let cosine = NumberText.decimal(Double(nearest.cosine), 2)
        return XMLText.escaped("nearest base token: \(anchorName(nearest.anchor)), cosine \(cosine)")
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
        var arrow = PathData()
        arrow.add(back + across * 3.5, tip, back - across * 3.5)
        write(arrow, "arrow")
    }

    /// An element without its end: each status has a shape of its own, for those to whom colours look alike.
    private static func symbol(_ status: RowStatus, at point: Point, radius: Double) -> String {
        var path = PathData()
        switch status {
        case .generated: return "<circle\(circle(point, radius))"
        case .copied:
            let half = radius * 0.85
            path.add(
                point + Point(-half, -half), point + Point(half, -half), point + Point(half, half), point + Point(-half, half),
                isClosed: true)
        case .fallback:
            let half = radius * 1.15
            let (base, top) = (point + Point(0, radius * 0.8), point - Point(0, radius * 1.2))
            path.add(base - Point(half, 0), base + Point(half, 0), top, isClosed: true)
        case .sampled:
            let half = radius * 1.25
            path.add(
                point - Point(half, 0), point - Point(0, half), point + Point(half, 0), point + Point(0, half), isClosed: true)
        }
        return "<path d=\"\(path.text)\""
    }

    /// The attributes of a circle.
    private static func circle(_ center: Point, _ radius: Double) -> String {
        let (x, y) = (NumberText.coordinate(center.x), NumberText.coordinate(center.y))
        return " cx=\"\(x)\" cy=\"\(y)\" r=\"\(NumberText.coordinate(radius))\""
    }

    private mutating func writeSymbol(_ status: RowStatus, at point: Point, radius: Double) {
        text += "<g class=\"\(status.rawValue)\">\(Self.symbol(status, at: point, radius: radius))/></g>\n"
    }

    private mutating func write(leaders places: [LabelPlacement.Place]) {
        var path = PathData()
        for place in places { if let leader = place.leader { path.add(leader) } }
        if !path.isEmpty { write(path, "leader") }
    }

    private mutating func write(_ path: PathData, _ name: String) { text += "<path class=\"\(name)\" d=\"\(path.text)\"/>\n" }

    private mutating func writeNames() {
        for (kind, size, isNumber) in [("name", style.nameSize, false), ("number", style.numberSize, true)] {
            let labels = layout.labels.compactMap { $0 }.filter { $0.isNumber == isNumber }
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
                text += "<g class=\"\(kind)\" transform=\"translate(\(NumberText.coordinate(column.x + x)))\">\n"
                for line in column.lines {
                    text += "<text y=\"\(NumberText.coordinate(line.y))\">\(content(line.number, line.mark))</text>\n"
                }
                text += "</g>\n"
            }
            write("entry-number e", at: 34) { number, _ in String(number) }
            write("entry", at: 53) { _, mark in
                Self.marked(XMLText.label(map.marks[mark].name, maximumWidth: MapIndex.nameEms))
            }
            write("entry-square e", at: column.width - 18) { _, mark in
                MapIndex.square(of: layout.points[mark], in: frame.rectangle)
            }
        }
        for (status, _) in counts {
            text += "<g class=\"\(status.rawValue)\">\n"
            for column in columns {
                for line in column.lines where map.marks[line.mark].status == status {
                    text += "\(Self.symbol(status, at: Point(column.x + 44, line.y - 5), radius: 3.5))/>\n"
                }
            }
            text += "</g>\n"
        }
    }

    private mutating func writeNotes(at y: Double) {
        let shares = NumberText.decimal(100 * map.varianceShares.reduce(0, +), 1)
        write(
            "The plane of the base's first two principal components holds \(shares) % of its variance: what lies together here",
            "note", Point(Self.corner.x, y))
        write(
            "may lie apart in the rest of \(NumberText.grouped(map.dimension)) dimensions.", "note",
            Point(Self.corner.x, y + 22))
        let strays = frame.strays == 0 ? "" : " Beyond the frame: \(NumberText.grouped(frame.strays))."
        write(
            "The larger a grey dot, the more base rows lie there; the cross is their mean.\(strays)", "note",
            Point(Self.corner.x, y + 44))
    }

    private mutating func write(_ content: String, _ classes: String, _ point: Point) {
        text += "<text class=\"\(classes)\"\(Self.position(point))>\(XMLText.escaped(content))</text>\n"
    }

    /// A name in its place: from the side that is towards its mark, as nobody knows exactly how wide it will be.
    private mutating func write(_ name: String, in place: LabelPlacement.Place, size: Double) {
        let rectangle = place.rectangle
        let (x, anchor) =
            switch place.side {
            case -1: (rectangle.minimum.x, "")
            case 1: (rectangle.maximum.x, " class=\"e\"")
            default: (rectangle.center.x, " class=\"c\"")
            }
        let baseline = rectangle.center.y + size * 0.35
        text += "<text\(anchor)\(Self.position(Point(x, baseline)))>\(Self.marked(name))</text>\n"
    }

    /// The attributes of text that is written from `point` on.
    private static func position(_ point: Point) -> String {
        " x=\"\(NumberText.coordinate(point.x))\" y=\"\(NumberText.coordinate(point.y))\""
    }

    /// A name with its spaces as faint dots.
    private static func marked(_ name: String) -> String {
        name.split(separator: " ", omittingEmptySubsequences: false).map { XMLText.escaped($0) }
            .joined(separator: "<tspan>·</tspan>")
    }
}
