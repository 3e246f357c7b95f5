import CLinux
import Foundation

/// A listening socket. Once set up it belongs to one event loop.
final class Listener: @unchecked Sendable {
    let descriptor: Int32
    /// With the real port.
    let address: SocketAddress
    /// Given up for a moment when the process has no descriptor left, so that a connection can be taken and closed instead of
    /// being announced for ever (EMFILE).
    private var reserve: Int32
    /// The file of a Unix-domain socket, which goes with it.
    private let path: String?

    /// What its connections encrypt by; nil for connections in the clear.
    private let credentials: TLSCredentials?

    private static let backlog: Int32 = 4096

    init(_ address: SocketAddress, credentials: TLSCredentials?) throws(ListenError) {
        self.credentials = credentials
        switch address {
        case .tcp(let host, let port):
            descriptor = try Self.bind(host: host, port: port)
            path = nil
        case .unix(let path):
            descriptor = try Self.bind(path: path)
            self.path = path
        }
        self.address = Self.address(of: descriptor) ?? address
        reserve = Self.openReserve()
    }

    /// Takes over a listening socket that another process has opened (systemd's LISTEN_FDS).
    init(descriptor: Int32, credentials: TLSCredentials?) throws(ListenError) {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening == 1,
            let address = Self.address(of: descriptor)
        else { throw .notListening(descriptor: descriptor) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        Self.limitUnsent(on: descriptor)
        self.descriptor = descriptor
        self.address = address
        self.credentials = credentials
        path = nil
        reserve = Self.openReserve()
    }

    deinit {
        if let path { unlink(path) }
        close(descriptor)
        close(reserve)
    }

    // MARK: Binding

    /// Binds the first of the addresses that `host` stands for which can be bound.
    private static func bind(host: String, port: Int) throws(ListenError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw .unknownHost(host: host, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(list) }

        var reason = "no address"
        var candidate = list
        while let information = candidate?.pointee {
            if let descriptor = listen(information.ai_family, information.ai_addr, information.ai_addrlen) { return descriptor }
            reason = String(cString: strerror(errno))
            candidate = information.ai_next
        }
        throw .unavailable(address: .tcp(host: host, port: port), reason: reason)
    }

    private static func bind(path: String) throws(ListenError) -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &name.sun_path) { field in
            // The path ends with a zero byte, which the field has already.
            guard !path.isEmpty, path.utf8.count < field.count else { return false }
            field.copyBytes(from: path.utf8)
            return true
        }
        guard fits else {
            throw .unavailable(address: .unix(path: path), reason: "a socket's path has 1 to \(MemoryLayout.size(ofValue: name.sun_path) - 1) bytes")
        }
        let descriptor = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                removeDeadSocket(path, address)
                return listen(AF_UNIX, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard let descriptor else {
            throw .unavailable(address: .unix(path: path), reason: String(cString: strerror(errno)))
        }
        return descriptor
    }

    /// Removes what an earlier process has left at `path`, if it is a socket that nobody listens on.
    private static func removeDeadSocket(_ path: String, _ address: UnsafePointer<sockaddr>) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return }
        defer { close(probe) }
        if connect(probe, address, socklen_t(MemoryLayout<sockaddr_un>.size)) != 0, errno == ECONNREFUSED { unlink(path) }
    }

    /// A socket that listens on one address; nil, with `errno` set, if that cannot be.
    private static func listen(_ family: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { return nil }
        set(SO_REUSEADDR, SOL_SOCKET, 1, on: descriptor)
        // Whatever the machine's default is: the wildcard address takes clients of either protocol.
        if family == AF_INET6 { set(IPV6_V6ONLY, Int32(IPPROTO_IPV6), 0, on: descriptor) }
        limitUnsent(on: descriptor)
        if Foundation.bind(descriptor, address, length) == 0, Foundation.listen(descriptor, backlog) == 0 { return descriptor }
        let reason = errno
        close(descriptor)
        errno = reason
        return nil
    }

    /// The kernel would take up to four megabytes for each client that reads slowly, and say nothing of its progress until a third of
    /// that has been read. Connections have this from their listener; a Unix-domain socket has less room, and refuses it.
    private static func limitUnsent(on descriptor: Int32) { set(TCP_NOTSENT_LOWAT, Int32(IPPROTO_TCP), 128 << 10, on: descriptor) }

    private static func set(_ option: Int32, _ level: Int32, _ value: Int32, on descriptor: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func address(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length) == 0
                    && getnameinfo(
                        address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                        NI_NUMERICHOST | NI_NUMERICSERV) == 0
            }
        }
        guard isKnown else { return nil }
        // Of a Unix-domain socket the "port" is the path.
        if Int32(storage.ss_family) == AF_UNIX { return .unix(path: text(port)) }
        return Int(text(port)).map { .tcp(host: text(host), port: $0) }
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func openReserve() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

    // MARK: Accepting

    /// The next connection that waits, ready for use; nil when none does.
    func accept() -> AcceptedSocket? {
        while true {
            var storage = sockaddr_storage()
            let accepted = Self.accept(descriptor, &storage)
            if accepted >= 0 {
                // Answers are written whole: waiting for more to send only delays their last packet. A Unix-domain socket
                // refuses the option and does not need it.
                Self.set(TCP_NODELAY, Int32(IPPROTO_TCP), 1, on: accepted)
                return AcceptedSocket(descriptor: accepted, peer: PeerAddress(storage), tls: credentials?.current)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE: guard dropOne() else { return nil }
            default: return nil
            }
        }
    }

    private static func accept(_ listener: Int32, _ storage: inout sockaddr_storage) -> Int32 {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { clinux_accept(listener, $0, &length) }
        }
    }

    /// Takes a connection on the reserve's descriptor and closes it at once. False if none was waiting.
    private func dropOne() -> Bool {
        close(reserve)
        var storage = sockaddr_storage()
        let accepted = Self.accept(descriptor, &storage)
        if accepted >= 0 { close(accepted) }
        reserve = Self.openReserve()
        return accepted >= 0
    }
}

/// A connection that was taken and has no owner yet.
struct AcceptedSocket: Sendable {
    var descriptor: Int32
    var peer: PeerAddress
    /// What the connection has to encrypt by; nil for one in the clear.
    var tls: TLSContext?
}
