/// Header fields in the order they came; a name that comes twice is there twice (RFC 9110 section 5).
///
/// The fields are kept as the lines they are on the wire, with an index of where names and values lie: a request's fields cost
/// two allocations however many there are, and an answer's are copied out as they stand.
public struct HTTPFields: Sendable, Sequence {
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// `name: value` CR LF, one line behind the other.
    private(set) var lines: [UInt8] = []
    private var entries: [Entry] = []

    private struct Entry: Sendable {
        var name: Range<UInt32>
        var value: Range<UInt32>
        var known: KnownField
    }

    public init() {}

    public var count: Int { entries.count }

    /// Fields by name and value.
    public func makeIterator() -> some IteratorProtocol<Field> {
        entries.lazy.map { Field(name: text($0.name), value: text($0.value)) }.makeIterator()
    }

    /// The values of a field, in order; names are compared without regard to case.
    public func values(_ name: String) -> [String] {
        entries.filter { isNamed($0, name) }.map { text($0.value) }
    }

    /// The field's value; several lines of it are one list (RFC 9110 section 5.3).
    public subscript(name: String) -> String? {
        var value: String?
        for entry in entries where isNamed(entry, name) {
            value = value.map { $0 + ", " + text(entry.value) } ?? text(entry.value)
        }
        return value
    }

    /// The field's value; several lines of it are one list.
    subscript(field: KnownField) -> String? {
        guard let first = entries.firstIndex(where: { $0.known == field }) else { return nil }
        let isRepeated = entries[(first + 1)...].contains { $0.known == field }
        return isRepeated ? values(field).joined(separator: ", ") : text(entries[first].value)
    }

    /// The natural number that is the field's only value: digits, as many as an `Int` takes.
    func number(_ field: KnownField) -> Int? {
        guard count(of: field) == 1, let entry = entries.first(where: { $0.known == field }), !entry.value.isEmpty else { return nil }
        var number = 0
        for index in entry.value {
            let digit = lines[Int(index)] &- UInt8(ascii: "0")
            let (shifted, overflows) = number.multipliedReportingOverflow(by: 10)
            guard digit < 10, !overflows, case let (sum, overflows) = shifted.addingReportingOverflow(Int(digit)), !overflows
            else { return nil }
            number = sum
        }
        return number
    }

    func values(_ field: KnownField) -> [String] { entries.filter { $0.known == field }.map { text($0.value) } }

    /// Whether every value of a field is as it must be.
    func values(_ field: KnownField, satisfy isValid: (Span<UInt8>) -> Bool) -> Bool {
        for entry in entries where entry.known == field {
            guard isValid(lines.span.extracting(Int(entry.value.lowerBound)..<Int(entry.value.upperBound))) else { return false }
        }
        return true
    }

    func count(of field: KnownField) -> Int { entries.reduce(0) { $0 + ($1.known == field ? 1 : 0) } }

    func contains(_ name: String) -> Bool { entries.contains { isNamed($0, name) } }

    // MARK: Adding

    /// Adds a field.
    ///
    /// - Throws: `HTTPFieldError` for a name that is no token, or a value with a control character: neither could be told from
    ///   the end of the line, and an answer must not be split (RFC 9110 section 5.5).
    public mutating func append(_ name: String, _ value: String) throws(HTTPFieldError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ CharacterClass.isToken($0) }) else { throw .illegalName(name) }
        guard value.utf8.allSatisfy({ CharacterClass.isFieldValue($0) }) else { throw .illegalValue(name: name) }
        append(trusted: name, value)
    }

    /// Adds a field whose name and value are known to be legal: they stand in the source, or are
    /// made of digits and letters.
    public mutating func append(trusted name: String, _ value: String) {
        let nameStart = lines.count
        lines.append(contentsOf: name.utf8)
        let nameEnd = lines.count
        lines.append(UInt8(ascii: ":"))
        lines.append(UInt8(ascii: " "))
        let valueStart = lines.count
        lines.append(contentsOf: value.utf8)
        let valueEnd = lines.count
        lines.appendLineEnd()
        index(name: nameStart..<nameEnd, value: valueStart..<valueEnd)
    }

    /// Adds a line that the parser has found to be legal.
    ///
    /// - Parameters:
    ///   - line: without its CR LF.
    ///   - name: where in the line the name is.
    ///   - value: where the value is, without white space around it.
    mutating func append(line: Span<UInt8>, name: Range<Int>, value: Range<Int>) {
        if lines.isEmpty {
            lines.reserveCapacity(256)
            entries.reserveCapacity(8)
        }
        let start = lines.count
        lines.append(line)
        lines.appendLineEnd()
        index(name: start + name.lowerBound..<start + name.upperBound, value: start + value.lowerBound..<start + value.upperBound)
    }

    private mutating func index(name: Range<Int>, value: Range<Int>) {
        let known = KnownField(lines.span.extracting(name))
        entries.append(
            Entry(
                name: UInt32(name.lowerBound)..<UInt32(name.upperBound),
                value: UInt32(value.lowerBound)..<UInt32(value.upperBound), known: known))
    }

    /// These fields without those that only the server writes.
    var withoutReserved: HTTPFields {
        guard entries.contains(where: { $0.known.isReserved }) else { return self }
        var kept = HTTPFields()
        for entry in entries where !entry.known.isReserved { kept.append(trusted: text(entry.name), text(entry.value)) }
        return kept
    }

    // MARK: Reading

    private func text(_ range: Range<UInt32>) -> String {
        lines.span.string(Int(range.lowerBound)..<Int(range.upperBound))
    }

    private func isNamed(_ entry: Entry, _ name: String) -> Bool {
        guard entry.name.count == name.utf8.count else { return false }
        var position = Int(entry.name.lowerBound)
        for byte in name.utf8 {
            guard CharacterClass.lowercased(lines[position]) == CharacterClass.lowercased(byte) else { return false }
            position += 1
        }
        return true
    }
}

/// Why a header field cannot be sent.
public enum HTTPFieldError: Error, Equatable, Sendable {
    case illegalName(String)
    case illegalValue(name: String)
}
