import Foundation
@testable import HTTPServer

/// A request that we and a library do not agree on, with what there is to say about it.
struct Difference {
    enum Library {
        case llhttp, h11
    }

    let request: [UInt8]
    let library: Library
    let ours: Verdict
    let theirs: Verdict
    /// What follows the messages that both have read.
    let rest: ArraySlice<UInt8>
    /// What `rest` begins with: the request line, as far as it goes, and the header fields if they are complete. An empty line
    /// before the request line is left out.
    let requestLine: String
    let head: [String]
    /// The lines behind `head`, of the body and of whatever comes then.
    let linesAfterHead: [String]
    /// The line in which we stopped, up to where we stopped: behind the byte that we refused, or at the end.
    let line: ArraySlice<UInt8>

    init(request: [UInt8], library: Library, ours: OurReading, theirs: Verdict) {
        self.request = request
        self.library = library
        self.ours = ours.verdict
        self.theirs = theirs
        let common = min(ours.verdict.messages.count, theirs.messages.count)
        rest = request[(common == 0 ? 0 : ours.messageEnds[common - 1])...]
        let lines = Array(rest.lines.drop(while: \.isEmpty))
        requestLine = lines.first ?? ""
        // What stands behind the last line end may become anything.
        let end = lines.dropLast().firstIndex(of: "")
        head = end.map { Array(lines[..<$0]) } ?? []
        linesAfterHead = end.map { Array(lines[($0 + 1)...]) } ?? []
        let lineStart = request[..<max(0, ours.stop - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        line = request[lineStart..<ours.stop]
    }

    // MARK: Who stops first

    /// Our code, if we refuse what the library accepts, waits for, or rejects only later.
    var ourRefusal: String? {
        guard theirs.messages.count >= ours.messages.count, !isTunnel, !h11Waits else { return nil }
        return ours.rejection
    }

    /// The library's words, if it rejects what we accept, wait for, or refuse only later.
    var theirRejection: String? {
        ours.messages.count >= theirs.messages.count ? theirs.rejection : nil
    }

    /// Whether llhttp has left what follows to another protocol, and we have read on.
    var isTunnel: Bool { theirs.end == .upgraded && theirs.messages.count <= ours.messages.count }

    /// Whether we read nothing after the last of the messages that both have read.
    var isOver: Bool { ours.end == .closed && ours.messages.count == theirs.messages.count }

    /// Whether h11 has not looked yet at what we refuse: it takes in a header or trailer section at once, and the line before a
    /// chunk up to its CR LF.
    var h11Waits: Bool {
        guard library == .h11, let code = ours.rejection, theirs.end == .incomplete,
            theirs.messages.count == ours.messages.count
        else { return false }
        let unread = head.isEmpty ? rest : request[line.startIndex...]
        let isSection = head.isEmpty || code == "bad_field"
        return isSection ? !unread.containsEmptyLine : !unread.contains("\r\n")
    }

    /// Whether a line has begun that we refuse when it ends, be it at once.
    var isRefusedAtLineEnd: Bool {
        guard ours.end == .incomplete, request.last != 0x0A else { return false }
        return OurReading(of: [request[...], request.last == 0x0D ? [0x0A] : [0x0D, 0x0A]]).verdict.rejection != nil
    }

    // MARK: What the request says

    /// The byte that we refused, and the one before it in its line.
    var refusedByte: UInt8 { line[line.endIndex - 1] }
    var byteBefore: UInt8? { line.dropLast().last }

    var method: String { String(requestLine.prefix { $0 != " " }) }
    var version: String { String(requestLine.suffix(8)) }

    /// The request's target in small letters, if the request line has three words.
    var target: String {
        let words = requestLine.split(separator: " ", omittingEmptySubsequences: false)
        return words.count == 3 ? words[1].lowercasedASCII : ""
    }

    /// Whether the method is a token, as far as it goes, that RFC 9110 and RFC 5789 do not define.
    var hasUnknownMethod: Bool {
        !method.isEmpty && method.utf8.allSatisfy(CharacterClass.isToken)
            && !["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"].contains(method)
    }

    /// The values of a field of `head`.
    func values(_ name: String) -> [String] {
        head.dropFirst().filter { $0.lowercasedASCII.hasPrefix(name + ":") }.map {
            $0.dropFirst(name.count + 1).trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
        }
    }
}

extension Collection<UInt8> {
    /// Bytes as the characters of the same number.
    var text: String { String(String.UnicodeScalarView(map { Unicode.Scalar($0) })) }

    /// What stands before, between and behind CR LFs.
    var lines: [String] {
        var lines: [[UInt8]] = [[]]
        for byte in self {
            if byte == 0x0A, lines[lines.count - 1].last == 0x0D {
                lines[lines.count - 1].removeLast()
                lines.append([])
            } else {
                lines[lines.count - 1].append(byte)
            }
        }
        return lines.map(\.text)
    }

    func contains(_ text: String) -> Bool { contains(Array(text.utf8)) }

    /// Whether there is an empty line in it, ended by LF or CR LF.
    var containsEmptyLine: Bool { contains("\n\n") || contains("\n\r\n") }
}
