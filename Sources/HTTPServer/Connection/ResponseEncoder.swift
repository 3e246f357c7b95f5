import Foundation

/// Writes answers as HTTP/1.1 messages (RFC 9112 section 4).
struct ResponseEncoder: Sendable {
    let serverName: String

    /// What the encoder must know of the request and of the connection.
    struct Context {
        var requestID: String
        var isHead = false
        var keepsAlive: Bool
        var isVersion1_0 = false
        /// The current IMF-fixdate (RFC 9110 section 5.6.7).
        var date: String
    }

    /// Appends the header section, and the body if it is to be sent, to `output`.
    func encode(_ response: HTTPResponse, _ context: Context, into output: inout OutputQueue) {
        output.append { bytes in
            bytes.append(contentsOf: "HTTP/1.1 ".utf8)
            bytes.append(contentsOf: String(response.status.code).utf8)
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: response.status.reason.utf8)
            bytes.append(contentsOf: "\r\n".utf8)
            field("Date", context.date, &bytes)
            field("Server", serverName, &bytes)
            field("X-Request-Id", context.requestID, &bytes)
            for entry in response.fields where !Self.isReserved(entry.name) { field(entry.name, entry.value, &bytes) }
            if !response.status.forbidsBody { field("Content-Length", String(response.body.count), &bytes) }
            if !context.keepsAlive {
                field("Connection", "close", &bytes)
            } else if context.isVersion1_0 {
                field("Connection", "keep-alive", &bytes)
            }
            bytes.append(contentsOf: "\r\n".utf8)
        }
        if !context.isHead, !response.status.forbidsBody { output.append(response.body) }
    }

    /// Fields that only the server writes: a handler's own length or connection option could not be right.
    private static let reserved: Set<String> = [
        "connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade", "x-request-id",
    ]

    private static func isReserved(_ name: String) -> Bool { reserved.contains(name.lowercased()) }

    /// RFC 9110 section 15.2.1.
    func encodeContinue(into output: inout OutputQueue) {
        output.append { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
    }

    private func field(_ name: String, _ value: String, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: ": ".utf8)
        bytes.append(contentsOf: value.utf8)
        bytes.append(contentsOf: "\r\n".utf8)
    }
}
