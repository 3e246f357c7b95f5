/// The tokens that have no room for their name in the picture: numbered, with the square that they are in, as a city map
/// lists its streets.
struct MapIndex {
    struct Column {
        var x: Double
        var width: Double
        var lines: [(number: Int, mark: Int, y: Double)]
    }

    private let marks: [Int]
    private let numbers: [Int: Int]

    static let columnCount = 5
    private static let lineHeight = 19.0
    /// How wide a name may be, in units of the font's size.
    static let nameEms = 9.0
    /// About how large a square is.
    private static let squareSide = 100.0

    /// - Parameters:
    ///   - marks: which of all have no room.
    ///   - names: of all marks; the index goes by the alphabet.
    init(_ marks: [Int], names: [String]) {
        let words = names.map { $0.drop { $0 == " " } }
        let marks = marks.sorted { (words[$0], $0) < (words[$1], $1) }
        self.marks = marks
        numbers = Dictionary(uniqueKeysWithValues: marks.enumerated().map { ($1, $0 + 1) })
    }

    var isEmpty: Bool { marks.isEmpty }

    /// Counted from 1; nil for a mark that has its name beside it.
    func number(of mark: Int) -> Int? { numbers[mark] }

    /// The index below its heading, and where it ends.
    func columns(from top: Double, within range: Range<Double>) -> (columns: [Column], bottom: Double) {
        guard !isEmpty else { return ([], top - 24) }
        let width = (range.upperBound - range.lowerBound) / Double(Self.columnCount)
        let rows = (marks.count + Self.columnCount - 1) / Self.columnCount
        let columns = stride(from: 0, to: marks.count, by: rows).map { first in
            Column(
                x: range.lowerBound + Double(first / rows) * width, width: width,
                lines: (first..<min(first + rows, marks.count)).map { place in
                    (place + 1, marks[place], top + 24 + Double(place - first) * Self.lineHeight)
                })
        }
        return (columns, top + 24 + Double(rows) * Self.lineHeight)
    }

    static func columns(of frame: Rectangle) -> [Range<Double>] { squares(frame.minimum.x, frame.maximum.x) }

    static func rows(of frame: Rectangle) -> [Range<Double>] { squares(frame.minimum.y, frame.maximum.y) }

    private static func squares(_ low: Double, _ high: Double) -> [Range<Double>] {
        let count = max(1, Int(((high - low) / squareSide).rounded()))
        let side = (high - low) / Double(count)
        return (0..<count).map { low + Double($0) * side..<low + Double($0 + 1) * side }
    }

    /// Columns have letters; there are never more than a dozen.
    static func letter(_ column: Int) -> String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(column % 26))) }

    /// "C4".
    static func square(of point: Point, in frame: Rectangle) -> String {
        let (columns, rows) = (columns(of: frame), rows(of: frame))
        let column = columns.firstIndex { point.x < $0.upperBound } ?? columns.count - 1
        let row = rows.firstIndex { point.y < $0.upperBound } ?? rows.count - 1
        return letter(column) + String(row + 1)
    }
}
