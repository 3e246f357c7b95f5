/// GPT-2's alphabet: every byte as one printable character, so that any bytes can be spelled as text.
///
/// The bytes that print in Latin-1 stand for themselves; the other 68 are, in order, the characters from U+0100 on.
enum ByteLevelAlphabet {
    /// The UTF-8 spelling of each byte: at most two bytes.
    private static let spellings: [[UInt8]] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            let prints = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
            let value = prints ? UInt32(byte) : next
            if !prints { next += 1 }
            return Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
        }
    }()

    private static let byteByScalar: [Unicode.Scalar: UInt8] = {
        var bytes: [Unicode.Scalar: UInt8] = [:]
        for (byte, spelling) in spellings.enumerated() {
            for scalar in String(decoding: spelling, as: UTF8.self).unicodeScalars { bytes[scalar] = UInt8(byte) }
        }
        return bytes
    }()

    /// Spells bytes in the alphabet; the result is UTF-8.
    static func spell(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.flatMap { spellings[Int($0)] }
    }

    /// The bytes that a text in the alphabet, given as UTF-8, spells.
    ///
    /// - Throws: `notByteLevel` with the first character that is not in the alphabet.
    static func read(_ text: [UInt8]) throws(SurfaceFormError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard let byte = byteByScalar[scalar] else { throw .notByteLevel(scalar: scalar, offset: bytes.count) }
            bytes.append(byte)
        }
        return bytes
    }
}
