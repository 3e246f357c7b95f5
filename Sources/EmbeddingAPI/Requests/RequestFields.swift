import Foundation
import HTTPServer
import JSON

/// The named values of a request, wherever in it they stand. What is wrong with one becomes an issue.
protocol RequestFields {
    /// Where a field stands, for messages: a JSON pointer into the body, or `?name` for a parameter of the query.
    func pointer(_ name: String) -> String

    func string(_ name: String, issues: inout FieldIssues) -> String?

    func number(_ name: String, issues: inout FieldIssues) -> Double?

    func integer(_ name: String, issues: inout FieldIssues) -> Int?

    /// Nil if the field is not there, or not a list of strings.
    func strings(_ name: String, issues: inout FieldIssues) -> [(text: String, pointer: String)]?
}

extension RequestFields {
    /// One of an enumeration's names.
    func option<Option: RawRepresentable & CaseIterable>(
        _ name: String, issues: inout FieldIssues
    ) -> Option? where Option.RawValue == String {
        guard let text = string(name, issues: &issues) else { return nil }
        return Self.option(text, pointer: pointer(name), issues: &issues)
    }

    /// Some of an enumeration's names, one at least.
    func options<Option: RawRepresentable & CaseIterable>(
        _ name: String, issues: inout FieldIssues
    ) -> [Option]? where Option.RawValue == String {
        guard let texts = strings(name, issues: &issues) else { return nil }
        if texts.isEmpty { issues.add(pointer: pointer(name), "must name one at least") }
        guard texts.count <= Option.allCases.count else {
            issues.add(pointer: pointer(name), "has \(texts.count) names, and there are only \(Option.allCases.count)")
            return nil
        }
        return texts.compactMap { Self.option($0.text, pointer: $0.pointer, issues: &issues) }
    }

    private static func option<Option: RawRepresentable & CaseIterable>(
        _ text: String, pointer: @autoclosure () -> String, issues: inout FieldIssues
    ) -> Option? where Option.RawValue == String {
        guard let option = Option(rawValue: text) else {
            issues.add(pointer: pointer(), "must be one of \(Option.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return option
    }
}

/// The parameters of a URL's query, `name=value&…`, percent-encoded; unknown and repeated ones become issues.
struct QueryFields: RequestFields {
    private var values: [String: String] = [:]

    /// - Parameter allowed: the names that the query may have.
    init(_ query: String?, allowed: [String], issues: inout FieldIssues) {
        for parameter in (query ?? "").split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].removingPercentEncoding ?? String(parts[0])
            guard allowed.contains(name) else {
                issues.add(pointer: "?\(name)", "unknown parameter; known are \(allowed.joined(separator: ", "))")
                continue
            }
            guard let value = parts.count == 2 ? parts[1].removingPercentEncoding : "" else {
                issues.add(pointer: "?\(name)", "must be percent-encoded UTF-8")
                continue
            }
            if values.updateValue(value, forKey: name) != nil { issues.add(pointer: "?\(name)", "the parameter is given twice") }
        }
    }

    func pointer(_ name: String) -> String { "?\(name)" }

    func string(_ name: String, issues: inout FieldIssues) -> String? { values[name] }

    func number(_ name: String, issues: inout FieldIssues) -> Double? { parse(name, "must be a number", &issues, \.double) }

    func integer(_ name: String, issues: inout FieldIssues) -> Int? { parse(name, "must be an integer", &issues, \.integer) }

    func strings(_ name: String, issues: inout FieldIssues) -> [(text: String, pointer: String)]? {
        values[name]?.split(separator: ",", omittingEmptySubsequences: false).map { (String($0), pointer(name)) }
    }

    /// Numbers are written as in JSON.
    private func parse<Value>(
        _ name: String, _ expectation: String, _ issues: inout FieldIssues, _ read: (JSONValue) -> Value?
    ) -> Value? {
        guard let text = values[name] else { return nil }
        guard let root = try? JSONDocument(parsing: Array(text.utf8)).root, let value = read(root) else {
            issues.add(pointer: pointer(name), expectation)
            return nil
        }
        return value
    }
}
