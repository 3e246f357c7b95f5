import Foundation
import HTTPServer
import Testing

@testable import EmbeddingAPI

@Suite struct APIKeyTests {
    /// From `printf %s … | sha256sum`.
    @Test func hashesAreSHA256() throws {
        let key = try APIKey("he_f1PDj68OY5hXLbbvnTODpfmtlS0kI-LsqMwWAfOlqoc")
        #expect(key.hash.description == "sha256:f2254461f95bbbfb9b8c1ab391e35b578c09410e60d3e14599c53aefc8e04c53")
        #expect(APIKeyHash(Substring(key.hash.description)) == key.hash)
        #expect(APIKeyHash("sha256:F2254461F95BBBFB9B8C1AB391E35B578C09410E60D3E14599C53AEFC8E04C53") == key.hash)
    }

    @Test(arguments: [
        "", "sha256:", "f2254461f95bbbfb9b8c1ab391e35b578c09410e60d3e14599c53aefc8e04c53",
        "sha256:f2254461f95bbbfb9b8c1ab391e35b578c09410e60d3e14599c53aefc8e04c5",
        "sha256:f2254461f95bbbfb9b8c1ab391e35b578c09410e60d3e14599c53aefc8e04c533",
        "sha256:g2254461f95bbbfb9b8c1ab391e35b578c09410e60d3e14599c53aefc8e04c53",
        "sha256:\u{12}2254461f95bbbfb9b8c1ab391e35b578c09410e60d3e14599c53aefc8e04c53",
    ])
    func otherTextsAreNoHashes(text: String) { #expect(APIKeyHash(text[...]) == nil) }

    @Test func newKeysAre256BitsAndDiffer() throws {
        let keys = (0..<100).map { _ in APIKey.random().text }
        #expect(Set(keys).count == 100)
        for key in keys {
            #expect(key.hasPrefix("he_") && key.utf8.count == 46)
            let base64 = key.dropFirst(3).replacing("-", with: "+").replacing("_", with: "/") + "="
            #expect(Data(base64Encoded: String(base64))?.count == 32)
            #expect(try APIKey(key).text == key)
        }
    }

    @Test func keysThatCouldBeGuessedAreRefused() {
        #expect(throws: APIKeyError.length(21)) { try APIKey(String(repeating: "a", count: 21)) }
        #expect(throws: APIKeyError.length(513)) { try APIKey(String(repeating: "a", count: 513)) }
        #expect(throws: APIKeyError.illegalCharacter) { try APIKey("a key with spaces in it, too") }
        #expect(throws: Never.self) { try APIKey(String(repeating: "a", count: 22)) }
    }

    /// Each hash is found in its place, and one that differs by a single bit is not.
    @Test func hashesAreFound() throws {
        let hashes = (0..<50).map { APIKeyHash(of: "key \($0)") }
        for (index, hash) in hashes.enumerated() { #expect(hash.position(among: hashes) == index) }
        #expect(APIKeyHash(of: "key 50").position(among: hashes) == nil && hashes[0].position(among: []) == nil)
        let one = Substring("sha256:" + String(repeating: "0", count: 63))
        let zero = try #require(APIKeyHash(one + "0"))
        for place in 0..<64 {
            for digit in ["1", "2", "4", "8"] {
                var digits = Array(repeating: "0", count: 64)
                digits[place] = digit
                let other = try #require(APIKeyHash("sha256:" + digits.joined()))
                #expect(other.position(among: [zero]) == nil && zero.position(among: [other]) == nil)
                #expect(other.position(among: [zero, other]) == 1)
            }
        }
    }

    // MARK: Authorization

    private func key(_ values: String...) throws(Problem) -> String {
        var request = HTTPRequest(method: "GET", path: "/v1/models", query: "access_token=he_f1PDj68OY5hXLbbvnTODpf")
        for value in values { request.fields.append(trusted: "authorization", value) }
        return try BearerCredentials.key(of: request)
    }

    /// RFC 9110 section 11.1: the scheme's case does not matter, and one space or more come behind it.
    @Test func theKeyStandsBehindTheScheme() throws {
        for value in ["Bearer abc-._~+/==", "bearer abc-._~+/==", "BEARER   abc-._~+/=="] { #expect(try key(value) == "abc-._~+/==") }
    }

    /// RFC 6750 section 3.1: no error code for who shows no key, or something else.
    @Test func whoShowsNoKeyIsAskedForOne() {
        for value in ["Basic YTpi", "Bearers abc", "abc", "", "Bea\u{212A}er abc"] { expect(401, "key_required", nil) { try key(value) } }
        expect(401, "key_required", nil) { try BearerCredentials.key(of: HTTPRequest(method: "GET", path: "/")) }
    }

    @Test func whatCannotBeAKeyIsNotHashed() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer ==", "Bearer é", "Bearer " + String(repeating: "a", count: 513)] {
            expect(401, "invalid_key", "invalid_token") { try key(value) }
        }
    }

    @Test func severalKeysAreOneTooMany() {
        expect(400, "bad_authorization", "invalid_request") { try key("Bearer abc", "Bearer abc") }
    }

    private func expect(
        _ status: Int, _ code: String, _ error: String?, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> String
    ) {
        let problem = #expect(throws: Problem.self, sourceLocation: sourceLocation) { try body() }
        let challenge = "Bearer realm=\"hyperembed\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        #expect(problem?.status.code == status && problem?.code == code, sourceLocation: sourceLocation)
        #expect(problem?.response().fields["www-authenticate"] == challenge, sourceLocation: sourceLocation)
    }
}
