@testable import HTTPServer

/// What holds for all bytes that a connection may receive.
enum RequestProperty {
    /// Small, so that short inputs reach them.
    static var limits: HTTPRequestLimits {
        var limits = HTTPRequestLimits()
        limits.requestLineBytes = 100
        limits.fieldBytes = 200
        limits.fieldCount = 8
        limits.bodyBytes = 100
        limits.chunkLineBytes = 20
        return limits
    }

    /// However the input is cut, the parser reads the same requests within the limits, and a connection answers them.
    static func check(_ input: [UInt8]) throws(Finding) {
        let whole = OurReading(of: Cutting.whole.pieces(of: input), limits: limits)
        try checkLimits(whole.requests)
        for cutting in Cutting.allCases {
            let pieces = cutting.pieces(of: input)
            let reading = OurReading(of: pieces, limits: limits)
            try expect(reading.isSame(as: whole), "\(cutting): \(reading.verdict), whole: \(whole.verdict)")
            for client in Conversation.Client.allCases {
                do throws(Finding) {
                    try Conversation.check(pieces, client, reading)
                } catch {
                    throw Finding("\(cutting), \(client) client: \(error)")
                }
            }
        }
    }

    private static func checkLimits(_ requests: [HTTPRequest]) throws(Finding) {
        for request in requests {
            try expect(request.body.count <= limits.bodyBytes, "a body of \(request.body.count) bytes")
            try expect(request.fields.count <= limits.fieldCount, "\(request.fields.count) fields")
            let bytes = request.fields.lines.count - 2 * request.fields.count
            try expect(bytes <= limits.fieldBytes, "\(bytes) bytes of fields")
        }
    }
}

extension OurReading {
    fileprivate func isSame(as other: OurReading) -> Bool {
        verdict == other.verdict && messageEnds == other.messageEnds && refusal?.status == other.refusal?.status
            && requests.elementsEqual(other.requests) { $0.isSame(as: $1) }
    }
}

extension HTTPRequest {
    func isSame(as other: HTTPRequest) -> Bool {
        method == other.method && path == other.path && query == other.query && fields.elementsEqual(other.fields)
            && body == other.body
    }
}
