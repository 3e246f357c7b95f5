import JSON

/// Writes float32 tensors as one safetensors file, header first, padded to eight bytes as the reference writer does.
public struct SafetensorsWriter: Sendable {
    private var tensors: [(key: String, shape: [Int], elements: [Float])] = []
    private let metadata: [(key: String, value: String)]

    public init(metadata: [(key: String, value: String)] = []) { self.metadata = metadata }

    /// Adds a tensor; `elements` are its values in row-major order, as many as `shape` says.
    public mutating func add(_ key: String, shape: [Int], elements: [Float]) {
        precondition(elements.count == shape.reduce(1, *), "a shape that does not fit the elements")
        tensors.append((key, shape, elements))
    }

    /// The bytes of the file.
    public func encoded() -> [UInt8] {
        var header = encodedHeader()
        header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + tensors.reduce(0) { $0 + $1.elements.count * 4 })
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header)
        for tensor in tensors {
            tensor.elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private func encodedHeader() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { header in
            if !metadata.isEmpty {
                header.key("__metadata__")
                header.object { entries in
                    for (key, value) in metadata {
                        entries.key(key)
                        entries.string(value)
                    }
                }
            }
            var offset = 0
            for tensor in tensors {
                header.key(tensor.key)
                header.object { entry in
                    entry.key("dtype")
                    entry.string(ElementType.float32.rawValue)
                    entry.key("shape")
                    entry.array { for size in tensor.shape { $0.number(size) } }
                    entry.key("data_offsets")
                    entry.array {
                        $0.number(offset)
                        offset += tensor.elements.count * 4
                        $0.number(offset)
                    }
                }
            }
        }
        return writer.bytes
    }
}
