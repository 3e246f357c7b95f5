import CKernels

/// How the packed weights of a linear layer are kept in memory. Sums are float32 in any case.
public enum WeightFormat: String, CaseIterable, Sendable {
    case float32
    /// Half the memory and bandwidth: 10 fraction bits, up to 65,504.
    case float16
    /// Half the memory and bandwidth: 7 fraction bits, float32's range.
    case bfloat16

    var code: ck_format {
        switch self {
        case .float32: CK_FORMAT_FLOAT32
        case .float16: CK_FORMAT_FLOAT16
        case .bfloat16: CK_FORMAT_BFLOAT16
        }
    }
}
