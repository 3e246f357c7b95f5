import Foundation
import Generation
import HTTPServer
import Hypernetworks
import Synchronization
import Testing

@testable import EmbeddingAPI

@Suite struct ModelCatalogTests {
    private func base(_ name: String) throws -> ModelSettings {
        var settings = ModelSettings(name: name)
        settings.base = try DefaultModel.folder() + "/base"
        return settings
    }

    private func reload(_ catalog: ModelCatalog, _ name: String) async throws(ModelReloadError) -> ModelReload {
        try await withCheckedContinuation { continuation in
            catalog.reload(name) { continuation.resume(returning: $0) }
        }.get()
    }

    // MARK: Loading

    @Test func servesSeveralModelsInTheirOrder() throws {
        let catalog = ModelCatalog([try base("b"), ModelSettings(name: "a")])
        #expect(catalog.models == nil && catalog.names == ["b", "a"])
        try catalog.load()
        let models = try #require(catalog.models)
        #expect(models.map(\.settings.name) == ["b", "a"] && models.map(\.model.name) == ["b", "a"])
        #expect(models[0].model.predictor == nil && models[1].model.predictor != nil)
        #expect(models[0].model.digest != models[1].model.digest && models.allSatisfy { $0.loadDuration > .zero })
    }

    /// Nothing is served when one of several models cannot be, and every such model is named.
    @Test func oneWrongModelIsEnough() throws {
        var (missing, wrong) = (try base("missing"), try base("wrong"))
        missing.base = "/nowhere"
        wrong.hypernetwork = wrong.base
        let catalog = ModelCatalog([try base("good"), missing, wrong])
        let error = #expect(throws: CatalogLoadError.self) { try catalog.load() }
        #expect(error?.failures.map(\.name) == ["missing", "wrong"] && catalog.models == nil)
        let lines = "\(try #require(error))".split(separator: "\n")
        #expect(lines[0] == """
            model missing: /nowhere does not exist; a base folder holds config.json, tokenizer.json and model.safetensors (or its \
            index and shards)
            """)
        #expect(lines[1].hasPrefix("model wrong: ") && lines[1].contains("/base/config.json is no hypernetwork's"))
    }

    // MARK: Reloading

    @Test func aModelWithTheSameFilesStays() async throws {
        let versions = try ModelVersions()
        let catalog = ModelCatalog([versions.settings("m")])
        let first = try #require(try catalog.load().first)
        let reload = try await reload(catalog, "m")
        #expect(!reload.isChanged && reload.newDigest == first.model.digest && reload.oldDigest == first.model.digest)
        #expect(catalog.models?.first?.model === first.model && catalog.models?.first?.loadedAt == first.loadedAt)
    }

    /// The request that is under way gets the old model's rows, the next one the new model's; of the old one nothing is left
    /// when its last request is finished: no thread keeps it, nor its weights or its cache.
    @Test func requestsFinishOnTheModelThatTheyBeganWith() async throws {
        let versions = try ModelVersions()
        let catalog = ModelCatalog([versions.settings("m")])
        let engine = GenerationEngine()
        weak var oldModel: EmbeddingModel?
        weak var oldGenerator: RowGenerator?
        weak var oldHypernetwork: ZeTTHypernetwork?
        let running: Task<[Float], any Error>
        do {
            let old = try #require(try catalog.load().first).model
            (oldModel, oldGenerator, oldHypernetwork) = (old, old.predictor?.generator, old.predictor?.hypernetwork.zett)
            let order = try tokens(old, count: 3_000).order
            let begun = DispatchSemaphore(value: 0)
            let mayGoOn = Mutex(false)
            running = Task.detached {
                try await withCheckedThrowingContinuation { continuation in
                    do {
                        try engine.generate(
                            order, with: old, priority: .bulk,
                            isCancelled: {
                                begun.signal()
                                while !mayGoOn.withLock(\.self) { Thread.sleep(forTimeInterval: 0.01) }
                                return false
                            }
                        ) { result, _ in continuation.resume(with: result.map { lastRow(of: $0.rows) }) }
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    begun.wait()
                    continuation.resume()
                }
            }
            try versions.use("second")
            let reload = try await reload(catalog, "m")
            #expect(reload.isChanged && reload.oldDigest == old.digest)
            #expect(catalog.models?.first?.model.digest == reload.newDigest)
            #expect(oldModel != nil)
            mayGoOn.withLock { $0 = true }
        }
        let oldRow = try await running.value
        let new = try #require(catalog.models?.first).model
        let newRow = lastRow(of: try engine.generate(tokens(new, count: 3_000).order, with: new).rows)
        #expect(oldRow.dropLast() == newRow.dropLast() && oldRow.last != newRow.last)
        for _ in 0..<100 where oldModel != nil || oldGenerator != nil || oldHypernetwork != nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(oldModel == nil && oldGenerator == nil && oldHypernetwork == nil)
    }

    /// A counter never goes down; what the cache holds is the new model's.
    @Test func theCacheOfANewModelCountsOn() async throws {
        let versions = try ModelVersions()
        let catalog = ModelCatalog([versions.settings("m")])
        let engine = GenerationEngine()
        func statistics() throws -> CacheStatistics {
            try #require(catalog.models?.first?.model.predictor).generator.cacheStatistics
        }
        let old = try #require(try catalog.load().first).model
        for _ in 0..<2 { _ = try engine.generate(tokens(old, count: 10).order, with: old) }
        #expect(try statistics().misses == 10 && statistics().hits == 10 && statistics().rows == 10)
        try versions.use("second")
        #expect(try await reload(catalog, "m").isChanged)
        #expect(try statistics().misses == 10 && statistics().hits == 10 && statistics().rows == 0)
        // Requests that are under way are counted as well.
        _ = try engine.generate(tokens(old, count: 10).order, with: old)
        let new = try #require(catalog.models?.first).model
        _ = try engine.generate(tokens(new, count: 10).order, with: new)
        #expect(try statistics().misses == 20 && statistics().hits == 20 && statistics().rows == 10)
    }

    private func tokens(_ model: EmbeddingModel, count: Int) throws -> PreparedTokens {
        let list = (0..<count).map { "\" word\($0)\"" }.joined(separator: ",")
        return try PreparedTokens(
            TokenEmbeddingsRequest(body: Array(#"{"tokens":[\#(list)]}"#.utf8), limits: RequestLimits()), model: model)
    }

    @Test func aModelThatCannotBeLoadedLeavesTheOldOne() async throws {
        let versions = try ModelVersions()
        let catalog = ModelCatalog([versions.settings("m")])
        let old = try #require(try catalog.load().first).model
        let weights = versions.hypernetwork("second") + "/model.safetensors"
        try Data().write(to: URL(fileURLWithPath: weights))
        try versions.use("second")
        let reason = "\(versions.hypernetwork("current"))/model.safetensors is malformed at byte 0: the file is empty"
        await #expect(throws: ModelReloadError.notLoadable(ModelFailure(name: "m", reason: reason))) {
            try await reload(catalog, "m")
        }
        #expect(catalog.models?.first?.model === old)
        // The next one may try again.
        try versions.use("first")
        #expect(try await !reload(catalog, "m").isChanged)
    }

    @Test func oneReloadOfAModelAtATime() async throws {
        let versions = try ModelVersions()
        let catalog = ModelCatalog([versions.settings("m"), try base("other")])
        await #expect(throws: ModelReloadError.loading) { try await reload(catalog, "m") }
        try catalog.load()
        await #expect(throws: ModelReloadError.unknownModel("n", known: ["m", "other"])) { try await reload(catalog, "n") }
        try versions.use("second")
        let first = AsyncStream<Result<ModelReload, ModelReloadError>>.makeStream()
        catalog.reload("m") { first.continuation.yield($0) }
        await #expect(throws: ModelReloadError.underWay("m")) { try await reload(catalog, "m") }
        #expect(try await !reload(catalog, "other").isChanged)
        var iterator = first.stream.makeAsyncIterator()
        #expect(try await iterator.next()?.get().isChanged == true)
        #expect(try await !reload(catalog, "m").isChanged)
    }

    // MARK: What requests may do

    @Test func aModelIsUsedAsItsSettingsAllow() throws {
        var settings = try base("small")
        settings.methods = [.mean, .hypernetwork, .weighted]
        settings.maximumTokens = 2
        let served = try ServedModel(loading: settings)
        #expect(served.methods == [.mean, .weighted])
        #expect(throws: Never.self) { try served.check(.mean, pointer: "/method") }
        let refused = #expect(throws: Problem.self) { try served.check(.normal, pointer: "/method") }
        #expect(refused?.status == .unprocessableContent && refused?.code == "invalid_request")
        #expect(refused?.errors.first?.pointer == "/method")
        #expect(refused?.errors.first?.detail == "method normal cannot be used with model small; what can are mean, weighted")
        let missing = #expect(throws: Problem.self) { try served.check(.hypernetwork, pointer: "/method") }
        #expect(missing?.errors.first?.detail == """
            method hypernetwork needs the model's setting hypernetwork, and small has none; what can are mean, weighted
            """)
        #expect(throws: Never.self) { try served.check(count: 2, "rows", pointer: "/tokens", limits: RequestLimits()) }
        let problem = #expect(throws: Problem.self) {
            try served.check(count: 3, "rows", pointer: "/tokens", limits: RequestLimits())
        }
        #expect(problem?.status == .contentTooLarge && problem?.code == "too_many_tokens")
    }
}

private func lastRow(of rows: GeneratedRows) -> [Float] {
    rows.input.withRow(rows.count - 1) { row in row.indices.map { row[$0] } }
}
