import Foundation

/// Where a server listens: a numeric address and a port.
public struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
    public let host: String
    public let port: Int

    /// As a URL has it: `127.0.0.1:8080`, `[::1]:8080`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a server cannot listen.
public enum ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownHost(host: String, reason: String)
    case unavailable(address: String, reason: String)

    public var description: String {
        switch self {
        case .unknownHost(let host, let reason): "cannot resolve \(host): \(reason)"
        case .unavailable(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}
