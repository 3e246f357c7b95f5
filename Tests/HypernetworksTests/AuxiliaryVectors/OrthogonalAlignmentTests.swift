import Hypernetworks
import Testing

@Suite struct OrthogonalAlignmentTests {
    struct Fixture: Decodable {
        var dictionary: [[String]]
        var source: [String: [Float]]
        var target: [String: [Float]]
        var rotation: [[Double]]
    }

    /// The spaces differ by a map that stretches before it turns: only the right one of R and Rᵀ is what the package finds.
    @Test func rotationIsThatOfWECHSEL() throws {
        let fixture: Fixture = try decodeFixture("word-methods/alignment.json")
        let alignment = try OrthogonalAlignment(
            dictionary: fixture.dictionary.map { ($0[0], $0[1]) }, source: { fixture.source[$0] },
            target: { fixture.target[$0] })
        #expect(alignment.rank == 8)
        let expected = fixture.rotation.flatMap(\.self)
        for (found, expected) in zip(alignment.rotation, expected) { #expect(abs(found - expected) < 1e-6) }
        let vector = try #require(fixture.source.values.first)
        let turned = fixture.rotation[0].indices.map { column in
            vector.indices.reduce(0) { $0 + Double(vector[$1]) * fixture.rotation[$1][column] }
        }
        #expect(try deviation(alignment.toTarget(vector), turned) < 1e-6)
        #expect(try deviation(alignment.toSource(alignment.toTarget(vector)), vector.map(Double.init)) < 1e-6)
    }

    /// Too few pairs leave directions open: what comes is a rotation all the same.
    @Test func fewPairsGiveARotation() throws {
        let alignment = try OrthogonalAlignment(pairs: [([1, 2, 3, 4], [4, 3, 2, 1]), ([1, 0, 0, 1], [0, 1, 0, 1])])
        #expect(alignment.rank == 2)
        for a in 0..<4 {
            for b in 0..<4 {
                let product = (0..<4).reduce(0) { $0 + alignment.rotation[a * 4 + $1] * alignment.rotation[b * 4 + $1] }
                #expect(abs(product - (a == b ? 1 : 0)) < 1e-12)
            }
        }
    }

    @Test func wordsAreLookedUpInThreeForms() throws {
        var asked: [String] = []
        _ = try OrthogonalAlignment(
            dictionary: [("o'nEill-ß", "x")],
            source: {
                asked.append($0)
                return [1]
            }, target: { _ in [1] })
        // As Python's str.lower and str.title have them.
        #expect(asked == ["o'nEill-ß", "o'neill-ß", "O'Neill-Ss"])
    }

    @Test func refusals() throws {
        #expect(throws: OrthogonalAlignmentError.noPairs) { try OrthogonalAlignment(pairs: []) }
        #expect(throws: OrthogonalAlignmentError.noPairs) { try OrthogonalAlignment(pairs: [([0, 0], [0, 0])]) }
        #expect(throws: OrthogonalAlignmentError.noPairs) {
            try OrthogonalAlignment(dictionary: [("a", "b")], source: { _ in nil }, target: { _ in [1] })
        }
        #expect(throws: OrthogonalAlignmentError.wrongWidth(pair: 1, expected: 2, found: 1)) {
            try OrthogonalAlignment(pairs: [([1, 2], [1, 2]), ([1, 2], [1])])
        }
        #expect(throws: OrthogonalAlignmentError.notFinite(pair: 0)) { try OrthogonalAlignment(pairs: [([.nan], [1])]) }
        #expect(throws: OrthogonalAlignmentError.wrongWidth(pair: nil, expected: 1, found: 2)) {
            try OrthogonalAlignment(pairs: [([1], [1])]).toTarget([1, 2])
        }
    }
}
