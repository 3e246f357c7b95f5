import JSON

/// What a safetensors file begins with: the names, types and shapes of its tensors, whose bytes follow in this order. It is known
/// before the first number is.
public struct SafetensorsHeader: Sendable {
    private var tensors: [(key: String, type: ElementType, shape: [Int], bytes: Int)] = []
    private let metadata: [(key: String, value: String)]

    public init(metadata: [(key: String, value: String)] = []) { self.metadata = metadata }

    /// Announces a tensor, behind those before.
    public mutating func add(_ key: String, type: ElementType, shape: [Int]) {
        tensors.append((key, type, shape, shape.reduce(type.width, *)))
    }

    /// Bytes of all tensors.
    public var tensorBytes: Int { tensors.reduce(0) { $0 + $1.bytes } }

    /// The length of the header and the header, padded with spaces to eight bytes as the reference writer does.
    ///
    /// - Parameter byteCount: a multiple of eight that all of this takes at least: room that was kept before the header was known.
    public func encoded(byteCount: Int = 0) -> [UInt8] {
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
                    entry.member("dtype", tensor.type.rawValue)
                    entry.key("shape")
                    entry.array { for size in tensor.shape { $0.number(size) } }
                    entry.key("data_offsets")
                    entry.array {
                        $0.number(offset)
                        offset += tensor.bytes
                        $0.number(offset)
                    }
                }
            }
        }
        let padding = max((8 - writer.bytes.count % 8) % 8, byteCount - 8 - writer.bytes.count)
        var bytes: [UInt8] = []
        withUnsafeBytes(of: UInt64(writer.bytes.count + padding).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += writer.bytes
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
        return bytes
    }
}
