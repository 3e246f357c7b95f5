/// What a pre-tokenizer cuts a text at.
struct Delimiter: Sendable {
    enum Pattern: Sendable {
        /// Each such character by itself.
        case characters(@Sendable (Unicode.Scalar) -> Bool)
        case literal([UInt8])
        case expression(RegularExpression)
    }

    private let pattern: Pattern
    private let isInverted: Bool

    /// - Parameter isInverted: whether what stands between the matches delimits, instead of the matches.
    init(_ pattern: Pattern, isInverted: Bool = false) {
        self.pattern = pattern
        self.isInverted = isInverted
    }

    struct Segment {
        var range: Range<Int>
        var isDelimiter: Bool
    }

    /// All of a UTF-8 text in pieces that either delimit or do not.
    func segments(of text: [UInt8]) -> [Segment] {
        var segments: [Segment] = []
        var end = 0
        for match in matches(in: text) {
            if end < match.lowerBound { segments.append(Segment(range: end..<match.lowerBound, isDelimiter: isInverted)) }
            segments.append(Segment(range: match, isDelimiter: !isInverted))
            end = match.upperBound
        }
        if end < text.count { segments.append(Segment(range: end..<text.count, isDelimiter: isInverted)) }
        return segments
    }

    private func matches(in text: [UInt8]) -> [Range<Int>] {
        switch pattern {
        case .characters(let delimits):
            var matches: [Range<Int>] = []
            var start = 0
            for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
                let end = start + UTF8.width(scalar)
                if delimits(scalar) { matches.append(start..<end) }
                start = end
            }
            return matches
        case .literal(let literal):
            guard !literal.isEmpty else { return [] }
            var matches: [Range<Int>] = []
            var start = 0
            while start < text.count {
                let end = start + literal.count
                if text[start...].starts(with: literal) { matches.append(start..<end) }
                start = matches.last?.upperBound == end ? end : start + 1
            }
            return matches
        case .expression(let expression):
            return expression.matches(in: text)
        }
    }
}

/// What becomes of delimiters; the raw values are those of a tokenizer.json.
enum DelimiterTreatment: String {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    /// Neighbours are one word.
    case contiguous = "Contiguous"

    /// The ranges of the words.
    func pieces(_ segments: [Delimiter.Segment]) -> [Range<Int>] {
        switch self {
        case .removed: segments.filter { !$0.isDelimiter }.map(\.range)
        case .isolated: segments.map(\.range)
        case .mergedWithPrevious: Self.joined(segments) { isDelimiter, followsDelimiter in isDelimiter && !followsDelimiter }
        case .mergedWithNext:
            Self.joined(segments.reversed()) { isDelimiter, precedesDelimiter in isDelimiter && !precedesDelimiter }.reversed()
        case .contiguous: Self.joined(segments, where: ==)
        }
    }

    /// - Parameter joins: whether a segment is joined to its neighbour, given whether each delimits.
    private static func joined(
        _ segments: [Delimiter.Segment], where joins: (_ isDelimiter: Bool, _ neighbourIsDelimiter: Bool) -> Bool
    ) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var neighbourIsDelimiter = false
        for segment in segments {
            if joins(segment.isDelimiter, neighbourIsDelimiter), let last = pieces.popLast() {
                let lower = min(last.lowerBound, segment.range.lowerBound)
                pieces.append(lower..<max(last.upperBound, segment.range.upperBound))
            } else {
                pieces.append(segment.range)
            }
            neighbourIsDelimiter = segment.isDelimiter
        }
        return pieces
    }
}
