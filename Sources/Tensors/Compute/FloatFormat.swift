import CKernels

/// How numbers are kept: in the packed weights of a linear layer, or in rows that leave. Sums are float32 in any case.
public enum FloatFormat: String, CaseIterable, Sendable {
    case float32
    /// Half the memory and bandwidth: 10 fraction bits, up to 65,504.
    case float16
    /// Half the memory and bandwidth: 7 fraction bits, float32's range.
    case bfloat16

    /// The same in a file.
    public var elementType: ElementType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        }
    }

    /// Bytes of one number.
    public var width: Int { elementType.width }

    var code: ck_format {
        switch self {
        case .float32: CK_FORMAT_FLOAT32
        case .float16: CK_FORMAT_FLOAT16
        case .bfloat16: CK_FORMAT_BFLOAT16
        }
    }
}
