extension String {
    /// The elements of a list in a field (RFC 9110 section 5.6.1), for names that are compared without regard to case: in lower
    /// case, without the white space around them, empty ones left out (section 5.6.1.2).
    var fieldElements: [Substring] {
        Substring(lowercasedASCII).pieces(between: ",").filter { !$0.isEmpty }
    }
}

extension StringProtocol {
    /// With the capitals of ASCII made small. `lowercased()` also makes a k of the Kelvin sign: `chun\u{212A}ed` would be `chunked`
    /// here and something unknown to the proxy before.
    var lowercasedASCII: String { String(decoding: utf8.map(CharacterClass.lowercased), as: UTF8.self) }
}

extension Substring {
    /// What stands between the separators, without the optional white space around it (RFC 9110 section 5.6.3).
    ///
    /// Over bytes, not characters, as every request comes through here.
    func pieces(between separator: Unicode.Scalar) -> [Substring] {
        utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map { piece in
            let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let start = piece.firstIndex { !isSpace($0) } ?? piece.endIndex
            let end = piece.lastIndex { !isSpace($0) }.map(piece.index(after:)) ?? start
            return Substring(piece[start..<end])
        }
    }
}
