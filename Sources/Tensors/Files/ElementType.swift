/// The element types of the safetensors format.
public enum ElementType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float8E5M2 = "F8_E5M2"
    case float8E4M3 = "F8_E4M3"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case boolean = "BOOL"

    /// Bytes of one element.
    public var width: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float8E5M2, .float8E4M3, .int8, .uint8, .boolean: 1
        }
    }

    /// Bytes of a tensor of this shape; nil for a negative size, or for more than can be.
    func byteCount(shape: [Int]) -> Int? {
        var bytes = width
        for size in shape {
            // A size of 0 hides no overflow of the others: their product is the width of a row.
            let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 1))
            guard size >= 0, !overflow else { return nil }
            bytes = product
        }
        return shape.contains(0) ? 0 : bytes
    }
}
