/// Writes answers as HTTP/1.1 messages (RFC 9112 section 4).
struct ResponseEncoder {
    /// The `Server` field's line.
    private let serverLine: [UInt8]
    private let date: HTTPDate

    init(serverName: String, date: HTTPDate) {
        serverLine = Array("Server: \(serverName)\r\n".utf8)
        self.date = date
    }

    /// How the end of a body is told (RFC 9112 section 6.3).
    enum Framing: Equatable {
        case length(Int)
        case chunked
        /// The connection closes: all that HTTP/1.0 has for a length that is not known.
        case close
    }

    /// What the encoder must know of the request and of the connection.
    struct Context {
        var requestID: RequestID
        var keepsAlive: Bool
        var isVersion1_0 = false
    }

    /// Appends the status line and the header section.
    func encodeHead(of response: HTTPResponse, framing: Framing, _ context: Context, into output: inout OutputQueue) {
        output.append { bytes in
            bytes.append("HTTP/1.1 ")
            bytes.append(decimal: response.status.code)
            bytes.append(UInt8(ascii: " "))
            bytes.append(response.status.reason)
            bytes.append("\r\nDate: ")
            bytes.append(contentsOf: date.text)
            bytes.appendLineEnd()
            bytes.append(contentsOf: serverLine)
            bytes.append("X-Request-Id: ")
            context.requestID.append(to: &bytes)
            bytes.appendLineEnd()
            bytes.append(contentsOf: response.fields.withoutReserved.lines)
            if let coding = response.negotiatedCoding {
                // RFC 9110 section 12.5.5: a cache must not give this answer to a client that accepts something else.
                bytes.append("Vary: Accept-Encoding\r\n")
                if coding != .identity {
                    bytes.append("Content-Encoding: ")
                    bytes.append(coding.rawValue)
                    bytes.appendLineEnd()
                }
            }
            if !response.status.forbidsBody {
                switch framing {
                case .length(let length):
                    bytes.append("Content-Length: ")
                    bytes.append(decimal: length)
                    bytes.appendLineEnd()
                case .chunked: bytes.append("Transfer-Encoding: chunked\r\n")
                case .close: break
                }
            }
            if !context.keepsAlive {
                bytes.append("Connection: close\r\n")
            } else if context.isVersion1_0 {
                bytes.append("Connection: keep-alive\r\n")
            }
            bytes.appendLineEnd()
        }
    }

    /// Appends a part of a body, as a chunk of its own where that is the framing (RFC 9112 section 7.1).
    func encode(_ part: [UInt8], framing: Framing, into output: inout OutputQueue) {
        // A chunk of no bytes would be the last one.
        guard framing == .chunked, !part.isEmpty else { return output.append(part) }
        output.append {
            $0.append(hexadecimal: UInt64(part.count))
            $0.appendLineEnd()
        }
        output.append(part)
        output.append { $0.appendLineEnd() }
    }

    /// Appends what ends a body.
    func encodeEnd(framing: Framing, into output: inout OutputQueue) {
        if framing == .chunked { output.append { $0.append("0\r\n\r\n") } }
    }

    /// RFC 9110 section 15.2.1.
    func encodeContinue(into output: inout OutputQueue) {
        output.append { $0.append("HTTP/1.1 100 Continue\r\n\r\n") }
    }
}
