import Testing

@testable import HTTPServer

/// Bodies of all requests together: no more memory than they may have, and never nothing for small ones.
@Suite struct BodyShareTests {
    private func head(_ path: String, _ length: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    }

    @Test func refusesLargeBodiesWhileOthersAreHeld() throws {
        let (_, address) = try serve { $0.maximumBodyBytes = 300_000 }
        let first = try LoopbackClient(address)
        first.send(head("/echo", 250_000))
        first.send([UInt8](repeating: 0x61, count: 200_000))
        func refusal() throws -> String {
            let second = try LoopbackClient(address)
            second.send(head("/echo", 150_000))
            second.send([UInt8](repeating: 0x62, count: 150_000))
            return second.read(until: "\r\n\r\n")
        }
        // The first one's bytes may still be on their way.
        var answer = ""
        #expect(waitUntil { answer = (try? refusal()) ?? ""; return answer.hasPrefix("HTTP/1.1 503 ") })
        #expect(answer.contains("Retry-After: 1\r\n"))

        let small = try LoopbackClient(address)
        small.send(head("/echo", 5) + "small")
        #expect(small.read(until: "small").hasPrefix("HTTP/1.1 200 OK\r\n"))
        first.send([UInt8](repeating: 0x61, count: 49_999) + [UInt8(ascii: "!")])
        #expect(first.read(until: "!").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(waitUntil { (try? refusal())?.hasPrefix("HTTP/1.1 200 OK\r\n") == true })
    }

    @Test func countsBodiesUntilTheirRequestsAreLetGo() throws {
        let admission = Admission(maximum: 10, maximumPerAddress: nil, maximumBodyBytes: 100_000)
        let first = BodyShare(admission)
        #expect(first.set(90_000) == nil)
        var second: BodyShare? = BodyShare(admission)
        #expect(second?.set(65_536) == nil && second?.set(65_537)?.code == "too_many_bodies")
        second = nil
        #expect(first.set(100_000) == nil && first.set(100_001)?.status == .serviceUnavailable)
        // What becomes less is never too much.
        #expect(first.set(0) == nil && BodyShare(admission).set(100_000) == nil)
    }
}
