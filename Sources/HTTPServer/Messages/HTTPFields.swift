/// Header fields in the order they came; a name that comes twice is there twice (RFC 9110 section 5).
public struct HTTPFields: Sendable, Sequence {
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    private var fields: [Field] = []

    public init() {}

    public var count: Int { fields.count }

    public func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    /// The values of a field, in order; names are compared without regard to case.
    public func values(_ name: String) -> [String] {
        fields.filter { Self.areEqual($0.name, name) }.map(\.value)
    }

    /// The field's value; several lines of it are one list (RFC 9110 section 5.3).
    public subscript(name: String) -> String? {
        let values = values(name)
        return values.count > 1 ? values.joined(separator: ", ") : values.first
    }

    /// Adds a field.
    ///
    /// - Throws: `HTTPFieldError` for a name that is no token, or a value with a control character: neither could be told from
    ///   the end of the line, and an answer must not be split (RFC 9110 section 5.5).
    public mutating func append(_ name: String, _ value: String) throws(HTTPFieldError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ CharacterClass.isToken($0) }) else { throw .illegalName(name) }
        guard value.utf8.allSatisfy({ CharacterClass.isFieldValue($0) }) else { throw .illegalValue(name: name) }
        fields.append(Field(name: name, value: value))
    }

    /// Adds a field whose name and value are known to be legal: the parser has checked them, or they stand in the source.
    mutating func append(trusted name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    private static func areEqual(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { CharacterClass.lowercased($0) == CharacterClass.lowercased($1) }
    }
}

/// Why a header field cannot be sent.
public enum HTTPFieldError: Error, Equatable, Sendable {
    case illegalName(String)
    case illegalValue(name: String)
}
