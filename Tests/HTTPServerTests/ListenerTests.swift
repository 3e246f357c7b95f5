import Foundation
import Testing

@testable import HTTPServer

/// The addresses that a server can listen on.
@Suite struct ListenerTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("http-\(UUID().uuidString).sock").path
    private let get = "GET /echo?x HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Servers that are not shut down leave their sockets.
    private func removeSockets() { for file in [path, path + ".dead"] { try? FileManager.default.removeItem(atPath: file) } }

    @Test func servesUnixDomainSockets() async throws {
        let (server, address) = try serve(on: .unix(path: path))
        #expect(address == .unix(path: path) && address.description == "unix:\(path)")
        let client = try LoopbackClient(address)
        client.send(get)
        #expect(client.read(until: "get x").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try curl("--unix-socket", path, "http://localhost/echo?curl") == "get curl")
        _ = consume client
        #expect(await server.shutdown())
        #expect(waitUntil { !FileManager.default.fileExists(atPath: path) })
    }

    /// A socket that a killed process has left is replaced; one that is in use, or a file that is none, is not.
    @Test func replacesOnlyDeadSockets() throws {
        defer { removeSockets() }
        let (_, address) = try serve(on: .unix(path: path))
        #expect(throws: ListenError.unavailable(address: address, reason: "Address already in use")) { _ = try serve(on: address) }

        let dead = path + ".dead"
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: dead.utf8) }
        _ = withUnsafeBytes(of: name) {
            bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        close(descriptor)
        #expect(throws: Never.self) { _ = try serve(on: .unix(path: dead)) }

        let file = path + ".file"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(throws: ListenError.self) { _ = try serve(on: .unix(path: file)) }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
    }

    @Test(arguments: ["", String(repeating: "x", count: 108)])
    func refusesPathsThatDoNotFit(path: String) {
        #expect(throws: ListenError.unavailable(address: .unix(path: path), reason: "a socket's path has 1 to 107 bytes")) {
            _ = try serve(on: .unix(path: path))
        }
    }

    @Test func takesOverDescriptors() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let server = HTTPServer(handler: Router())
        #expect(throws: ListenError.notListening(descriptor: descriptor)) { _ = try server.listen(onDescriptor: descriptor) }
        #expect(listen(descriptor, 10) == 0)
        let address = try server.listen(onDescriptor: descriptor)
        let client = try LoopbackClient(address)
        client.send(get)
        #expect(client.read(until: "}").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(throws: ListenError.notListening(descriptor: 0)) { _ = try server.listen(onDescriptor: 0) }
    }

    /// The IPv6 wildcard takes IPv4 too, whatever the machine's default.
    @Test func theWildcardTakesBothProtocols() throws {
        let (_, address) = try serve(on: .tcp(host: "::", port: 0))
        guard case .tcp(let host, let port) = address else {
            Issue.record("no TCP address: \(address)")
            return
        }
        #expect(host == "::" && address.description == "[::]:\(port)")
        #expect(try curl("http://127.0.0.1:\(port)/echo?4") == "get 4")
        #expect(try curl("http://[::1]:\(port)/echo?6") == "get 6")
    }

    @Test func limitsConnectionsFromOneAddress() throws {
        let (server, address) = try serve { $0.maximumConnectionsPerAddress = 2 }
        var clients = [try LoopbackClient(address), try LoopbackClient(address)]
        for client in clients {
            client.send(get)
            #expect(client.read(until: "get x").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
        let third = try LoopbackClient(address)
        let refusal = third.read()
        #expect(refusal.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && refusal.contains("from one address"))
        clients.removeAll()
        #expect(waitUntil { server.statistics.openConnections <= 1 })
        let fourth = try LoopbackClient(address)
        fourth.send(get)
        #expect(fourth.read(until: "get x").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func namesPeers() {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { raw in
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = inet_addr("192.0.2.7")
            withUnsafeBytes(of: name) { raw.copyBytes(from: $0) }
        }
        #expect(PeerAddress(storage).description == "192.0.2.7")
        storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { raw in
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            inet_pton(AF_INET6, "2001:db8::1", &name.sin6_addr)
            withUnsafeBytes(of: name) { raw.copyBytes(from: $0) }
        }
        #expect(PeerAddress(storage).description == "2001:db8::1")
        #expect(PeerAddress(sockaddr_storage()).description == "local")
    }
}
