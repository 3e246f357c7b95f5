import Foundation
import Testing

@testable import HTTPServer

/// A blocking TCP client on the loopback interface, for saying exactly the bytes that a test means.
final class LoopbackClient: Sendable {
    private let descriptor: Int32

    init(_ address: SocketAddress, timeout: Int = 20) throws {
        switch address {
        case .tcp(_, let port):
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(port).bigEndian
            name.sin_addr.s_addr = inet_addr("127.0.0.1")
            try Self.connect(descriptor, name)
        case .unix(let path):
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
            try Self.connect(descriptor, name)
        }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func connect<Name>(_ descriptor: Int32, _ name: Name) throws {
        let result = withUnsafeBytes(of: name) {
            Glibc.connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw Refused() }
    }

    struct Refused: Error {}

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// False if the server is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            start += count
        }
        return true
    }

    /// Everything until the server closes, or until `end` has been read.
    func read(until end: String? = nil) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end, String(decoding: bytes, as: UTF8.self).contains(end) { break }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many bytes came within the time-out, of those that are there; 0 at the end.
    func readSome(timeout: Double = 20) -> Int {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, Int32(timeout * 1_000)) > 0 else { return 0 }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        return max(recv(descriptor, &buffer, buffer.count, 0), 0)
    }

    /// The data of the next chunk (RFC 9112 section 7.1), which must not have been read past.
    func readChunk() -> [UInt8] {
        func bytes(_ count: Int) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: count)
            let received = recv(descriptor, &buffer, count, Int32(MSG_WAITALL))
            return Array(buffer[..<max(received, 0)])
        }
        var line: [UInt8] = []
        while line.suffix(2) != [13, 10], case let next = bytes(1), !next.isEmpty { line += next }
        let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) ?? 0
        let data = bytes(size)
        _ = bytes(2)
        return data
    }

    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes the coming close a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
