import Hypernetworks
import Testing

@Suite struct MergeRulesTests {
    private func rules(_ rules: [(String, String)]) throws -> MergeRules {
        try MergeRules(rules: rules.map { (Array($0.0.utf8), Array($0.1.utf8)) })
    }

    /// Single letters are the base's tokens, by their code.
    private func letter(_ part: [UInt8]) -> Int32? { part.count == 1 ? Int32(part[0]) : nil }

    private func weights(_ combination: Combination) -> [Character: Float] {
        Dictionary(uniqueKeysWithValues: zip(combination.rows, combination.inputWeights).map { row, weight in
            (Unicode.Scalar(UInt32(row)).map(Character.init) ?? "?", weight)
        })
    }

    @Test func weighsPartsByTheirDepth() throws {
        let combination = try rules([("a", "b"), ("ab", "c"), ("abc", "d")]).combination(of: Array("abcd".utf8), leaf: letter)
        #expect(weights(combination) == ["a": 0.125, "b": 0.125, "c": 0.25, "d": 0.5])
        #expect(combination.rows == Array("abcd".utf8).map(Int32.init))
        #expect(combination.inputWeights == combination.outputWeights)
    }

    @Test func takesTheMeanOverRulesOfOneUnion() throws {
        // "abc" is ab + c and a + bc: a gets 1/2 (1/4 + 1/2), b 1/2 (1/4 + 1/4).
        let combination = try rules([("a", "b"), ("ab", "c"), ("b", "c"), ("a", "bc")])
            .combination(of: Array("abc".utf8), leaf: letter)
        #expect(weights(combination) == ["a": 0.375, "b": 0.25, "c": 0.375])
    }

    @Test func stopsAtTokensThatTheBaseHas() throws {
        let rules = try rules([("a", "b"), ("ab", "c")])
        let combination = try rules.combination(of: Array("abc".utf8)) { $0 == Array("ab".utf8) ? 7 : letter($0) }
        #expect(combination.rows == [7, 99] && combination.inputWeights == [0.5, 0.5])
        #expect(try rules.combination(of: Array("zz".utf8)) { _ in 3 } == .mean(of: [3]))
    }

    @Test func repeatedPartsAreOneRow() throws {
        let combination = try rules([("a", "a"), ("aa", "a")]).combination(of: Array("aaa".utf8), leaf: letter)
        #expect(weights(combination) == ["a": 1])
    }

    @Test func namesWhatNoRuleReaches() throws {
        let rules = try rules([("a", "b"), ("ab", "c")])
        #expect(throws: TrainingFreeError.unreachablePart(Array("xy".utf8))) {
            _ = try rules.combination(of: Array("xy".utf8), leaf: letter)
        }
        #expect(throws: TrainingFreeError.unreachablePart(Array("b".utf8))) {
            _ = try rules.combination(of: Array("abc".utf8)) { $0 == [98] ? nil : letter($0) }
        }
        #expect(throws: TrainingFreeError.emptyMergePart(index: 1)) {
            _ = try MergeRules(rules: [([1], [2]), ([], [3])])
        }
    }

    /// A chain as deep as it is long: weights halve until float32 has no number for them.
    @Test func depthCostsNoStack() throws {
        let depth = 10_000
        let token = (0...depth).map { UInt8($0 % 251) }
        let rules = try MergeRules(rules: (1...depth).map { (Array(token[..<$0]), [token[$0]]) })
        let combination = try rules.combination(of: token, leaf: letter)
        #expect((combination.inputWeights.reduce(0, +) - 1).magnitude < 1e-6)
        #expect(combination.rows.count <= 251 && combination.inputWeights.max() ?? 0 >= 0.5)
    }

    /// Every split of every length is a rule: 2^n ways through, each part visited once.
    @Test func sharedPartsAreVisitedOnce() throws {
        func splits(upTo length: Int) throws -> MergeRules {
            try MergeRules(rules: (2...length).flatMap { length in
                (1..<length).map { (Array(repeating: 97, count: $0), Array(repeating: 97, count: length - $0)) }
            })
        }
        let combination = try splits(upTo: 120).combination(of: Array(repeating: 97, count: 120), leaf: letter)
        #expect(combination.rows == [97] && (combination.inputWeights[0] - 1).magnitude < 1e-6)
        #expect(throws: TrainingFreeError.tooManyMerges(limit: MergeRules.maximumRules)) {
            _ = try splits(upTo: 200).combination(of: Array(repeating: 97, count: 200), leaf: letter)
        }
    }
}
