import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// What the handlers of a test keep for it.
final class Held: Sendable {
    let exchanges = Mutex<[(path: String, exchange: HTTPExchange)]>([])
    var count: Int { exchanges.withLock { $0.count } }

    func take() -> [(path: String, exchange: HTTPExchange)] {
        exchanges.withLock { held in
            defer { held = [] }
            return held
        }
    }
}

/// A server on a free port of the loopback interface, with handlers for every way to answer.
func serve(
    held: Held = Held(), on address: SocketAddress = .tcp(host: "127.0.0.1", port: 0), credentials: TLSCredentials? = nil,
    observers: [any HTTPServerObserver] = [], _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
) throws -> (server: HTTPServer, address: SocketAddress) {
    var configuration = HTTPServer.Configuration()
    configuration.loops = 2
    configure(&configuration)
    var router = Router()
    router.get("/echo") { request, exchange in exchange.respond(HTTPResponse(body: Array("get \(request.query ?? "")".utf8))) }
    router.post("/echo") { request, exchange in exchange.respond(HTTPResponse(body: request.body)) }
    router.get("/large/{megabytes}") { request, exchange in
        let megabytes = Int(request.parameters["megabytes"] ?? "") ?? 0
        exchange.respond(HTTPResponse(body: [UInt8](repeating: UInt8(ascii: "x"), count: megabytes << 20)))
    }
    router.get("/text/{kilobytes}") { request, exchange in
        var response = HTTPResponse(body: textBody(kilobytes: Int(request.parameters["kilobytes"] ?? "") ?? 0))
        response.fields.append(trusted: "Content-Type", "text/plain; charset=utf-8")
        exchange.respond(response)
    }
    router.get("/later") { _, exchange in
        DispatchQueue(label: "later").asyncAfter(deadline: .now() + .milliseconds(50)) {
            exchange.respond(HTTPResponse(body: Array("later".utf8)))
        }
    }
    router.get("/forget") { _, _ in }
    router.get("/hold/{name}") { request, exchange in held.exchanges.withLock { $0.append((request.path, exchange)) } }
    let server = HTTPServer(configuration: configuration, handler: router, observers: observers)
    return (server, try server.listen(on: address, credentials: credentials))
}

/// What `/text/{kilobytes}` answers: lines that compress about as well as prose.
func textBody(kilobytes: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var line = 0
    while bytes.count < kilobytes << 10 {
        line += 1
        bytes += "line \(line * line) of the answer\n".utf8
    }
    return Array(bytes.prefix(kilobytes << 10))
}

/// Waits up to ten seconds.
func waitUntil(_ condition: () -> Bool) -> Bool {
    for _ in 0..<1_000 {
        if condition() { return true }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return false
}

/// What curl reads.
func curl(_ arguments: String...) throws -> String { try curl(arguments) }

func curl(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["curl", "-sS", "-m", "30"] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
}

/// Work that a thread of its own does meanwhile: one of Swift's or Dispatch's pools could be waiting for the test itself.
final class Meanwhile<Value: Sendable>: @unchecked Sendable {
    private let finished = DispatchSemaphore(value: 0)
    // Written before `finished` is signalled, read after it.
    private var result: Result<Value, any Error>?

    init(_ work: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            result = Result { try work() }
            finished.signal()
        }
    }

    func get() throws -> Value {
        finished.wait()
        return try #require(result).get()
    }
}
