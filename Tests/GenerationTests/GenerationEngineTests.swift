import Foundation
import Hypernetworks
import Synchronization
import Testing

@testable import Generation

@Suite struct GenerationEngineTests {
    private static let model = Result { try loadDefaultModel() }

    private func model() throws -> EmbeddingModel { try Self.model.get() }

    /// Tokens of 1 to 7 random source ids, as new words have them.
    private func randomTokens(_ count: Int, _ model: EmbeddingModel) -> [ZeTTInput] {
        let configuration = model.hypernetwork.configuration
        return (0..<count).map { _ in
            let length = min(Int.random(in: 1...4) * Int.random(in: 1...2), configuration.maximumLength)
            return ZeTTInput(sourceIDs: (0..<length).map { _ in Int32.random(in: 1..<Int32(configuration.sourceIDLimit)) })
        }
    }

    /// One request, one by one, and random slices from many threads at once, on one worker and on several: the same bits.
    @Test func rowBitsDoNotDependOnTheCompany() throws {
        let model = try model()
        let tokens = randomTokens(600, model)
        let together = try GenerationEngine(workers: 1).generate(tokens, model: model)
        #expect(together.count == tokens.count)

        let engine = GenerationEngine(workers: 3)
        let mismatches = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<6 {
                let start = Int.random(in: 0..<tokens.count, using: &generator)
                let end = min(tokens.count, start + Int.random(in: 1...40, using: &generator))
                let rows = try? engine.generate(Array(tokens[start..<end]), model: model)
                let expected = together.input[start * 384..<end * 384]
                if rows?.input.map(\.bitPattern) != expected.map(\.bitPattern) { mismatches.add(1, ordering: .relaxed) }
            }
        }
        #expect(mismatches.load(ordering: .relaxed) == 0)
        for index in stride(from: 0, to: tokens.count, by: 23) {
            let alone = try engine.generate([tokens[index]], model: model)
            #expect(alone.input.map(\.bitPattern) == together.inputRow(index).map(\.bitPattern))
        }
    }

    @Test func anEmptyRequestHasNoRows() throws {
        #expect(try GenerationEngine(workers: 1).generate([], model: model()).count == 0)
    }

    @Test func refusesWhatDoesNotFitTheQueue() throws {
        let model = try model()
        let engine = GenerationEngine(workers: 1, maximumQueuedRows: 10)
        let tokens = [ZeTTInput](repeating: ZeTTInput(sourceIDs: [5, 6]), count: 6)
        #expect(throws: GenerationError.queueFull(maximumRows: 10)) { _ = try engine.generate(tokens, model: model) }
        // The refused request left the queue as it was.
        for _ in 0..<3 { #expect(try engine.generate(Array(tokens.prefix(5)), model: model).count == 5) }
    }

    @Test func leavesOutWhatNobodyWaitsFor() throws {
        let model = try model()
        let engine = GenerationEngine(workers: 1)
        let finished = DispatchSemaphore(value: 0)
        let failure = Mutex<GenerationError?>(nil)
        engine.generate(randomTokens(2_000, model), model: model, isCancelled: { true }) { result in
            if case .failure(let error) = result { failure.withLock { $0 = error } }
            finished.signal()
        }
        finished.wait()
        #expect(failure.withLock { $0 } == .cancelled)
    }

    /// Engines come and go with their threads.
    @Test func endsItsThreads() throws {
        let before = try threadCount()
        for _ in 0..<100 { _ = try GenerationEngine(workers: 4).generate([ZeTTInput(sourceIDs: [5])], model: model()) }
        // Other tests have threads of their own; 400 that stayed would stand out all the same.
        for _ in 0..<100 where try threadCount() > before + 50 { Thread.sleep(forTimeInterval: 0.05) }
        #expect(try threadCount() <= before + 50)
    }

    private func threadCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }
}

@Suite struct EmbeddingModelTests {
    @Test func loadsTheDefaultModel() throws {
        let model = try loadDefaultModel()
        #expect(model.base.rows == 30_522 && model.base.dimension == 384 && model.base.output == nil)
        #expect(model.hypernetwork.configuration.sourceIDLimit == 30_710)
    }

    /// The digest of equal files is equal, and any file that decides about rows changes it.
    @Test func theDigestFollowsTheFiles() throws {
        let folder = try DefaultModel.folder()
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        func digest() throws -> String {
            try EmbeddingModel(name: "copy", baseFolder: copy + "/base", hypernetworkFolder: copy + "/hypernetwork").digest
        }
        let original = try loadDefaultModel().digest
        #expect(try digest() == original)
        #expect(original.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        for file in ["base/tokenizer.json", "hypernetwork/tokenizer.json", "hypernetwork/config.json"] {
            let before = try digest()
            let url = URL(fileURLWithPath: copy + "/" + file)
            try (Data(contentsOf: url) + Data("\n".utf8)).write(to: url)
            #expect(try digest() != before, "\(file)")
        }
        let weights = URL(fileURLWithPath: copy + "/base/model.safetensors")
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count - 1] ^= 1
        let before = try digest()
        try bytes.write(to: weights)
        #expect(try digest() != before)
    }
}

private func loadDefaultModel() throws -> EmbeddingModel {
    let folder = try DefaultModel.folder()
    return try EmbeddingModel(name: "default", baseFolder: folder + "/base", hypernetworkFolder: folder + "/hypernetwork")
}
