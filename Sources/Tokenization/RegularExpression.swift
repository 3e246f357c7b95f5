import Foundation

/// A compiled pattern of a Replace step.
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
}
