import Foundation
import Testing

/// A request's body, and what its refusal must say. Malformed texts and large bodies have no pointer.
struct Refusal {
    var body: Data
    var status: Int
    var code: String
    var pointer: String?

    init(_ body: Data, _ status: Int, _ code: String, at pointer: String? = nil) {
        self.body = body
        self.status = status
        self.code = code
        self.pointer = pointer
    }

    static func malformed(_ body: String) -> Refusal { Refusal(Data(body.utf8), 400, "malformed_json") }
    static func invalid(_ body: String, at pointer: String) -> Refusal {
        Refusal(Data(body.utf8), 422, "invalid_request", at: pointer)
    }
    static func tooMany(_ body: String, at pointer: String) -> Refusal {
        Refusal(Data(body.utf8), 413, "too_many_tokens", at: pointer)
    }

    /// A body with one token, and further fields.
    static func token(_ token: String, _ fields: String = "", at pointer: String) -> Refusal {
        invalid(#"{"tokens":[\#(token)]\#(fields.isEmpty ? "" : ",")\#(fields)}"#, at: pointer)
    }
}

extension ServerProcess {
    /// Sends a body and compares the answer with what it must be: a problem.
    func check(_ path: String, _ refusal: Refusal, _ arguments: [String] = []) throws {
        let answer = try post(path, body: refusal.body, arguments)
        let shown = "\(path) \(arguments) \(String(decoding: refusal.body.prefix(200), as: UTF8.self))"
        #expect(answer.status == refusal.status, "\(shown)")
        #expect(answer.fields["content-type"] == "application/problem+json", "\(shown)")
        // What a client has sent is not sent back by the megabyte.
        #expect(answer.body.count < 100_000, "\(shown)")
        let problem = try answer.json
        #expect(problem["status"] as? Int == refusal.status && problem["code"] as? String == refusal.code, "\(shown): \(problem)")
        #expect((problem["detail"] as? String)?.isEmpty == false, "\(shown)")
        #expect((problem["errors"] as? [[String: String]])?.first?["pointer"] == refusal.pointer, "\(shown): \(problem)")
    }

    /// What curl makes of an answer, whose end may be missing.
    func download(_ path: String, _ body: Data, _ arguments: [String] = []) throws -> (status: Int32, output: Data, error: String) {
        let scratch = try Scratch()
        let file = scratch.path + "/body"
        try body.write(to: URL(fileURLWithPath: file))
        return try run(
            "curl", ["-sS", "-m", "300", "-H", "Content-Type: application/json", "--data-binary", "@\(file)"] + arguments + [url + path])
    }
}
