import Testing

@testable import HTTPServer

@Suite struct ApplicationProtocolTests {
    private func position(_ names: String...) -> Range<Int>? {
        let list = names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return ApplicationProtocol.position(in: list.span)
    }

    @Test func findsHTTP() {
        #expect(position("http/1.1") == 1..<9)
        #expect(position("h2", "http/1.1", "http/1.0") == 4..<12)
        #expect(position("h2", "http/1.0") == nil && position("http/1.10") == nil && position("HTTP/1.1") == nil)
        #expect(position() == nil && position("") == nil)
    }

    @Test(arguments: [[8], [9] + Array("http/1.1".utf8), [0, 255], [8] + Array("http/1.".utf8)] as [[UInt8]])
    func survivesListsThatAreCutOff(list: [UInt8]) {
        #expect(ApplicationProtocol.position(in: list.span) == nil)
    }
}
