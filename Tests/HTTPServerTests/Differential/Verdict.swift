/// What a reader makes of the bytes of a connection: the requests in them, and how things stand after the last byte.
struct Verdict: Equatable {
    struct Message: Equatable {
        var method: String
        var target: String
        var fieldCount: Int
        var body: [UInt8]
    }

    enum End: Equatable {
        /// Everything was read, and another request may follow.
        case open
        /// Everything up to the request that ends the connection was read.
        case closed
        /// A request has begun and needs more bytes.
        case incomplete
        /// The last request asks for another protocol; llhttp reads no further.
        case upgraded
        /// With our problem's code, or in the library's words.
        case rejected(String)
    }

    var messages: [Message]
    var end: End

    /// The code or the words it was rejected with.
    var rejection: String? {
        if case .rejected(let way) = end { way } else { nil }
    }

    /// Whether both end alike, in whatever way they reject.
    func endsLike(_ other: Verdict) -> Bool { end == other.end || rejection != nil && other.rejection != nil }
}
