import HTTPServer
import JSON

/// What is wrong with a request body, each with the JSON pointer (RFC 6901) of its culprit.
struct FieldIssues {
    private(set) var issues: [(pointer: String, detail: String)] = []

    /// Enough for a caller to see the pattern; a request of 10,000 bad tokens is not answered by 10,000 sentences.
    private static let maximumCount = 20

    var isEmpty: Bool { issues.isEmpty }

    mutating func add(_ value: JSONValue, _ detail: String) { add(pointer: value.pointer, detail) }

    mutating func add(pointer: @autoclosure () -> String, _ detail: String) {
        if issues.count < Self.maximumCount { issues.append((pointer(), detail)) }
    }

    /// The issues as one answer, or nothing if there are none.
    func throwIfAny() throws(Problem) {
        guard let first = issues.first else { return }
        throw Problem(
            status: .unprocessableContent, code: "invalid_request", title: "The request is not valid",
            detail: "\(first.pointer.isEmpty ? "the body" : first.pointer): \(first.detail)", errors: issues)
    }
}

/// Reads the members of one JSON object; unknown and repeated ones become issues.
struct ObjectFields {
    private let object: JSONValue

    /// - Parameter allowed: the names that the object may have.
    init(_ object: JSONValue, allowed: [String], issues: inout FieldIssues) {
        self.object = object
        guard !object.hasOnlyMembers(allowed) else { return }
        if object.kind != .object { issues.add(object, "must be an object") }
        let unknown = "unknown field; known are \(allowed.joined(separator: ", "))"
        var seen: Set<String> = []
        for (key, value) in object.members {
            guard let name = allowed.first(where: key.isString) else {
                issues.add(value, unknown)
                continue
            }
            if !seen.insert(name).inserted { issues.add(value, "the field is given twice") }
        }
    }

    /// The value of a member; JSON's `null` is no value of any field here.
    subscript(name: String) -> JSONValue? { object[name] }

    func string(_ name: String, issues: inout FieldIssues) -> String? {
        guard let value = self[name] else { return nil }
        return Self.string(value, issues: &issues)
    }

    /// One of an enumeration's names.
    func option<Option: RawRepresentable & CaseIterable>(
        _ name: String, issues: inout FieldIssues
    ) -> Option? where Option.RawValue == String {
        guard let value = self[name], let text = Self.string(value, issues: &issues) else { return nil }
        guard let option = Option(rawValue: text) else {
            issues.add(value, "must be one of \(Option.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return option
    }

    private static func string(_ value: JSONValue, issues: inout FieldIssues) -> String? {
        guard let string = value.string else {
            issues.add(value, "must be a string")
            return nil
        }
        return string
    }
}
