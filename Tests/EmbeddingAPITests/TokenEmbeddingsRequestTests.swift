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

    @Test func readsWordsOfTokens() throws {
        let request = try parse(
            #"{"tokens": [{"token": "a", "words": ["b", "c"]}, {"source_ids": [1], "word_ids": [4, 0]}, {"token": "d", "language": "e"}]}"#)
        guard case .named(["b", "c"])? = request.tokens[0].words, case .ids([4, 0])? = request.tokens[1].words else {
            Issue.record("\(request.tokens)")
            return
        }
        #expect(request.tokens[2].words == nil)
        var limits = RequestLimits()
        limits.maximumWords = 2
        limits.maximumTokenBytes = 3
        for (words, pointer) in [
            (#""words": ["b", "c", "d"]"#, "words"), (#""word_ids": [1, 2, 3]"#, "word_ids"), (#""words": ["bcde"]"#, "words/0"),
            (#""words": [], "language": "e""#, "words"), (#""words": ["b"], "word_ids": [1]"#, "word_ids"),
            (#""word_ids": [2147483648]"#, "word_ids/0"), (#""word_ids": {}"#, "word_ids"),
        ] {
            let errors = problem(#"{"tokens": [{"token": "a", \#(words)}]}"#, limits: limits)?.errors ?? []
            #expect(errors.map(\.pointer) == ["/tokens/0/\(pointer)"])
        }
    }

    @Test func readsParametersOfMethods() throws {
        let nearest = try parse(
            #"{"tokens": ["a"], "method": "word_vectors", "weighting": "softmax", "neighbors": 7, "temperature": 0.5, "on_existing": "copy"}"#)
        #expect(nearest.rows.choice.similarity == .softmax(count: 7, temperature: 0.5) && nearest.onExisting == .copy)
        let interpolated = try parse(#"{"tokens": ["a"], "method": "interpolation", "weighting": "barycentric", "metric": "cosine"}"#)
        #expect(interpolated.rows.choice.interpolation.weighting == .barycentric)
        #expect(interpolated.rows.choice.interpolation.metric == .cosine && interpolated.rows.choice.interpolation.count == 64)
        #expect(try parse(#"{"tokens": ["a"], "method": "omp", "atoms": 3}"#).rows.choice.pursuit.atoms == 3)
        #expect(try parse(#"{"tokens": ["a"], "method": "weighted", "weighting": "linear"}"#).rows.choice.weighting == .linear)
        let errors = problem(#"{"tokens": ["a"], "method": "word_vectors", "weighting": "linear", "neighbors": 0, "atoms": 257}"#)?.errors ?? []
        #expect(errors.map(\.pointer) == ["/weighting", "/neighbors", "/atoms"])
        #expect(errors.first?.detail == "must be one of softmax, sparsemax, proportional")
    }

    @Test func hasDefaults() throws {
        let request = try parse(#"{"tokens": ["a"]}"#)
        #expect(request.model == "default" && request.rows.outputs == [.input, .output, .bias])
        #expect(request.onExisting == .generate)
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
