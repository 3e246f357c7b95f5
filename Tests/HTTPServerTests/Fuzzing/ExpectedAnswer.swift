@testable import HTTPServer

/// What a client that sent some request must get.
struct ExpectedAnswer {
    var status: HTTPStatus
    var isHead: Bool
    /// Nil if it does not matter.
    var body: [UInt8]?
}
