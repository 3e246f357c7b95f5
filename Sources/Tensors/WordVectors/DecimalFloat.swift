/// Reads decimal numbers of text files: the float32 nearest to what is written, ties to even.
///
/// Nearly all numbers of such files have so few digits that one division of doubles gives the nearest double, and that rounds
/// to the nearest float unless it lies just between two. The few others go to the standard library.
enum DecimalFloat {
    private static let powers: [Double] = (0...22).reduce(into: []) { list, _ in list.append(list.last.map { $0 * 10 } ?? 1) }

    /// - Returns: nil for what is no decimal number; infinity for a number beyond a float32.
    static func parse(_ text: UnsafeRawBufferPointer) -> Float? {
        var position = 0
        var isNegative = false
        if let sign = text.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            position = 1
        }
        var significand: UInt64 = 0
        var digits = 0
        var exponent = 0
        var hasPoint = false
        while position < text.count {
            let byte = text[position]
            if byte &- UInt8(ascii: "0") < 10 {
                digits += 1
                // Past this the standard library reads the text anew.
                if digits <= 18 { significand = significand * 10 + UInt64(byte &- UInt8(ascii: "0")) }
                if hasPoint { exponent -= 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            position += 1
        }
        guard digits > 0 else { return nil }
        if position < text.count {
            guard text[position] | 0x20 == UInt8(ascii: "e"), let written = integer(text, from: position + 1) else {
                return nil
            }
            exponent += written
        }
        guard digits <= 18, significand < 1 << 53, abs(exponent) < powers.count else { return slow(text) }
        let double = exponent < 0 ? Double(significand) / powers[-exponent] : Double(significand) * powers[exponent]
        guard double.bitPattern & 0x1FFF_FFFF != 0x1000_0000, double == 0 || double >= 0x1p-100 else { return slow(text) }
        let value = Float(double)
        return isNegative ? -value : value
    }

    /// A signed whole number that takes the rest of the text, cut to what no float32's exponent reaches.
    private static func integer(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var digits = text[start...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
        let value = digits.reduce(0) { min($0 * 10 + Int($1 &- UInt8(ascii: "0")), 1_000_000) }
        return isNegative ? -value : value
    }

    private static func slow(_ text: UnsafeRawBufferPointer) -> Float? { Float(String(decoding: text, as: UTF8.self)) }
}
