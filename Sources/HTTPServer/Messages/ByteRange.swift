/// Which bytes of an answer a request asks for (RFC 9110 section 14).
public enum ByteRange: Equatable, Sendable {
    /// All of them: the request names no range, or one that may be ignored.
    case whole
    /// A part that is not empty.
    case part(Range<Int>)
    /// Nothing that the answer has.
    case unsatisfiable

    /// Reads `Range` and `If-Range`. Units other than bytes, malformed ranges and several ranges at once are ignored, as section
    /// 14.2 allows; so is a range of a body that has changed since.
    ///
    /// - Parameters:
    ///   - length: bytes of the whole body.
    ///   - entityTag: a strong one, as the answer's `ETag` has it.
    public init(_ request: HTTPRequest, length: Int, entityTag: String) {
        let condition = request.fields["if-range"]
        guard let field = request.fields["range"], condition == nil || condition == entityTag,
            let (first, last) = Self.parse(field)
        else {
            self = .whole
            return
        }
        let start = first ?? max(length - (last ?? 0), 0)
        let end = first == nil ? length : min(last ?? .max - 1, length - 1) + 1
        self = start < end ? .part(start..<end) : .unsatisfiable
    }

    /// "bytes=first-last", where either may be missing: without a last the range goes to the end, without a first it is the last
    /// bytes, as many as `last` says (section 14.1.2).
    private static func parse(_ field: String) -> (first: Int?, last: Int?)? {
        guard field.lowercasedASCII.hasPrefix("bytes=") else { return nil }
        let ends = field.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]) else { return nil }
        guard first != nil || last != nil, first ?? 0 <= last ?? .max else { return nil }
        return (first, last)
    }

    /// Nil for what is no number; an end that is left out is one that is nil. Longer numbers than any body's are as good as `Int.max`.
    private static func number(_ text: Substring) -> Int?? {
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
        return .some(text.isEmpty ? nil : min(Int(text) ?? .max, .max - 1))
    }
}

extension HTTPResponse {
    /// The head of an answer that has a body of `length` bytes, or the part of it that the request asks for: 200 or 206.
    ///
    /// - Parameter entityTag: the body's, a strong one.
    /// - Throws: 416 with the body's length (RFC 9110 sections 14.4 and 15.5.17).
    public init(range: ByteRange, length: Int, entityTag: String, contentType: String) throws(Problem) {
        self.init()
        switch range {
        case .whole: break
        case .part(let range):
            status = .partialContent
            fields.append(trusted: "Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)")
        case .unsatisfiable:
            var problem = Problem(
                status: .rangeNotSatisfiable, code: "range_not_satisfiable", title: "Range not satisfiable",
                detail: "the answer has \(length) bytes, and none of them is in the range")
            problem.fields.append(trusted: "Content-Range", "bytes */\(length)")
            throw problem
        }
        fields.append(trusted: "Accept-Ranges", "bytes")
        fields.append(trusted: "ETag", entityTag)
        fields.append(trusted: "Content-Type", contentType)
    }
}
