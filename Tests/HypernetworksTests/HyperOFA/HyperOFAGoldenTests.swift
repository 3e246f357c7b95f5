import Hypernetworks
import Tensors
import Testing

/// The authors' PyTorch modules, run with random weights, are the reference.
@Suite struct HyperOFAGoldenTests {
    static let cases = ["hyperofa-bilstm-2-layers", "hyperofa-setformer"]

    @Test(arguments: cases) func agreesWithTheAuthors(name: String) throws {
        let hypernetwork = try HyperOFAHypernetwork(folder: golden(name))
        let goldenCase = try HyperOFAGoldenCase(
            path: golden(name) + "/case.safetensors", configuration: hypernetwork.configuration)
        #expect(goldenCase.tokens.count == 20)
        var workspace = HyperOFAWorkspace(hypernetwork.configuration)
        hypernetwork.predict(goldenCase.tokens[...], workspace: &workspace)
        let deviation = goldenCase.deviation(of: workspace.coordinates)
        #expect(deviation.absolute < 1e-5 && deviation.relative < 1e-5, "\(deviation)")

        hypernetwork.predict(goldenCase.tokens.reversed()[...], workspace: &workspace)
        #expect(goldenCase.deviation(of: workspace.coordinates).relative > 0.1)
        hypernetwork.predict(goldenCase.tokens.dropLast(), workspace: &workspace)
        #expect(goldenCase.deviation(of: workspace.coordinates).absolute == .infinity)
    }

    /// The same words give the same bits alone, in any batch, in any order, in a workspace that has seen others.
    @Test(arguments: cases) func bitsDoNotDependOnTheBatch(name: String) throws {
        let hypernetwork = try HyperOFAHypernetwork(folder: golden(name))
        let limit = Int32(hypernetwork.configuration.wordCount)
        let lengths = [256, 1, 255, 2, 3, 64, 1, 17, 128, 30, 30, 31, 192, 193, 5, 100]
        let tokens = lengths.map { length in (0..<length).map { _ in Int32.random(in: 0..<limit) } }
        var workspace = HyperOFAWorkspace(hypernetwork.configuration)
        hypernetwork.predict(tokens[...], workspace: &workspace)
        let together = workspace.rowBits()
        #expect(Set(together).count == Set(tokens).count)
        for index in tokens.indices.shuffled() {
            hypernetwork.predict(tokens[index...index], workspace: &workspace)
            #expect(workspace.rowBits() == [together[index]], "\(lengths[index]) words")
        }
        let order = tokens.indices.shuffled() + tokens.indices.shuffled().prefix(5)
        var other = HyperOFAWorkspace(hypernetwork.configuration)
        hypernetwork.predict(order.map { tokens[$0] }[...], workspace: &other)
        #expect(other.rowBits() == order.map { together[$0] })
    }

    /// Every length there is, in one batch and by itself.
    @Test(arguments: cases) func allLengthsAgreeWithThemselves(name: String) throws {
        let hypernetwork = try HyperOFAHypernetwork(folder: golden(name))
        let limit = Int32(hypernetwork.configuration.wordCount)
        let tokens = (1...256).map { length in (0..<length).map { _ in Int32.random(in: 0..<limit) } }.shuffled()
        var workspace = HyperOFAWorkspace(hypernetwork.configuration)
        hypernetwork.predict(tokens[...], workspace: &workspace)
        let together = workspace.rowBits()
        for (index, token) in tokens.enumerated() {
            hypernetwork.predict([token], workspace: &workspace)
            #expect(workspace.rowBits() == [together[index]], "\(token.count) words")
        }
    }

    @Test(arguments: cases) func anEmptyBatchHasNoRows(name: String) throws {
        let hypernetwork = try HyperOFAHypernetwork(folder: golden(name))
        var workspace = HyperOFAWorkspace(hypernetwork.configuration)
        hypernetwork.predict([], workspace: &workspace)
        #expect(workspace.coordinates.rows == 0)
    }

    /// What comes between two matrix products may run a pass of its own.
    @Test(arguments: cases) func pausesMayRunAnotherPass(name: String) throws {
        let hypernetwork = try HyperOFAHypernetwork(folder: golden(name))
        let tokens: [[Int32]] = [[1, 2, 3], [4], [5, 6]]
        var workspace = HyperOFAWorkspace(hypernetwork.configuration)
        var other = HyperOFAWorkspace(hypernetwork.configuration)
        hypernetwork.predict(tokens[...], workspace: &workspace)
        let expected = workspace.rowBits()
        var pauses = 0
        hypernetwork.predict(tokens[...], workspace: &workspace) {
            pauses += 1
            hypernetwork.predict(tokens[1...1], workspace: &other)
            #expect(other.rowBits() == [expected[1]])
        }
        // Two layers of two directions with three steps each, or three layers of five products.
        #expect(pauses > 12)
        #expect(workspace.rowBits() == expected)
    }

    @Test(arguments: cases) func wordsThatCannotBeReadAreRefused(name: String) throws {
        let hypernetwork = try HyperOFAHypernetwork(folder: golden(name))
        let count = hypernetwork.configuration.wordCount
        try hypernetwork.validate(words: Array(repeating: Int32(count - 1), count: 256))
        #expect(throws: HyperOFAError.noWords) { try hypernetwork.validate(words: []) }
        #expect(throws: HyperOFAError.tooManyWords(count: 257, limit: 256)) {
            try hypernetwork.validate(words: Array(repeating: 0, count: 257))
        }
        #expect(throws: HyperOFAError.paddingWordID(id: count)) { try hypernetwork.validate(words: [0, Int32(count)]) }
        for id in [-1, count + 1, Int(Int32.max), Int(Int32.min)] {
            #expect(throws: HyperOFAError.wordIDOutOfRange(id: id, limit: count)) {
                try hypernetwork.validate(words: [0, Int32(id)])
            }
        }
    }
}

extension HyperOFAWorkspace {
    /// What the last pass has predicted, token by token.
    fileprivate func rowBits() -> [[UInt32]] {
        (0..<coordinates.rows).map { coordinates.row($0).map(\.bitPattern) }
    }
}
