import Generation
import HTTPServer
import Synchronization

/// What comes next of a body.
enum BodyPart {
    case bytes([UInt8])
    /// Not made yet.
    case notYet
    case failed(Problem)
    case end
}

/// Makes a body in parts. One thread at a time asks for them.
protocol BodySource: Sendable {
    func nextPart(on worker: Worker) -> BodyPart

    /// Calls `resume` once there is a part, on a worker; at once, if there is one.
    func whenReady(_ resume: @escaping @Sendable (Worker) -> Void)

    /// What is sent of a problem that comes when the answer has begun, before the connection is cut off.
    func lastWords(_ problem: Problem) -> [UInt8]
}

/// Sends what a source makes as fast as the client takes it, on the workers; while it waits, for the source or for the client, it
/// takes up none of them.
final class StreamedBody<Source: BodySource>: Sendable {
    private let source: Source
    private let engine: GenerationEngine
    /// What the source has made and the client had no room for.
    private let rest = Mutex<ArraySlice<UInt8>>([])
    /// What making and sending the parts has taken.
    private let encoding = Mutex(Duration.zero)
    private let whenEnded: @Sendable (Duration) -> Void

    /// Bytes that are written at once: an eighth of the window keeps within it.
    private static var partBytes: Int { 32 << 10 }

    /// - Parameter whenEnded: called once, with what making and sending the parts has taken, when all are sent, or no more will be;
    ///   not for a body that never began.
    init(_ source: Source, on engine: GenerationEngine, whenEnded: @escaping @Sendable (Duration) -> Void) {
        self.source = source
        self.engine = engine
        self.whenEnded = whenEnded
    }

    /// Waits for the first part, answers the exchange, and sends all parts.
    ///
    /// - Parameter length: of the whole body, if it is known.
    func begin(_ exchange: HTTPExchange, head: HTTPResponse, length: Int? = nil) {
        // A source that fails at once still gets an answer with the right status.
        source.whenReady { [self] worker in
            let first = timed { source.nextPart(on: worker) }
            if case .failed(let problem) = first { return exchange.respond(problem) }
            guard let writer = exchange.beginStream(head, length: length) else { return }
            if case .bytes(let bytes) = first { rest.withLock { $0 = bytes[...] } }
            send(to: writer, on: worker)
        }
    }

    private func send(to writer: HTTPBodyWriter, on worker: Worker) {
        while !writer.isCancelled {
            if let part = takePart() {
                guard timed({ writer.write(part) }) else {
                    return writer.whenRoom { [self] in engine.perform(.bulk) { self.send(to: writer, on: $0) } }
                }
                continue
            }
            switch timed({ source.nextPart(on: worker) }) {
            case .bytes(let bytes): rest.withLock { $0 = bytes[...] }
            case .notYet: return source.whenReady { [self] in send(to: writer, on: $0) }
            case .end:
                tellOfEnd()
                return writer.finish()
            case .failed(let problem):
                tellOfEnd()
                // The writer is given up without its end, so that no client takes a part for the whole.
                _ = writer.write(source.lastWords(problem))
                return
            }
        }
        tellOfEnd()
    }

    /// Before the client is told: what it asks next finds everything counted.
    private func tellOfEnd() { whenEnded(encoding.withLock { $0 }) }

    private func timed<Result>(_ work: () -> Result) -> Result {
        let start = ContinuousClock.now
        defer { encoding.withLock { $0 += .now - start } }
        return work()
    }

    private func takePart() -> [UInt8]? {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(Self.partBytes) }
            return Array(rest.prefix(Self.partBytes))
        }
    }
}
