import Foundation
import JSON
import Testing

@testable import HTTPServer

/// What we accept and refuse beside llhttp and h11, on what Tests/Fixtures/generate_http_fixtures.py wrote. Every difference has
/// exactly one reason in `DifferenceReason.all`, and every reason there is one of some difference.
@Suite struct DifferentialTests {
    @Test func everyDifferenceHasAReason() throws {
        var seen: Set<String> = []
        for (request, verdicts) in try readFixture() {
            let text = request.text.debugDescription
            let whole = OurReading(of: [request[...]])
            let ours = OurReading(of: request.indices.map { request[$0...$0] })
            #expect(whole.verdict == ours.verdict && whole.messageEnds == ours.messageEnds, "byte by byte: \(text)")
            for (library, theirs) in verdicts {
                expectSameMessages(ours.verdict, theirs, "\(library): \(text)")
                if ours.verdict.messages.count == theirs.messages.count, ours.verdict.endsLike(theirs) { continue }
                let difference = Difference(request: request, library: library, ours: ours, theirs: theirs)
                let matches = DifferenceReason.all.compactMap { reason in reason.match(difference).map { (reason, $0) } }
                #expect(matches.count == 1, "\(matches.map(\.0)) \(library): \(text) \(ours.verdict) \(theirs)")
                for (reason, way) in matches { seen.formUnion([reason.claim(library), reason.claim(way)]) }
            }
        }
        #expect(DifferenceReason.all.flatMap(\.claims).filter { !seen.contains($0) } == [], "reasons that explain nothing")
    }

    /// The messages that both have read are the same messages; of one before a change of protocol llhttp reads no body.
    private func expectSameMessages(_ ours: Verdict, _ theirs: Verdict, _ comment: @autoclosure () -> String) {
        for (index, (our, their)) in zip(ours.messages, theirs.messages).enumerated() {
            let isUpgrade = theirs.end == .upgraded && index == theirs.messages.count - 1
            #expect(our.method == their.method && our.fieldCount == their.fieldCount, "\(comment())")
            #expect(our.body == their.body || isUpgrade && their.body.isEmpty, "\(comment())")
            if let target = pathAndQuery(their.target) { #expect(our.target == target, "\(comment())") }
        }
    }

    /// A target without scheme and authority; nil if it is percent-encoded, as our messages are not.
    private func pathAndQuery(_ target: String) -> String? {
        guard !target.contains("%") else { return nil }
        guard let authority = target.range(of: "://"), !target.hasPrefix("/") else { return target }
        let rest = target[authority.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    private func readFixture() throws -> [(request: [UInt8], verdicts: [(Difference.Library, Verdict)])] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/http/requests.json")
        let cases = try JSONDocument(parsing: Array(Data(contentsOf: path))).root.elements.map { line in
            let parts = Array(line.elements)
            try #require(parts.count == 3)
            return (
                request: try #require(parts[0].latin1),
                verdicts: [(.llhttp, try #require(Verdict(parts[1]))), (.h11, try #require(Verdict(parts[2])))]
                    as [(Difference.Library, Verdict)]
            )
        }
        try #require(Set(cases.map(\.request)).count >= 4_000)
        return cases
    }
}
