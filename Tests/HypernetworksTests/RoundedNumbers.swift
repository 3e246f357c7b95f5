import Tensors

extension FloatFormat {
    /// The nearest number of this format, of two the one that ends in 0.
    func rounded(_ x: Float) -> Float {
        switch self {
        case .float32: x
        case .float16: Float(Float16(x))
        case .bfloat16: Float(bitPattern: (x.bitPattern + 0x7FFF + (x.bitPattern >> 16) & 1) & 0xFFFF_0000)
        }
    }
}
