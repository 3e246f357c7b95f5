import Foundation

/// A compiled pattern of a tokenizer.json, in ICU's syntax.
///
/// The `tokenizers` library's Oniguruma takes the patterns of common files alike, but for `\w` in a file's own pattern: it
/// counts the superscripts and fractions of Latin-1 among the word's characters, and not U+200C and U+200D.
public struct RegularExpression: @unchecked Sendable {
    // NSRegularExpression is immutable and documented as safe to use from several threads.
    private let expression: NSRegularExpression

    /// Nil if the pattern is not understood.
    init?(_ pattern: String) {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return nil }
        self.expression = expression
    }

    /// Replaces every match by `content`, literally.
    func replaceMatches(in text: String, with content: String) -> String {
        expression.stringByReplacingMatches(
            in: text, range: NSRange(text.startIndex..., in: text),
            withTemplate: NSRegularExpression.escapedTemplate(for: content))
    }

    /// The byte ranges of the matches in a UTF-8 text, in order.
    func matches(in text: [UInt8]) -> [Range<Int>] {
        let string = String(decoding: text, as: UTF8.self)
        // The expression counts UTF-16 code units.
        var byteOffsets: [Int] = []
        byteOffsets.reserveCapacity(text.count + 1)
        var offset = 0
        for scalar in string.unicodeScalars {
            byteOffsets += repeatElement(offset, count: UTF16.width(scalar))
            offset += UTF8.width(scalar)
        }
        let units = byteOffsets.count
        byteOffsets.append(offset)
        return expression.matches(in: string, range: NSRange(location: 0, length: units)).map {
            byteOffsets[$0.range.lowerBound]..<byteOffsets[$0.range.upperBound]
        }
    }
}
