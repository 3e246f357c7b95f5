/// Why a compressed body cannot be read.
enum ContentCodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The body ends before its coding does; an empty body too.
    case truncated
    /// Something follows the end of the coding.
    case trailingData
    /// The bytes break the format; `reason` is zlib's, such as "incorrect header check".
    case corrupt(reason: String)
    /// What was decompressed is not what was compressed.
    case checksumMismatch
    /// The zlib format may refer to a dictionary that both sides know; HTTP has none.
    case presetDictionary
    /// The body is longer than `limit` bytes once it is decompressed.
    case tooLong(limit: Int)
    /// The body grows more than `ratio` times, as only bombs do.
    case ratioTooHigh(ratio: Int)
    /// zlib found no memory for its window.
    case outOfMemory

    /// For the client.
    var description: String {
        switch self {
        case .truncated: "the compressed body ends too early"
        case .trailingData: "more bytes follow the end of the compressed body"
        case .corrupt(let reason): "the compressed body is corrupt: \(reason)"
        case .checksumMismatch: "the compressed body does not match its checksum"
        case .presetDictionary: "the compressed body needs a preset dictionary, and HTTP has none"
        case .tooLong(let limit): "a body may have \(limit) bytes, this one is longer once it is decompressed"
        case .ratioTooHigh(let ratio): "the compressed body grows more than \(ratio) times when it is decompressed"
        case .outOfMemory: "there is no memory to decompress the body at the moment"
        }
    }

    /// The refusal to answer with.
    var problem: Problem {
        switch self {
        case .truncated, .trailingData, .corrupt, .checksumMismatch, .presetDictionary:
            .badRequest("bad_content_coding", description)
        case .tooLong, .ratioTooHigh:
            Problem(status: .contentTooLarge, code: "body_too_large", title: "Body too large", detail: description)
        case .outOfMemory:
            Problem(
                status: .serviceUnavailable, code: "out_of_memory", title: "Out of memory", detail: description, retryAfter: 1)
        }
    }
}
