extension [UInt8] {
    /// Appends `value` as base64 (RFC 4648 section 4, with padding).
    mutating func append(base64 value: RawSpan) {
        append(addingCapacity: (value.byteCount + 2) / 3 * 4) { output in
            let pairs = base64Pairs.span
            var position = 0
            while position + 3 <= value.byteCount {
                let group = Int(value[position]) << 16 | Int(value[position + 1]) << 8 | Int(value[position + 2])
                output.append(pair: pairs[group >> 12])
                output.append(pair: pairs[group & 0xFFF])
                position += 3
            }
            switch value.byteCount - position {
            case 1:
                output.append(pair: pairs[Int(value[position]) << 4])
                output.append(repeating: UInt8(ascii: "="), count: 2)
            case 2:
                let group = Int(value[position]) << 10 | Int(value[position + 1]) << 2
                output.append(pair: pairs[group >> 6])
                output.append(UInt8(truncatingIfNeeded: pairs[(group & 0x3F) << 6]))
                output.append(UInt8(ascii: "="))
            default: break
            }
        }
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func append(pair: UInt16) {
        append(UInt8(truncatingIfNeeded: pair))
        append(UInt8(truncatingIfNeeded: pair >> 8))
    }
}

/// The two characters for each twelve bits, the first in the low byte.
private let base64Pairs: [UInt16] = {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    return (0..<4096).map { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
}()
