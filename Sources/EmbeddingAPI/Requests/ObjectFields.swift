import JSON

/// Reads the members of one JSON object; unknown and repeated ones become issues.
struct ObjectFields: RequestFields {
    private let object: JSONValue

    /// Bytes of a string: names of models and languages are shorter, and messages repeat them.
    static let maximumStringBytes = 4_096

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

    func pointer(_ name: String) -> String { self[name]?.pointer ?? "\(object.pointer)/\(name)" }

    func string(_ name: String, issues: inout FieldIssues) -> String? {
        guard let string = read(name, "must be a string", &issues, \.string) else { return nil }
        guard string.utf8.count <= Self.maximumStringBytes else {
            issues.add(pointer: pointer(name), "has \(string.utf8.count) bytes, and may have \(Self.maximumStringBytes)")
            return nil
        }
        return string
    }

    func number(_ name: String, issues: inout FieldIssues) -> Double? { read(name, "must be a number", &issues, \.double) }

    func integer(_ name: String, issues: inout FieldIssues) -> Int? { read(name, "must be an integer", &issues, \.integer) }

    func flag(_ name: String, issues: inout FieldIssues) -> Bool? { read(name, "must be true or false", &issues, \.boolean) }

    func strings(_ name: String, issues: inout FieldIssues) -> [(text: String, pointer: String)]? {
        guard let list = array(name, issues: &issues) else { return nil }
        let pointer = list.pointer
        return list.elements.enumerated().compactMap { index, element in
            guard let text = element.string else {
                issues.add(element, "must be a string")
                return nil
            }
            return (text, "\(pointer)/\(index)")
        }
    }

    func array(_ name: String, issues: inout FieldIssues) -> JSONValue? {
        read(name, "must be an array", &issues) { $0.kind == .array ? $0 : nil }
    }

    private func read<Value>(
        _ name: String, _ expectation: String, _ issues: inout FieldIssues, _ read: (JSONValue) -> Value?
    ) -> Value? {
        guard let value = self[name] else { return nil }
        guard let result = read(value) else {
            issues.add(value, expectation)
            return nil
        }
        return result
    }
}
