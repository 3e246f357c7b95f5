/// The header fields that the server itself reads or writes, told apart once, when a field is added.
enum KnownField: UInt8, Sendable {
    case acceptEncoding, cacheControl, connection, contentEncoding, contentLength, contentType, date, expect, host, keepAlive
    case requestID, server, transferEncoding, upgrade
    case other

    /// Names are compared without regard to case (RFC 9110 section 5.1).
    init(_ name: Span<UInt8>) {
        func isNamed(_ candidate: String) -> Bool {
            var index = 0
            for byte in candidate.utf8 {
                guard CharacterClass.lowercased(name[index]) == byte else { return false }
                index += 1
            }
            return true
        }
        switch name.count {
        case 4: self = isNamed("host") ? .host : isNamed("date") ? .date : .other
        case 6: self = isNamed("expect") ? .expect : isNamed("server") ? .server : .other
        case 7: self = isNamed("upgrade") ? .upgrade : .other
        case 10: self = isNamed("connection") ? .connection : isNamed("keep-alive") ? .keepAlive : .other
        case 12: self = isNamed("content-type") ? .contentType : isNamed("x-request-id") ? .requestID : .other
        case 13: self = isNamed("cache-control") ? .cacheControl : .other
        case 14: self = isNamed("content-length") ? .contentLength : .other
        case 15: self = isNamed("accept-encoding") ? .acceptEncoding : .other
        case 16: self = isNamed("content-encoding") ? .contentEncoding : .other
        case 17: self = isNamed("transfer-encoding") ? .transferEncoding : .other
        default: self = .other
        }
    }

    /// Whether only the server writes this field into an answer: a handler's own length or connection option could not be right.
    var isReserved: Bool {
        switch self {
        case .connection, .contentLength, .date, .keepAlive, .requestID, .server, .transferEncoding, .upgrade: true
        case .acceptEncoding, .cacheControl, .contentEncoding, .contentType, .expect, .host, .other: false
        }
    }
}
