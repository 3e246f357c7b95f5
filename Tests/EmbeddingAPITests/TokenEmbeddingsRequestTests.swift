import HTTPServer
import JSON
import Testing
import Tokenization

@testable import EmbeddingAPI

@Suite struct TokenEmbeddingsRequestTests {
    private func parse(_ body: String, limits: RequestLimits = RequestLimits()) throws(Problem) -> TokenEmbeddingsRequest {
        try TokenEmbeddingsRequest(body: Array(body.utf8), limits: limits)
    }

    private func problem(_ body: String, limits: RequestLimits = RequestLimits()) -> Problem? {
        do {
            _ = try parse(body, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func spelling(_ token: TokenProposal) -> String {
        switch token.spelling {
        case .token(let text, let form): "\(text) as \(form.rawValue)"
        case .sourceIDs(let ids): "\(ids)"
        }
    }

    @Test func readsEveryShapeOfToken() throws {
        let request = try parse(
            #"""
            {"model": "m", "form": "byte_level", "language": "en", "method": "hypernetwork", "outputs": ["bias", "input"],
             "tokens": ["Ġa", {"token": " b", "form": "text"}, {"token": "▁c", "form": "sentencepiece", "language": "de"},
                        {"source_ids": [1, 2]}, {"token": "Ġd"}]}
            """#)
        #expect(request.model == "m" && request.rows.outputs == [.bias, .input])
        #expect(request.tokens.map(spelling) == [
            "Ġa as byte_level", " b as text", "▁c as sentencepiece", "[1, 2]", "Ġd as byte_level",
        ])
        #expect(request.tokens.map(\.language) == ["en", "en", "de", "en", "en"])
        #expect(request.tokens.enumerated().map { $1.pointer(at: $0) } == [
            "/tokens/0", "/tokens/1/token", "/tokens/2/token", "/tokens/3/source_ids", "/tokens/4/token",
        ])
    }

    @Test func hasDefaults() throws {
        let request = try parse(#"{"tokens": ["a"]}"#)
        #expect(request.model == "default" && request.rows.outputs == [.input, .output, .bias, .coordinates])
        #expect(request.tokens.map(spelling) == ["a as text"] && request.tokens[0].language == nil)
    }

    @Test func namesEveryCulprit() {
        let errors = problem(#"{"tokens": ["a", 1, {"token": 2}, {}], "colour": 3, "form": 4}"#)?.errors ?? []
        #expect(errors.map(\.pointer) == ["/colour", "/form", "/tokens/1", "/tokens/2/token", "/tokens/3"])
    }

    @Test func namesRepeatedMembers() throws {
        let body = #"{"model": "m", "tokens": [{"token": "a", "to\u006ben": "b"}, {"token": "c", "x": 1, "form": "f"}], "model": "n"}"#
        let errors = problem(body)?.errors ?? []
        #expect(errors.map(\.pointer) == ["/model", "/tokens/0/token", "/tokens/1/x", "/tokens/1/form"])
        #expect(errors.first?.detail == "the field is given twice")
        #expect(try parse(#"{"tokens": [{"to\u006ben": "a"}]}"#).tokens.map(spelling) == ["a as text"])
    }

    @Test func doesNotListThousandsOfCulprits() {
        let body = #"{"tokens": ["# + [String](repeating: "1", count: 5_000).joined(separator: ",") + "]}"
        #expect(problem(body)?.errors.count == 20)
    }

    @Test func countsCharactersAndTokens() {
        var limits = RequestLimits()
        limits.maximumTokens = 2
        limits.maximumTokenBytes = 3
        #expect(problem(#"{"tokens": ["abc", "é"]}"#, limits: limits) == nil)
        #expect(problem(#"{"tokens": ["abcd"]}"#, limits: limits)?.status == .unprocessableContent)
        let tooMany = problem(#"{"tokens": ["a", "b", "c"]}"#, limits: limits)
        #expect(tooMany?.status == .contentTooLarge && tooMany?.errors.first?.pointer == "/tokens")
    }

    @Test func refusesDeepNesting() {
        let body = #"{"tokens": "# + String(repeating: "[", count: 100_000)
        #expect(problem(body)?.status == .badRequest)
    }
}
