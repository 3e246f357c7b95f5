/// Compresses the answers to one request, where that is worth it and its client accepts it.
///
/// It runs where the application answers, not on the connection's event loop, which has others to serve.
struct ResponseCompression: Sendable {
    /// Nil where a server compresses nothing.
    let policy: CompressionPolicy?
    /// The request's `Accept-Encoding`.
    let accepted: String?

    /// The answer with its body compressed.
    func apply(to response: HTTPResponse) -> HTTPResponse {
        var response = response
        guard var deflater = prepare(&response, length: response.body.count) else { return response }
        var body: [UInt8] = []
        body.reserveCapacity(response.body.count / 2)
        deflater.append(response.body.span, to: &body)
        deflater.finish(to: &body)
        response.body = body
        return response
    }

    /// Marks the head of an answer as compressed.
    ///
    /// - Parameter length: of the body, if it is known.
    /// - Returns: what compresses the body; nil if it stays as it is.
    func prepare(_ head: inout HTTPResponse, length: Int?) -> Deflater? {
        guard let policy, length ?? .max >= policy.minimumBytes,
            policy.compresses(
                status: head.status, contentType: head.fields[.contentType], contentLength: length,
                contentEncoding: head.fields[.contentEncoding], cacheControl: head.fields[.cacheControl])
        else { return nil }
        head.negotiatedCoding = .identity
        guard let accepted, let coding = AcceptEncoding.negotiate(accepted),
            let deflater = Deflater(coding, level: policy.level)
        else { return nil }
        head.negotiatedCoding = coding
        return deflater
    }
}
