/// A file or folder that holds tensors by name.
public protocol TensorSource: Sendable {
    /// The tensor with this key and shape, of 16- or 32-bit floats in row-major order.
    ///
    /// - Throws: `TensorFileError.missingTensor`, `.wrongShape`, `.unsupportedType`, or `.notContiguous` for a view.
    func tensor(_ key: String, shape: [Int]) throws(TensorFileError) -> MappedTensor
}
