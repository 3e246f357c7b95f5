/// Numbers as pictures have them, the same in every language.
enum NumberText {
    /// With one decimal at most.
    static func coordinate(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
        return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
    }

    static func decimal(_ value: Double, _ digits: Int) -> String {
        let unit = digits == 1 ? 10 : 100
        let parts = Int((value * Double(unit)).rounded())
        let (whole, rest) = parts.magnitude.quotientAndRemainder(dividingBy: UInt(unit))
        let fraction = String(rest)
        return (parts < 0 ? "−" : "") + "\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// With commas between thousands.
    static func grouped(_ count: Int) -> String {
        let digits = Array(String(count))
        return String(
            digits.enumerated().flatMap { place, digit in
                place > 0 && (digits.count - place) % 3 == 0 ? [",", digit] : [digit]
            })
    }
}
