/// BPE merge rules as recipes: a token's row is the mean over the rules that make it of the mean of their two sides' rows, and
/// so on down to tokens that the base has. Unlike the flat mean over pieces, a part weighs 2⁻ᵈᵉᵖᵗʰ.
///
/// Nothing here recurses. A rule's sides are shorter than their union, so the parts of a token are visited from the longest to
/// the shortest, each after all that it is part of and thus once, however many ways lead to it.
public struct MergeRules: Sendable {
    private struct Rule {
        var left: Int32
        var right: Int32
    }

    private let parts: [[UInt8]]
    private let idByPart: [[UInt8]: Int32]
    /// The rules that make a part, by its id.
    private let rulesByUnion: [Int32: [Rule]]

    /// How many rules may lead to one token. A word of 20 bytes, split at every place and so on down, has 1,330.
    public static let maximumRules = 1 << 14

    /// - Parameter rules: the two sides of every rule. Several may have the same union.
    /// - Throws: `TrainingFreeError.emptyMergePart`.
    public init(rules: [(left: [UInt8], right: [UInt8])]) throws(TrainingFreeError) {
        var parts: [[UInt8]] = []
        var idByPart: [[UInt8]: Int32] = [:]
        func id(of part: [UInt8]) -> Int32 {
            if let id = idByPart[part] { return id }
            let id = Int32(parts.count)
            parts.append(part)
            idByPart[part] = id
            return id
        }
        var rulesByUnion: [Int32: [Rule]] = [:]
        for (index, rule) in rules.enumerated() {
            guard !rule.left.isEmpty, !rule.right.isEmpty else { throw .emptyMergePart(index: index) }
            let union = id(of: rule.left + rule.right)
            rulesByUnion[union, default: []].append(Rule(left: id(of: rule.left), right: id(of: rule.right)))
        }
        self.parts = parts
        self.idByPart = idByPart
        self.rulesByUnion = rulesByUnion
    }

    /// The combination of base rows that the rules make of `token`: its leaves from left to right, each once.
    ///
    /// - Parameter leaf: the base row of a part; nil for what the base does not have. What it knows is not taken apart.
    /// - Throws: `TrainingFreeError.unreachablePart`, or `.tooManyMerges` past `maximumRules`.
    public func combination(
        of token: [UInt8], leaf: ([UInt8]) -> Int32?
    ) throws(TrainingFreeError) -> Combination {
        if let row = leaf(token) { return Combination(rows: [row], weights: [1]) }
        guard let root = idByPart[token] else { throw .unreachablePart(token) }
        let reached = try reach(from: root, leaf: leaf)

        var weights: [Int32: Double] = [root: 1]
        for part in reached.unions.sorted(by: { parts[Int($0)].count > parts[Int($1)].count }) {
            guard let weight = weights[part], let rules = rulesByUnion[part] else { continue }
            let share = weight / Double(2 * rules.count)
            for rule in rules {
                weights[rule.left, default: 0] += share
                weights[rule.right, default: 0] += share
            }
        }
        let leaves = reached.leaves.map { (row: $0.row, weight: Float(weights[$0.part] ?? 0)) }.filter { $0.weight > 0 }
        return Combination(rows: leaves.map(\.row), weights: leaves.map(\.weight))
    }

    /// Everything that the rules reach from `root`, depth first and from left to right: what they take apart, and the base's
    /// tokens.
    private func reach(
        from root: Int32, leaf: ([UInt8]) -> Int32?
    ) throws(TrainingFreeError) -> (unions: [Int32], leaves: [(part: Int32, row: Int32)]) {
        var unions: [Int32] = []
        var leaves: [(part: Int32, row: Int32)] = []
        var seen: Set<Int32> = []
        var pending = [root]
        var followed = 0
        while let part = pending.popLast() {
            guard seen.insert(part).inserted else { continue }
            if let row = leaf(parts[Int(part)]) {
                leaves.append((part, row))
                continue
            }
            guard let rules = rulesByUnion[part] else { throw .unreachablePart(parts[Int(part)]) }
            followed += rules.count
            guard followed <= Self.maximumRules else { throw .tooManyMerges(limit: Self.maximumRules) }
            unions.append(part)
            for rule in rules.reversed() { pending += [rule.right, rule.left] }
        }
        return (unions, leaves)
    }
}
