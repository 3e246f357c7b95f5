import Foundation
import Generation
import HTTPServer
import Testing

@testable import EmbeddingAPI

/// What `GET /metrics` tells of requests that a server was really asked.
@Suite final class MetricsTests {
    private let metrics = ServiceMetrics()
    private let catalog: ModelCatalog
    private let service: EmbeddingService
    private let server: HTTPServer
    private let url: String

    /// Every character that the format escapes, and some that it does not.
    private static let name = "a\"b\\c\nd{}=,é"

    init() throws {
        catalog = ModelCatalog([ModelSettings(name: Self.name)])
        var configuration = GenerationEngine.Configuration()
        configuration.workers = 2
        service = EmbeddingService(engine: GenerationEngine(configuration), catalog: catalog, metrics: metrics)
        var router = service.router
        service.addMetrics(to: &router)
        let listener = metrics.listener("service", router)
        server = HTTPServer(handler: router, observers: [listener])
        listener.watch(server)
        url = "http://\(try server.listen(on: .tcp(host: "127.0.0.1", port: 0)))"
    }

    private func ask(_ path: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "-sS", "-m", "60", "--path-as-is", "-H", "Content-Type: application/json"] + arguments + [url + path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    private func scrape() throws -> Exposition { try Exposition(ask("/metrics")) }

    @Test func saysHowTheServiceIs() throws {
        var exposition = try scrape()
        #expect(exposition["hyperembed_ready"] == 0 && exposition["hyperembed_draining"] == 0)
        #expect(exposition.families["hyperembed_model_info"]?.samples.isEmpty == true)
        try catalog.load()
        exposition = try scrape()
        #expect(exposition["hyperembed_ready"] == 1)
        #expect(
            exposition["hyperembed_model_info", ["model": Self.name, "digest": try #require(catalog.models?.first).model.digest, "kind": "zett"]] == 1)
        service.drain()
        exposition = try scrape()
        #expect(exposition["hyperembed_ready"] == 0 && exposition["hyperembed_draining"] == 1)
        let head = try ask("/metrics", "-I")
        #expect(head.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
    }

    @Test func countsRequestsTokensAndPhases() throws {
        try catalog.load()
        let name = String(decoding: try JSONEncoder().encode(Self.name), as: UTF8.self)
        let body = #"{"model":\#(name),"tokens":[" blockchain"," word","xyzzyx"],"on_existing":"copy"}"#
        _ = try ask("/v1/token-embeddings", "-d", body)
        _ = try ask("/v1/token-embeddings", "-H", "Accept: application/x-ndjson", "-d", body)
        _ = try ask("/v1/token-embeddings", "-d", #"{"model":\#(name),"tokens":[]}"#)
        _ = try ask("/v1/decompositions", "-d", body)
        let vocabulary = ###"{"vocabulary":["quux","##zzz","[PAD]"],"form":"wordpiece"}"###
        let query = "?method=mean&model=" + Self.name.utf8.map { String(format: "%%%02x", $0) }.joined()
        let file = try ask("/v1/vocabulary-embeddings" + query, "-d", vocabulary)
        #expect(file.contains("input_embeddings"), "\(file.prefix(500))")
        // A streamed answer is counted when it ends, and a client that knows its length does not wait for that.
        var exposition = try scrape()
        for _ in 0..<500 where exposition["hyperembed_requests_total", ["route": "/v1/vocabulary-embeddings"]] == nil {
            Thread.sleep(forTimeInterval: 0.02)
            exposition = try scrape()
        }

        func requests(_ route: String, _ status: String) -> Double? {
            exposition["hyperembed_requests_total", ["listener": "service", "route": route, "method": "POST", "status": status]]
        }
        #expect(requests("/v1/token-embeddings", "200") == 2 && requests("/v1/token-embeddings", "422") == 1)
        #expect(requests("/v1/decompositions", "200") == 1 && requests("/v1/vocabulary-embeddings", "200") == 1)
        #expect(exposition["hyperembed_request_duration_seconds_count", ["route": "/v1/token-embeddings"]] == 3)
        #expect(exposition["hyperembed_request_body_bytes_total", ["route": "/v1/decompositions"]] == Double(body.utf8.count))
        func tokens(_ method: String, _ status: String) -> Double? {
            exposition["hyperembed_tokens_total", ["model": Self.name, "method": method, "status": status]]
        }
        #expect(tokens("hypernetwork", "copied") == 2 && tokens("hypernetwork", "generated") == 4)
        #expect(tokens("mean", "copied") == 1 && tokens("mean", "generated") == 2)
        for phase in ["queue", "inference", "encode", "total"] {
            func count(_ route: String) -> Double? {
                exposition["hyperembed_phase_duration_seconds_count", ["route": route, "phase": phase]]
            }
            #expect(count("/v1/token-embeddings") == 2 && count("/v1/vocabulary-embeddings") == 1, "\(phase)")
            #expect(count("/v1/decompositions") == (["encode", "total"].contains(phase) ? 1 : 0), "\(phase)")
        }
        let misses = try #require(exposition["hyperembed_cache_misses_total", ["model": Self.name]])
        let hits = try #require(exposition["hyperembed_cache_hits_total", ["model": Self.name]])
        #expect(misses + hits >= 4 && exposition["hyperembed_cache_rows", ["model": Self.name]] == misses)
        #expect(exposition["hyperembed_batch_rows_count"].map { $0 > 0 } == true && exposition["hyperembed_workers"] == 2)
        #expect(exposition["hyperembed_worker_busy_seconds_total"].map { $0 > 0 } == true)
        #expect(exposition["hyperembed_connections", ["listener": "service"]].map { $0 >= 1 } == true)
        #expect(exposition["hyperembed_connections_accepted_total", ["listener": "service"]].map { $0 >= 6 } == true)
    }

    /// Whoever leaves has had some of the answer, and the service has worked for it.
    @Test func countsStreamsWhoseClientLeaves() throws {
        try catalog.load()
        let name = String(decoding: try JSONEncoder().encode(Self.name), as: UTF8.self)
        let tokens = (0..<5_000).map { #"{"token":"a","sources":[{"id":\#(2_000 + $0)}]}"# }.joined(separator: ",")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tokens-\(UUID().uuidString).json")
        try Data(#"{"model":\#(name),"method":"explicit","tokens":[\#(tokens)]}"#.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let command =
            "curl -sS -m 60 -H 'Accept: application/x-ndjson' -H 'Content-Type: application/json' --data @$1 $0 | head -c 100"
        process.arguments = ["-c", command, url + "/v1/token-embeddings", file.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()

        func count(_ phase: String, _ exposition: Exposition) -> Double? {
            exposition["hyperembed_phase_duration_seconds_count", ["route": "/v1/token-embeddings", "phase": phase]]
        }
        var exposition = try scrape()
        for _ in 0..<500 where count("total", exposition) != 1 {
            Thread.sleep(forTimeInterval: 0.02)
            exposition = try scrape()
        }
        for phase in ["queue", "inference", "encode", "total"] { #expect(count(phase, exposition) == 1, "\(phase)") }
        #expect(exposition["hyperembed_requests_cut_off_total", ["route": "/v1/token-embeddings"]] == 1)
        let answered = try #require(exposition["hyperembed_tokens_total", ["method": "explicit", "status": "generated"]])
        #expect(answered >= 128 && answered < 5_000 && answered.truncatingRemainder(dividingBy: 128) == 0, "\(answered)")
    }

    @Test func tellsHowManyWorkersAreBusy() throws {
        #expect(try scrape()["hyperembed_workers_busy"] == 0)
        let (begun, mayEnd, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        service.engine.perform(.bulk) { _ in
            begun.signal()
            mayEnd.wait()
            ended.signal()
        }
        begun.wait()
        #expect(try scrape()["hyperembed_workers_busy"] == 1)
        mayEnd.signal()
        ended.wait()
        for _ in 0..<500 where try scrape()["hyperembed_workers_busy"] != 0 { Thread.sleep(forTimeInterval: 0.02) }
        #expect(try scrape()["hyperembed_workers_busy"] == 0)
    }

    /// Prometheus' own reader, where it is installed, finds nothing to say, not even of the odd name.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
    func promtoolHasNothingToSay() throws {
        try catalog.load()
        _ = try ask("/v1/token-embeddings", "-d", #"{"model":"a\"b\\c\nd{}=,é","tokens":[" word"]}"#)
        let text = try ask("/metrics")
        #expect(text.contains(#"hyperembed_source_pieces_total{model="a\"b\\c\nd{}=,é"} 1"#))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // It reads all before it writes anything.
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let findings = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && findings.isEmpty, "\(findings)")
    }

    /// However odd the requests, there are no more series than before.
    @Test func clientsCannotAddSeries() throws {
        try catalog.load()
        for method in ["GET", "HEAD", "POST", "OPTIONS", "PATCH"] { _ = try ask("/nothing", "-X", method, "-m", "5", "-I") }
        let before = try scrape().families.values.reduce(0) { $0 + $1.samples.count }
        for number in 0..<5 {
            _ = try ask("/\(number)/%00%22%0a", "-X", "POST")
            _ = try ask("/v1/models?\(number)", "-X", "METHOD\(number)")
            _ = try ask("/\(number)", "-X", "METHOD\(number)")
            _ = try ask("/v1/token-embeddings", "-d", #"{"model":"m\#(number)","tokens":["a"]}"#)
        }
        let exposition = try scrape()
        let after = exposition.families.values.reduce(0) { $0 + $1.samples.count }
        // /metrics 200, models 405, embeddings 404, and two ways in which the odd paths were refused.
        #expect(after <= before + 5)
        let routes = Set(exposition.families["hyperembed_requests_total"]?.samples.compactMap { $0.labels["route"] } ?? [])
        #expect(routes == ["other", "/metrics", "/v1/models", "/v1/token-embeddings"])
        #expect(exposition["hyperembed_requests_total", ["route": "/v1/models", "method": "other", "status": "405"]] == 5)
        #expect(exposition.families["hyperembed_tokens_total"]?.samples.isEmpty == true)
    }

    @Test func knowsItsProcess() throws {
        let exposition = try scrape()
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        let threads = try #require(exposition["process_threads"])
        #expect(abs(threads - Double(tasks)) < 50)
        let descriptors = try #require(exposition["process_open_fds"])
        let listed = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        #expect(abs(descriptors - Double(listed)) < 100)
        #expect(exposition["process_max_fds"].map { $0 >= descriptors } == true)
        let start = try #require(exposition["process_start_time_seconds"])
        #expect((Date.now.timeIntervalSince1970 - 86_400...Date.now.timeIntervalSince1970 + 1).contains(start))
        let resident = try #require(exposition["process_resident_memory_bytes"])
        #expect(resident > 1_048_576 && exposition["process_virtual_memory_bytes"].map { $0 > resident } == true)
        #expect(exposition["process_cpu_seconds_total"].map { $0 > 0 && $0 < 86_400 } == true)
    }

    /// A duration belongs to the bucket whose bound it is.
    @Test func bucketsHaveTheirBounds() {
        let histogram = DurationHistogram()
        for duration in [.zero, .microseconds(100), .microseconds(101), .seconds(300), .seconds(301)] as [Duration] {
            histogram.record(duration)
        }
        let distribution = histogram.distribution
        #expect(distribution.bounds.first == 0.0001 && distribution.bounds.last == 300)
        #expect(Array(distribution.counts.prefix(2)) == [2, 1] && Array(distribution.counts.suffix(2)) == [1, 1])
        #expect(abs(distribution.sum - 601.000_201) < 1e-9)
    }
}
