/// Why a text is not JSON (RFC 8259), and at which byte.
public struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Problem: Equatable, Sendable {
        case invalidUTF8
        case unexpectedEnd
        case unexpectedByte(UInt8)
        case controlCharacterInString(UInt8)
        case invalidEscape
        case loneSurrogate
        case invalidNumber
        case trailingContent
        case tooDeep(maximumDepth: Int)
        case tooLarge
        case tooManyValues
    }

    public let problem: Problem
    /// Offset from the start of the text.
    public let byteOffset: Int

    public var description: String { "\(problemDescription) at byte \(byteOffset)" }

    private var problemDescription: String {
        switch problem {
        case .invalidUTF8: "invalid UTF-8"
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedByte(let byte):
            byte > 0x20 && byte < 0x7F
                ? "unexpected '\(Character(Unicode.Scalar(byte)))'" : "unexpected byte 0x\(hexadecimal(byte))"
        case .controlCharacterInString(let byte): "unescaped control character 0x\(hexadecimal(byte)) in a string"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "lone surrogate in a string"
        case .invalidNumber: "invalid number"
        case .trailingContent: "more text after the value"
        case .tooDeep(let maximumDepth): "nesting deeper than \(maximumDepth)"
        case .tooLarge: "a text of 2 GiB or more"
        case .tooManyValues: "more than 16 million values"
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}
