import Foundation
import Testing

@testable import HTTPServer

/// The owner of a session, as an event loop would be one but for waiting: it tries again at every event, of which the kernel
/// tells each once.
final class TLSConnection {
    let socket: Socket
    var session: TLSSession
    private var epoll = Epoll()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)

    init(_ context: TLSContext, descriptor: Int32) throws {
        socket = Socket(descriptor: descriptor)
        guard let session = TLSSession(context: context, descriptor: descriptor) else { throw Stuck() }
        self.session = session
        guard epoll.watch(descriptor, id: 0) else { throw Stuck() }
    }

    deinit { buffer.deallocate() }

    struct Stuck: Error {}
    struct Broken: Error {}

    /// Waits for the next event.
    func wait() throws {
        guard epoll.wait(milliseconds: 20_000) > 0 else { throw Stuck() }
    }

    /// Returns why it failed, or nil.
    func handshake() throws -> TLSFailure? {
        while true {
            switch session.handshake() {
            case .done: return nil
            case .failed(let failure): return failure
            case .wouldBlock: try wait()
            }
        }
    }

    /// What has come; nil if nothing has, and empty at the end.
    func readNow() throws -> [UInt8]? {
        switch session.read(into: buffer) {
        case .bytes(let count): return Array(buffer[..<count])
        case .end: return []
        case .wouldBlock: return nil
        case .failed: throw Broken()
        }
    }

    /// What comes next; empty at the end.
    func read() throws -> [UInt8] {
        while true {
            if let bytes = try readNow() { return bytes }
            try wait()
        }
    }

    func read(count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, case let more = try read(), !more.isEmpty { bytes += more }
        return bytes
    }

    func readText(until end: String) throws -> String {
        var bytes: [UInt8] = []
        while !String(decoding: bytes, as: UTF8.self).hasSuffix(end), case let more = try read(), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes what fits, and returns how many bytes did.
    func writeNow(_ bytes: ArraySlice<UInt8>) throws -> Int {
        do throws(Socket.WriteFailure) {
            return try session.write(bytes.span, isLast: true)
        } catch {
            if error == .failed { throw Broken() }
            return 0
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try writeNow(rest)
            rest = rest.dropFirst(count)
            if count == 0 { try wait() }
        }
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Says goodbye and waits for the client's.
    func close() throws {
        try closeSending()
        while try !read().isEmpty {}
    }

    func closeSending() throws {
        while true {
            do throws(Socket.WriteFailure) {
                try session.closeSending()
                return socket.closeSending()
            } catch {
                if error == .failed { throw Broken() }
                try wait()
            }
        }
    }

    /// After a failed handshake: lets the client read the alert before the connection closes.
    func linger() throws {
        socket.closeSending()
        while true {
            switch socket.read(into: buffer) {
            case .bytes: continue
            case .wouldBlock: try wait()
            case .end, .failed: return
            }
        }
    }

    /// Makes the kernel hold little of what is written: less than a record.
    func shrinkSendBuffer() {
        var size: Int32 = 4_096
        setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
}
