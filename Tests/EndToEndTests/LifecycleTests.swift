import Foundation
import Testing

/// How the service starts and ends, as its supervisors see it.
@Suite struct LifecycleTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")

    /// After SIGTERM readiness is gone at once, and requests are still answered until load balancers had time to notice.
    @Test func letsLoadBalancersNotice() throws {
        let server = try ServerProcess(["--lame-duck", "1"])
        server.signalTermination()
        Thread.sleep(forTimeInterval: 0.3)
        #expect(try server.curl("/readyz").status == 503)
        #expect(try server.curl("/livez").status == 200)
        let answer = try server.post("/v1/token-embeddings", json: ["tokens": [" word"]])
        #expect(answer.status == 200 && answer.fields["connection"] == "close")
        #expect(server.waitForExit() == 0)
        // Nobody listens any more: curl's exit status for a connection that is refused.
        #expect(try run("curl", ["-sS", server.url + "/livez"]).status == 7)
    }

    @Test func aSecondSignalEndsItAtOnce() throws {
        let server = try ServerProcess(["--lame-duck", "60"])
        server.signalTermination()
        Thread.sleep(forTimeInterval: 0.2)
        #expect(server.terminate() == 1)
    }

    /// More connections than there are descriptors: the surplus is dropped, the others are served, and so is whoever comes later.
    @Test func survivesRunningOutOfDescriptors() throws {
        let server = try ServerProcess(descriptors: 48)
        let port = try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        let clients = (0..<200).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        for client in clients {
            let isConnected = withUnsafeBytes(of: name) {
                connect(client, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count)) == 0
            }
            #expect(isConnected)
        }
        Thread.sleep(forTimeInterval: 0.3)
        for client in clients { close(client) }
        // Until it has seen that they are gone, it still turns clients away.
        #expect(try server.curl("/livez", ["--retry", "10", "--retry-all-errors"]).status == 200)
        #expect(server.terminate() == 0)
    }

    @Test func writesAnAccessLog() throws {
        let server = try ServerProcess(["--access-log", "json"])
        _ = try server.curl("/v1/models?key=secret", ["-H", "X-Request-Id: log-test"])
        #expect(server.terminate() == 0)
        let lines = server.remainingOutput().split(separator: "\n")
        let line = try #require(lines.first { $0.contains("log-test") })
        let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(entry["path"] as? String == "/v1/models" && entry["route"] as? String == "/v1/models" && entry["status"] as? Int == 200)
        #expect(!lines.joined().contains("secret"))
    }

    // MARK: systemd

    /// sd_notify(3): ready once the model is loaded, and again once all files have been read anew; stopping as soon as that
    /// begins.
    @Test func notifiesSystemd() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appendingPathComponent("notify").path
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafeBytes(of: name) {
            bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count)) == 0
        }
        try #require(isBound)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        func nextMessage() -> String {
            var buffer = [UInt8](repeating: 0, count: 1_000)
            return String(decoding: buffer[..<max(recv(descriptor, &buffer, buffer.count, 0), 0)], as: UTF8.self)
        }

        let server = try ServerProcess(environment: ["NOTIFY_SOCKET": path])
        #expect(nextMessage() == "READY=1")
        server.send(SIGHUP)
        #expect(nextMessage().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        #expect(nextMessage() == "READY=1")
        #expect(server.terminate() == 0)
        #expect(nextMessage() == "STOPPING=1")
    }

    /// sd_listen_fds(3): the socket is descriptor 3, and requests that came before the service did are answered.
    @Test func takesOverSystemdsSockets() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try #require(listen(listener, 10) == 0)
        withUnsafeMutableBytes(of: &name) {
            _ = getsockname(listener, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
        }
        let port = UInt16(bigEndian: name.sin_port)
        let early = Task.detached { try run("curl", ["-sS", "--retry", "0", "-m", "60", "http://127.0.0.1:\(port)/livez"]) }

        // The shell's process id is the service's: LISTEN_PID must name it.
        let process = try spawn(
            ["/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve --lame-duck 0", ServerProcess.binary.path],
            descriptor3: listener)
        close(listener)
        let answer = try await early.value
        #expect(answer.status == 0 && String(decoding: answer.output, as: UTF8.self) == #"{"status":"alive"}"#)
        kill(process, SIGTERM)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        #expect(status == 0)
    }

    private func spawn(_ arguments: [String], descriptor3: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, descriptor3, 3)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        try #require(posix_spawn(&process, arguments[0], &actions, nil, &pointers, environ) == 0)
        return process
    }
}
