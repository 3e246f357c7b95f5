import Foundation
import FoundationXML
import Generation
import Testing

@testable import EmbeddingAPI

@Suite struct EmbeddingMapTests {
    /// Numbers that look random, the same in every run.
    private struct Numbers {
        var state: UInt64

        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }

        /// Roughly normal.
        mutating func position(_ spread: Double) -> SIMD2<Float> {
            let sums = [0, 0].map { _ in (0..<6).reduce(0.0) { sum, _ in sum + next() } - 3 }
            return SIMD2(Float(sums[0] * spread), Float(sums[1] * spread))
        }
    }

    private func map(
        _ names: [String], spread: Double = 0.6, base: Int = 5_000, anchors: Int = 0, statuses: [RowStatus] = RowStatus.allCases
    ) -> EmbeddingMap {
        var numbers = Numbers(state: UInt64(names.count))
        return EmbeddingMap(
            subtitle: "made up", base: (0..<base).map { _ in numbers.position(1) }, dimension: 8, varianceShares: [0.25, 0.125],
            marks: names.enumerated().map { place, name in
                .init(
                    name: name, status: statuses[place % statuses.count], position: numbers.position(spread),
                    nearest: anchors == 0 ? nil : (place % anchors, 0.5))
            },
            anchors: (0..<anchors).map { .init(name: " base\($0)", position: numbers.position(1)) })
    }

    private static func names(_ count: Int) -> [String] { (0..<count).map { " token\($0)" } }

    // MARK: Labels

    /// Nothing covers a name, and names cover no mark, wherever the marks are: spread out, in a heap, or all in one place.
    @Test(arguments: [1, 12, 80, 300], [1.5, 0.3, 0.02, 0]) func labelsDoNotOverlap(count: Int, spread: Double) {
        let map = map(Self.names(count), spread: spread, base: 100, anchors: count < 40 ? 5 : 0)
        let layout = MapDrawing(map) {}.layout
        let places = layout.labels.compactMap { $0?.place } + layout.anchors.map(\.place)
        #expect(!places.isEmpty)
        let marks = layout.points.map { Rectangle(center: $0, size: Point(repeating: 2 * layout.style.radius)) }
        var overlaps = 0
        for (index, place) in places.enumerated() {
            if !layout.frame.rectangle.contains(place.rectangle) { overlaps += 1 }
            overlaps += places[..<index].count { $0.rectangle.overlaps(place.rectangle) }
            overlaps += marks.count { $0.overlaps(place.rectangle) }
            overlaps += places.count { $0.leader?.crosses(place.rectangle) == true && $0 != place }
        }
        #expect(overlaps == 0)
        #expect(places.count == Set(places.map(\.rectangle.minimum)).count)
    }

    /// A name is no wider than what room was kept for it, in a font that is as wide as such fonts get: DejaVu Sans, whose
    /// widths these are (fonttools, units of 1/2048 em).
    @Test(arguments: [
        ("blockchain", 10_980), ("Tokenization", 13_070), ("illicit", 4_774), ("WWWMMM", 11_376), ("0123456789", 13_030),
        ("HTTPServer", 11_993),
    ]) func widthsAreThoseOfAWideFont(text: String, units: Int) {
        let width = TextWidth.em(text)
        #expect(width >= Double(units) / 2048 * 0.98 && width < Double(units) / 2048 * 1.35)
    }

    // MARK: The file

    /// Every token has one mark, and its name once: in the picture, or in the index with a number.
    @Test(arguments: [1, 12, 80, 1_024]) func everyTokenIsThereOnce(count: Int) throws {
        let names = Self.names(count)
        let page = try Page(map(names).svg())
        let shown = page.texts(in: "name") + page.texts(in: "entry")
        #expect(shown.sorted() == names.map { "·" + $0.dropFirst() }.sorted())
        #expect(page.texts(in: "entry-number") == page.texts(in: "entry").indices.map { String($0 + 1) })
        #expect(page.texts(in: "entry-square").allSatisfy { $0.wholeMatch(of: /[A-K][1-9]/) != nil })
        // In the key, in the picture, and in the index.
        let symbols = RowStatus.allCases.reduce(0) { $0 + page.children(of: $1.rawValue) }
        #expect(symbols == min(count, RowStatus.allCases.count) + count + page.texts(in: "entry").count)
        #expect(page.texts(in: "axis").joined().contains("1st principal component (25.0 % of variance)"))
    }

    @Test func titlesAndDescriptionsTellWhatIsThere() throws {
        let page = try Page(map([" one", " two"], anchors: 1, statuses: [.generated, .fallback]).svg())
        #expect(page.title == "Where 2 new tokens fall among 5,000 base rows")
        #expect(page.summary.contains("1 generated, 1 fallback."))
        #expect(page.summary.contains("Nearest to token 2 is the base's \"base0\", cosine 0.50."))
        #expect(try Page(map([" one"]).svg()).title == "Where 1 new token falls among 5,000 base rows")
    }

    /// Whatever a token holds, the picture is XML, without scripts, and shows something for it.
    @Test func hostileTokensAreTold() throws {
        let tokens: [(String, String)] = [
            ("</text><script>alert(1)</script>", "</text><script>alert"),
            ("&amp;\"'", "&amp;\"'"), ("a\u{0}\u{1B}\u{7F}", "a␀␛␡"),
            ("\t\r\n", "␉␍␊"), ("\u{FFFE}x\u{FFFF}", "⟨FFFE⟩x⟨FFFF⟩"), 
            ("\u{202E}evil\u{202C}", "⟨202E⟩evil⟨202C⟩"), ("\u{301}", "◌\u{301}"),
            (" \u{301}", "· ◌\u{301}"), ("a\u{85}b", "a⟨85⟩b"), ("\u{E000}", "⟨E000⟩"), 
            ("]]>", "]]>"), ("שלום", "שלום"), ("سلام", "سلام"),
            ("漢字", "漢字"), ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"), ("\u{200B}", "⟨200B⟩"), ("", ""),
        ]
        let bytes = map(tokens.map(\.0), spread: 1.5).svg()
        let page = try Page(bytes)
        let shown = page.texts(in: "name") + page.texts(in: "entry")
        #expect(shown.count == tokens.count)
        for (token, expected) in tokens where token != " \u{301}" {
            #expect(shown.contains { $0.hasPrefix(expected) }, "\(token.debugDescription)")
        }
        #expect(!page.elements.contains("script"))
        let text = String(decoding: bytes, as: UTF8.self)
        for scalar in text.unicodeScalars {
            #expect(scalar == "\n" || (0x20..<0xFFFE).contains(scalar.value) || scalar.value > 0xFFFF)
        }
    }

    @Test func longNamesAreCutOff() throws {
        let zalgo = "x" + String(repeating: "\u{301}", count: 2_000)
        let label = XMLText.label(String(repeating: "a", count: 4_096), maximumWidth: 18)
        #expect(label.hasSuffix("a…") && TextWidth.em(label) <= 18 && label.count > 20)
        #expect(XMLText.label(zalgo, maximumWidth: 18).unicodeScalars.count < 20)
        #expect(XMLText.label(String(repeating: "漢", count: 100), maximumWidth: 18).count < 18)
        #expect(XMLText.label(" word", maximumWidth: 18) == " word")
    }

    /// However many rows the base has, and wherever the tokens are.
    @Test(arguments: [0.6, 0]) func picturesAreSmall(spread: Double) {
        #expect(map(Self.names(1_024), spread: spread, base: 100_000).svg().count < 300_000)
    }

    @Test func equalTokensGiveEqualPictures() {
        let names = Self.names(100)
        #expect(map(names, anchors: 3).svg() == map(names, anchors: 3).svg())
        // A token lies where it lies in any other picture.
        var alone = map(names)
        alone.marks = [alone.marks[7]]
        #expect(MapDrawing(alone) {}.layout.points == [MapDrawing(map(names)) {}.layout.points[7]])
    }

    /// Tokens far off stand at the edge, with an arrow, and bases without any extent can be drawn.
    @Test func extremesAreDrawn() throws {
        var far = map([" a", " b", " c"])
        far.marks[0].position = SIMD2(.greatestFiniteMagnitude, 0)
        far.marks[1].position = SIMD2(-1e20, .greatestFiniteMagnitude)
        let drawing = MapDrawing(far) {}
        #expect(drawing.layout.points.allSatisfy { drawing.layout.frame.rectangle.contains($0) })
        #expect(drawing.text.matches(of: /class="arrow"/).count == 2)
        let bases: [[SIMD2<Float>]] = [
            [], [.zero], [.zero, SIMD2(.leastNonzeroMagnitude, 0)], [SIMD2(-1e19, 1e19), SIMD2(1e19, -1e19)],
        ]
        for base in bases {
            var map = map([" a"])
            map.base = base
            _ = try Page(map.svg())
        }
        _ = try Page(map([]).svg())
    }
}

/// A picture as an XML parser sees it.
private final class Page: NSObject, XMLParserDelegate {
    private(set) var elements: [String] = []
    private(set) var title = ""
    private(set) var summary = ""
    private var classes: [String] = []
    private var texts: [(classes: [String], text: String)] = []
    private var childCounts: [String: Int] = [:]

    struct Malformed: Error { var line: Int }

    init(_ bytes: [UInt8]) throws {
        super.init()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = self
        guard parser.parse() else { throw Malformed(line: parser.lineNumber) }
    }

    /// Of the text elements of a class, or in a group of it.
    func texts(in name: String) -> [String] {
        texts.filter { $0.classes.contains { $0.split(separator: " ").contains { $0 == name } } }.map(\.text)
    }

    /// Elements in the groups of a class.
    func children(of name: String) -> Int { childCounts[name] ?? 0 }

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if elements.last != nil, element != "title", let parent = classes.last { childCounts[parent, default: 0] += 1 }
        elements.append(element)
        classes.append(attributes["class"] ?? "")
        if element == "text" { texts.append((classes, "")) }
    }

    func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
        classes.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        switch elements.last {
        case "title" where elements.count == 2 && classes.count == 2: title += text
        case "desc": summary += text
        default: if !texts.isEmpty, !text.allSatisfy(\.isNewline) { texts[texts.count - 1].text += text }
        }
    }
}
