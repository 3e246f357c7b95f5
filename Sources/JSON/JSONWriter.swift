/// Writes JSON (RFC 8259) straight into a byte buffer; commas are its business, balanced brackets the caller's.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private let capacity: Int
    private var needsComma = false

    public init(reservingCapacity capacity: Int = 0) {
        self.capacity = capacity
        bytes.reserveCapacity(capacity)
    }

    /// Hands over what is written so far, for an answer that leaves in parts: what is written next continues the same text in
    /// an empty buffer of the same capacity.
    public mutating func takeBytes() -> [UInt8] {
        var taken: [UInt8] = []
        taken.reserveCapacity(capacity)
        swap(&taken, &bytes)
        return taken
    }

    public mutating func object<Failure: Error>(_ writeMembers: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        try nested(UInt8(ascii: "{"), UInt8(ascii: "}"), writeMembers)
    }

    public mutating func array<Failure: Error>(_ writeElements: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        try nested(UInt8(ascii: "["), UInt8(ascii: "]"), writeElements)
    }

    /// The name of the member whose value comes next.
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member of an object, its name and its value.
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    public mutating func member(_ name: String, _ value: Int) {
        key(name)
        number(value)
    }

    public mutating func member(_ name: String, _ value: Float) {
        key(name)
        number(value)
    }

    public mutating func member(_ name: String, _ value: Double) {
        key(name)
        number(value)
    }

    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        boolean(value)
    }

    public mutating func string(_ value: String) { string(utf8: value.utf8.span.bytes) }

    /// A string given as its UTF-8 bytes. Ill-formed sequences become U+FFFD, since JSON must be UTF-8.
    public mutating func string(bytes value: [UInt8]) {
        if (try? UTF8Span(validating: value.span)) != nil {
            string(utf8: value.span.bytes)
        } else {
            string(String(decoding: value, as: UTF8.self))
        }
    }

    /// A string of base64 (RFC 4648 section 4, with padding).
    public mutating func base64(_ value: RawSpan) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(base64: value)
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func number(_ value: Int) { scalar(value.description) }

    /// The shortest decimal that reads back to the same float. JSON has no NaN or infinity: those become `null`.
    public mutating func number(_ value: Float) {
        separate()
        bytes.append(addingCapacity: Float.maximumJSONByteCount) { $0.append(number: value) }
    }

    /// An array of numbers, each as `number(_:)` writes it.
    public mutating func numbers(_ values: Span<Float>) {
        separate()
        bytes.append(addingCapacity: values.count * (Float.maximumJSONByteCount + 1) + 2) { output in
            output.append(UInt8(ascii: "["))
            for index in values.indices {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                output.append(number: values[index])
            }
            output.append(UInt8(ascii: "]"))
        }
    }

    /// The shortest decimal that reads back to the same double; `null` for NaN and infinity.
    public mutating func number(_ value: Double) { scalar(value.isFinite ? value.description : "null") }

    public mutating func boolean(_ value: Bool) { scalar(value ? "true" : "false") }

    public mutating func null() { scalar("null") }

    private mutating func scalar(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func string(utf8 value: RawSpan) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var position = 0
        while position < value.byteCount {
            let end = value.endOfPlainText(from: position)
            bytes.append(copying: value.extracting(position..<end))
            if end < value.byteCount { escape(value[end]) }
            position = end + 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0..<0x20:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(hexadecimalDigits[Int(byte >> 4)])
            bytes.append(hexadecimalDigits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }

    private mutating func nested<Failure: Error>(
        _ open: UInt8, _ close: UInt8, _ write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        separate()
        bytes.append(open)
        needsComma = false
        try write(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}

private let hexadecimalDigits = Array("0123456789abcdef".utf8)
