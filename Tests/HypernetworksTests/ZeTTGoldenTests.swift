import Foundation
import Hypernetworks
import Tensors
import Testing

/// The authors' PyTorch module, run with random weights in the published checkpoints' format, is the reference.
@Suite struct ZeTTGoldenTests {
    static let cases = ["zett-tied-lang-bias", "zett-untied-single-head", "zett-untied-two-heads"]

    private func load(_ name: String) throws -> (ZeTTHypernetwork, GoldenCase) {
        let folder = golden(name)
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: folder)
        let goldenCase = try GoldenCase(path: folder + "/case.safetensors", configuration: configuration)
        let base = try #require(goldenCase.sourceEmbeddings)
        return (try ZeTTHypernetwork(folder: folder, base: [base]), goldenCase)
    }

    @Test(arguments: cases) func agreesWithTheAuthors(name: String) throws {
        let (hypernetwork, goldenCase) = try load(name)
        var workspace = ZeTTWorkspace(hypernetwork.configuration)
        let rows = hypernetwork.generate(goldenCase.tokens[...], workspace: &workspace)
        let deviations = goldenCase.deviations(of: rows)
        #expect(deviations.count == (name.contains("two-heads") || name.contains("tied-lang") ? 2 : 3))
        for deviation in deviations {
            #expect(deviation.absolute < 1e-4 && deviation.relative < 1e-4, "\(deviation)")
        }
    }

    /// The same token has the same bits alone, in any batch, in any order, from a cold and from a warm projection table.
    @Test(arguments: cases) func rowBitsDoNotDependOnTheBatch(name: String) throws {
        let (hypernetwork, goldenCase) = try load(name)
        let (cold, _) = try load(name)
        var workspace = ZeTTWorkspace(hypernetwork.configuration)
        let together = hypernetwork.generate(goldenCase.tokens[...], workspace: &workspace)
        for index in goldenCase.tokens.indices.shuffled() {
            let alone = cold.generate(goldenCase.tokens[index...index], workspace: &workspace)
            #expect(alone.bits(0) == together.bits(index))
        }
        let order = goldenCase.tokens.indices.shuffled() + goldenCase.tokens.indices.shuffled()
        let shuffled = hypernetwork.generate(order.map { goldenCase.tokens[$0] }[...], workspace: &workspace)
        for (position, index) in order.enumerated() {
            #expect(shuffled.bits(position) == together.bits(index))
        }
    }

    /// A deviation is noticed: the comparison that the other tests rely on can fail.
    @Test func deviationsGrowWithTheError() throws {
        let (hypernetwork, goldenCase) = try load(Self.cases[0])
        var workspace = ZeTTWorkspace(hypernetwork.configuration)
        let swapped = hypernetwork.generate(goldenCase.tokens.reversed()[...], workspace: &workspace)
        #expect(goldenCase.deviations(of: swapped).allSatisfy { $0.absolute > 0.1 && $0.relative > 0.1 })
        let short = hypernetwork.generate(goldenCase.tokens.dropLast(), workspace: &workspace)
        #expect(goldenCase.deviations(of: short).allSatisfy { $0.absolute == .infinity })
    }

    @Test func anEmptyBatchHasNoRows() throws {
        let (hypernetwork, goldenCase) = try load(Self.cases[0])
        var workspace = ZeTTWorkspace(hypernetwork.configuration)
        #expect(hypernetwork.generate(goldenCase.tokens[..<0], workspace: &workspace).count == 0)
    }

    /// What comes between two matrix products may run a pass of its own.
    @Test(arguments: cases) func pausesMayRunAnotherPass(name: String) throws {
        let (hypernetwork, goldenCase) = try load(name)
        var workspace = ZeTTWorkspace(hypernetwork.configuration)
        let expected = hypernetwork.generate(goldenCase.tokens[...], workspace: &workspace)
        var other = ZeTTWorkspace(hypernetwork.configuration)
        var pauses = 0
        hypernetwork.predict(goldenCase.tokens[...], workspace: &workspace) {
            pauses += 1
            let rows = hypernetwork.generate(goldenCase.tokens[1...1], workspace: &other)
            #expect(rows.bits(0) == expected.bits(1))
        }
        // Three layers of four products and more, and the heads.
        #expect(pauses > 12)
        let rows = GeneratedRows(count: goldenCase.tokens.count, shape: hypernetwork.configuration.rowShape)
        for token in goldenCase.tokens.indices {
            rows.store(token, from: workspace, token: token)
            #expect(rows.bits(token) == expected.bits(token))
        }
    }
}

extension GeneratedRows {
    /// All numbers of a token: of its input row, its output row and its bias.
    func bits(_ token: Int) -> [UInt32] {
        [input, output, bias].flatMap { rows in
            rows?.withRow(token) { row in row.indices.map { row[$0].bitPattern } } ?? []
        }
    }
}

/// A folder of Tests/Golden.
func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/\(name)").path
}
