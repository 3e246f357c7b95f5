import Foundation

/// What systemd hands to a service that it starts, and what it wants to hear from it. Without systemd nothing happens.
public enum Systemd {
    /// The listening sockets of the service's socket unit (sd_listen_fds(3)); child processes will not see them.
    public static func takeListeningDescriptors() -> [Int32] {
        let environment = ProcessInfo.processInfo.environment
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        guard let process = environment["LISTEN_PID"].flatMap(Int32.init), process == getpid(),
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), (1...1024).contains(count)
        else { return [] }
        return Array(3..<3 + count)
    }

    public enum State: Sendable {
        case ready
        case reloading
        case stopping
    }

    /// Tells systemd what the service is doing (sd_notify(3)), for units of `Type=notify` and `notify-reload`.
    public static func notify(_ state: State) {
        switch state {
        case .ready: send("READY=1")
        case .reloading: send("RELOADING=1\nMONOTONIC_USEC=\(Instant.now.nanoseconds / 1_000)")
        case .stopping: send("STOPPING=1")
        }
    }

    private static func send(_ message: String) {
        guard let path = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"], let first = path.utf8.first else { return }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &name.sun_path) { field in
            guard path.utf8.count <= field.count else { return false }
            field.copyBytes(from: path.utf8)
            // An abstract address begins with a zero byte, which the variable writes as an at sign.
            if first == UInt8(ascii: "@") { field[0] = 0 }
            return true
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard fits, descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + socklen_t(path.utf8.count)
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
