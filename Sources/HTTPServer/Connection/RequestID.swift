/// The name of a request in its answer and in logs, for people who compare the two.
enum RequestID: Sendable, CustomStringConvertible {
    /// The caller's own: 1 to 128 visible ASCII characters.
    case given(String)
    /// One of ours: 32 hexadecimal digits.
    case made(UInt64, UInt64)

    /// The id that a request asks for, or `own`.
    init(_ fields: HTTPFields, own: @autoclosure () -> RequestID) {
        let given = fields.count(of: .requestID) == 1 ? fields.values(.requestID)[0] : ""
        let isAcceptable = (1...128).contains(given.utf8.count) && given.utf8.allSatisfy { CharacterClass.isTarget($0) }
        self = isAcceptable ? .given(given) : own()
    }

    var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The id as the `instance` of a problem.
    var instance: String { "urn:request:\(self)" }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .given(let text): bytes.append(text)
        case .made(let high, let low):
            bytes.append(hexadecimalWord: high)
            bytes.append(hexadecimalWord: low)
        }
    }
}

/// Makes a connection's request ids: random digits for the connection, then a count that is scrambled so that ids differ at a
/// glance. They are names, not secrets.
struct RequestIDSource: Sendable {
    private let connection = UInt64.random(in: .min ... .max)
    private var count: UInt64 = 0

    mutating func next() -> RequestID {
        count += 1
        // Multiplication by an odd number and these shifts are reversible, so no two counts meet.
        var mixed = (connection ^ count) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 32
        return .made(connection, mixed &* 0xD6E8_FEB8_6659_FD93)
    }
}
