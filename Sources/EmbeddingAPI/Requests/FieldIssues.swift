import HTTPServer
import JSON

/// What is wrong with a request, each with the JSON pointer (RFC 6901) of its culprit in the body.
struct FieldIssues {
    private(set) var issues: [(pointer: String, detail: String)] = []

    /// Enough for a caller to see the pattern; a request of 10,000 bad tokens is not answered by 10,000 sentences.
    private static let maximumCount = 20

    var isEmpty: Bool { issues.isEmpty }

    mutating func add(_ value: JSONValue, _ detail: @autoclosure () -> String) { add(pointer: value.pointer, detail()) }

    mutating func add(pointer: @autoclosure () -> String, _ detail: @autoclosure () -> String) {
        if issues.count < Self.maximumCount { issues.append((pointer(), detail())) }
    }

    /// The issues as one answer, or nothing if there are none.
    func throwIfAny() throws(Problem) {
        guard let first = issues.first else { return }
        throw Problem(
            status: .unprocessableContent, code: "invalid_request", title: "The request is not valid",
            detail: "\(first.pointer.isEmpty ? "the body" : first.pointer): \(first.detail)", errors: issues)
    }
}

extension Problem {
    /// 422 for one thing that is wrong.
    init(invalid detail: String, at pointer: String) {
        self.init(
            status: .unprocessableContent, code: "invalid_request", title: "The request is not valid",
            detail: pointer.isEmpty ? detail : "\(pointer): \(detail)", errors: [(pointer, detail)])
    }
}
