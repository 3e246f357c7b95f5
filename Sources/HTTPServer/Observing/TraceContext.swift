/// Which trace a request is a part of, and which of its spans has sent it (W3C Trace Context, section 3.2).
public struct TraceContext: Sendable, Equatable {
    private let traceID: (high: UInt64, low: UInt64)
    private let parentID: UInt64
    private let flags: UInt8

    /// Nil for what is no `traceparent`: whoever is sent one must not pass it on, so it is as if there were none.
    public init?(traceparent text: String) {
        let bytes = Array(text.utf8)
        // 2 digits of the version, 32 of the trace, 16 of the span, 2 of flags.
        guard bytes.count >= Self.length, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]), high | low != 0,
            let parent = Self.number(bytes[36..<52]), parent != 0,
            let flags = Self.number(bytes[53..<55])
        else { return nil }
        // Later versions may have more behind a further dash; this one ends here.
        guard bytes.count == Self.length || version > 0 && bytes[Self.length] == UInt8(ascii: "-") else { return nil }
        traceID = (high, low)
        parentID = parent
        self.flags = UInt8(flags)
    }

    private static let length = 55

    /// Of lower-case hexadecimal digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    func appendTraceID(to bytes: inout [UInt8]) {
        bytes.append(hexadecimalWord: traceID.high)
        bytes.append(hexadecimalWord: traceID.low)
    }

    func appendSpanID(to bytes: inout [UInt8]) { bytes.append(hexadecimalWord: parentID) }

    func appendFlags(to bytes: inout [UInt8]) { bytes.append(hexadecimal: UInt64(flags), width: 2) }

    public static func == (a: TraceContext, b: TraceContext) -> Bool {
        a.traceID == b.traceID && a.parentID == b.parentID && a.flags == b.flags
    }
}
