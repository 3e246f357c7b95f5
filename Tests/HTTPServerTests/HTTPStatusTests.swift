import Foundation
import Testing

@testable import HTTPServer

@Suite struct HTTPStatusTests {
    /// Whoever counts by status must not miss one that came later: those of the source are all in the list.
    @Test func theListHasAll() throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/HTTPServer/Messages/HTTPStatus.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        let codes = text.matches(of: /= HTTPStatus\((\d{3}),/).compactMap { Int($0.1) }
        #expect(codes.count > 20 && Set(codes) == Set(HTTPStatus.all.map(\.code)) && codes.count == HTTPStatus.all.count)
    }
}
