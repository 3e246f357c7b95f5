import Foundation

extension String {
    /// The text at the right end of a table's cell of so many characters.
    func rightAligned(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

extension Double {
    /// With so many digits behind the point.
    func rounded(toDigits digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
