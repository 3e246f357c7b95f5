@testable import HTTPServer

/// What our parser makes of the bytes of a connection.
struct OurReading {
    private(set) var verdict = Verdict(messages: [], end: .open)
    /// The messages as they are handed to the application.
    private(set) var requests: [HTTPRequest] = []
    /// What came after them, if that was refused.
    private(set) var refusal: Problem?
    /// Where each message ends.
    private(set) var messageEnds: [Int] = []
    /// How many bytes the parser was shown before it refused, closed, or had no more of them.
    private(set) var stop = 0

    /// Shows `pieces` to the parser one after the other, as a connection does: what is not consumed is shown again, and nothing is
    /// read after the last request.
    init(of pieces: [ArraySlice<UInt8>], limits: HTTPRequestLimits = HTTPRequestLimits()) {
        var parser = RequestParser(limits: limits)
        var pending: [UInt8] = []
        for piece in pieces {
            pending += piece
            stop += piece.count
            do throws(Problem) {
                while !pending.isEmpty {
                    let (consumed, progress) = try parser.parse(pending.span)
                    pending.removeFirst(consumed)
                    if case .needsMore = progress { break }
                    guard case .complete(let request) = progress else { continue }
                    requests.append(request)
                    messageEnds.append(stop - pending.count)
                    verdict.messages.append(
                        .init(
                            method: request.method, target: request.path + (request.query.map { "?" + $0 } ?? ""),
                            fieldCount: request.fields.count, body: request.body))
                    guard parser.head.keepsAlive else {
                        verdict.end = .closed
                        return
                    }
                }
            } catch {
                refusal = error
                verdict.end = .rejected(error.code)
                return
            }
        }
        verdict.end = parser.isBetweenRequests && pending.isEmpty ? .open : .incomplete
    }
}
