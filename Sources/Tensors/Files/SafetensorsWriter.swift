/// Writes float32 tensors as one safetensors file.
public struct SafetensorsWriter: Sendable {
    private var header: SafetensorsHeader
    private var tensors: [[Float]] = []

    public init(metadata: [(key: String, value: String)] = []) { header = SafetensorsHeader(metadata: metadata) }

    /// Adds a tensor; `elements` are its values in row-major order, as many as `shape` says.
    public mutating func add(_ key: String, shape: [Int], elements: [Float]) {
        precondition(elements.count == shape.reduce(1, *), "a shape that does not fit the elements")
        header.add(key, type: .float32, shape: shape)
        tensors.append(elements)
    }

    /// The bytes of the file.
    public func encoded() -> [UInt8] {
        var bytes = header.encoded()
        bytes.reserveCapacity(bytes.count + header.tensorBytes)
        for tensor in tensors {
            tensor.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
