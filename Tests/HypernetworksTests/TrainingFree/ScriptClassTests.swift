import Hypernetworks
import Testing

@Suite struct ScriptClassTests {
    /// As the `regex` package of PyPI has them.
    @Test func knowsEveryScript() throws {
        let samples: [[String]] = try decodeFixture("training-free/scripts.json")
        #expect(samples.count > 1_000)
        for sample in samples {
            let found = ScriptClass.of(bytes: Array(sample[0].utf8))
            #expect(found == ScriptClass(script: sample[1], isInitial: false), "\(sample)")
        }
    }

    @Test(arguments: [
        (" token", "Latn", true), ("\u{2581}Haus", "Latn", true), ("ing", "Latn", false), (" don't", "Latn", true),
        ("2024", "Zyyy", false), ("a1", "Latn", false), ("1a", "Zyyy", false), (" ", "Zyyy", true), ("", "Zyyy", false),
        ("мир", "Cyrl", false), ("漢字かな", "Hani", false), ("かな漢", "Hira", false), (" 한국어", "Hang", true),
        ("  a", "Zyyy", true), ("\u{378}", "Zzzz", false),
    ])
    func takesTheMajority(token: String, script: String, isInitial: Bool) {
        #expect(ScriptClass.of(bytes: Array(token.utf8)) == ScriptClass(script: script, isInitial: isInitial))
    }

    @Test func brokenCharactersHaveNoScript() {
        #expect(ScriptClass.of(bytes: [0xE6, 0xBC]) == ScriptClass(script: "Zzzz", isInitial: false))
        #expect(ScriptClass.of(bytes: [0x20, 0xFF]) == ScriptClass(script: "Zzzz", isInitial: true))
    }
}
