/// What codings a client accepts, and how gladly (RFC 9110 section 12.5.3).
///
/// Where the field breaks the grammar or contradicts itself, the reading is the one that compresses less, for whoever can decode
/// gzip can also do without: a weight that is none counts as zero, and of two weights for one coding the lower counts. Unknown
/// codings are passed over.
struct AcceptEncoding: Sendable {
    /// In thousandths; zero refuses.
    private var weights: [ContentCoding: Int] = [:]
    /// What `*` says about every coding that is not named.
    private var weightOfOthers: Int?

    /// - Parameter value: the field's value, several lines joined by commas.
    init(_ value: String) {
        for element in value.fieldElements {
            let parts = element.pieces(between: ";")
            let weight = Self.weight(parts.dropFirst()) ?? 0
            if parts[0] == "*" {
                weightOfOthers = min(weightOfOthers ?? weight, weight)
            } else if let coding = ContentCoding(token: parts[0]) {
                weights[coding] = min(weights[coding] ?? weight, weight)
            }
        }
    }

    /// The coding for an answer to a request whose `Accept-Encoding` is `value`; nil if the client accepts none that there is.
    ///
    /// - gzip or deflate by the higher weight, gzip when they are equal; identity if it has a weight that is higher still.
    /// - identity without the field: it means that any coding would do, but it is left out by those who know none.
    /// - identity for an empty value: "the user agent does not want any content coding".
    /// - identity when it is not mentioned and nothing else will do.
    /// - nil for `identity;q=0`, or `*;q=0`, when nothing else will do. Section 12.4.1 leaves it open whether to answer 406
    ///   or to disregard the field; this server sends identity, which everybody understands.
    static func negotiate(_ value: String?) -> ContentCoding? {
        guard let value else { return .identity }
        return AcceptEncoding(value).preferredCoding
    }

    private var preferredCoding: ContentCoding? {
        let gzip = weight(.gzip) ?? 0
        let deflate = weight(.deflate) ?? 0
        let identity = weight(.identity)
        let best = max(gzip, deflate)
        guard best > 0, best >= identity ?? 0 else { return identity == 0 ? nil : .identity }
        return gzip == best ? .gzip : .deflate
    }

    private func weight(_ coding: ContentCoding) -> Int? { weights[coding] ?? weightOfOthers }

    /// What the parameters of an element say, in thousandths: all of them if there are none, nil if they are no weight
    /// (RFC 9110 section 12.4.2).
    private static func weight(_ parameters: ArraySlice<Substring>) -> Int? {
        guard let parameter = parameters.first else { return 1000 }
        guard parameters.count == 1, parameter.hasPrefix("q=") else { return nil }
        return thousandths(parameter.utf8.dropFirst(2))
    }

    /// RFC 9110 section 12.4.2: `0` or `1`, a point, and up to three digits, which are zeros after 1.
    private static func thousandths(_ value: Substring.UTF8View) -> Int? {
        let fraction = value.dropFirst(2)
        guard let whole = value.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1"), fraction.count <= 3,
            value.dropFirst().first ?? UInt8(ascii: ".") == UInt8(ascii: "."), fraction.allSatisfy({ $0 &- 0x30 < 10 })
        else { return nil }
        var thousandths = Int(whole - 0x30) * 1000
        for (digit, unit) in zip(fraction, [100, 10, 1]) { thousandths += Int(digit - 0x30) * unit }
        return thousandths <= 1000 ? thousandths : nil
    }
}
