/// What arbitrary bytes are tried on, by libFuzzer (Tests/Fuzz) and by `FuzzCorpusTests`. The raw value names the corpus.
enum FuzzTarget: String, CaseIterable {
    /// The input is all that a connection receives.
    case requests
    /// The input follows the head of a request with a chunked body.
    case chunks
    /// The input is a compressed body.
    case inflater

    func check(_ input: [UInt8]) throws(Finding) {
        switch self {
        case .requests: try RequestProperty.check(input)
        case .chunks: try RequestProperty.check(Self.chunkedHead + input)
        case .inflater: try InflaterProperty.check(input)
        }
    }

    private static let chunkedHead = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
}
