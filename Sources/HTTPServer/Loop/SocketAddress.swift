import Foundation

/// Where a server listens.
public enum SocketAddress: Sendable, Equatable, CustomStringConvertible {
    /// A host name or a numeric address, and a port; 0 for any free one. `::` takes IPv4 too.
    case tcp(host: String, port: Int)
    /// A Unix-domain socket by its path.
    case unix(path: String)

    /// As a URL has it, `127.0.0.1:8080` or `[::1]:8080`; a path as `unix:/run/hyperembed.sock`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// Why a server cannot listen.
public enum ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownHost(host: String, reason: String)
    case unavailable(address: SocketAddress, reason: String)
    /// A descriptor from outside that is no listening stream socket.
    case notListening(descriptor: Int32)

    public var description: String {
        switch self {
        case .unknownHost(let host, let reason): "cannot resolve \(host): \(reason)"
        case .unavailable(let address, let reason): "cannot listen on \(address): \(reason)"
        case .notListening(let descriptor): "descriptor \(descriptor) is no listening stream socket"
        }
    }
}
