/// What a token is written in and whether it begins a word: tokens of a class have similar rows.
public struct ScriptClass: Hashable, Sendable {
    /// Four-letter code of ISO 15924, such as "Latn"; "Zyyy" for what scripts share, "Zzzz" for bytes that are no character.
    public let script: String
    /// Whether the token begins a word: a space, or SentencePiece's marker for one, comes first.
    public let isInitial: Bool

    public init(script: String, isInitial: Bool) {
        self.script = script
        self.isInitial = isInitial
    }

    /// The script that most characters of the token are in, the earliest of those that tie; the leading space does not count.
    public static func of(bytes token: [UInt8]) -> ScriptClass {
        var text = String(decoding: token, as: UTF8.self).unicodeScalars[...]
        let isInitial = text.first == " " || text.first == "\u{2581}"
        if isInitial { text.removeFirst() }
        var counts: [(script: UInt8, count: Int)] = []
        for scalar in text {
            let script = ScriptRanges.script(of: scalar)
            if let index = counts.firstIndex(where: { $0.script == script }) {
                counts[index].count += 1
            } else {
                counts.append((script, 1))
            }
        }
        let most = counts.map(\.count).max()
        let script = counts.first { $0.count == most }?.script
        return ScriptClass(script: script.map { ScriptRanges.codes[Int($0)] } ?? "Zyyy", isInitial: isInitial)
    }
}

extension ScriptRanges {
    /// The index into `codes` of a character's script. The replacement character, which stands for bytes that are no UTF-8, has
    /// none.
    fileprivate static func script(of scalar: Unicode.Scalar) -> UInt8 {
        guard scalar != "\u{FFFD}" else { return unknown }
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar.value { low = middle } else { high = middle }
        }
        return scripts[low]
    }
}
