/// A pickle of protocol 2, written operation by operation.
struct PickleBytes {
    private(set) var bytes: [UInt8]

    init(_ operations: String = "") {
        bytes = [0x80, 2]
        add(operations)
    }

    /// Operations whose codes are letters, such as `}` (an empty dictionary).
    @discardableResult mutating func add(_ operations: String) -> PickleBytes {
        bytes += Array(operations.utf8)
        return self
    }

    mutating func add(_ operations: [UInt8]) { bytes += operations }

    mutating func text(_ text: String) { bytes += [0x58] + StoredArchive.field(text.utf8.count, 4) + Array(text.utf8) }

    /// LONG1 of eight bytes.
    mutating func integer(_ value: Int) { bytes += [0x8A, 8] + StoredArchive.field(value, 8) }

    mutating func integers(_ values: [Int]) {
        add("(")
        for value in values { integer(value) }
        add("t")
    }

    /// `{"w": tensor}`, as torch writes it. Everything that can be wrong is a parameter.
    static func tensor(
        storage: String = "0", kind: String = "storage", storageClass: String = "torch\nFloatStorage\n", elements: Int = 6,
        offset: Int = 0, shape: [Int], strides: [Int]
    ) -> [UInt8] {
        var pickle = PickleBytes("}")
        pickle.text("w")
        pickle.add("ctorch._utils\n_rebuild_tensor_v2\n((")
        pickle.text(kind)
        pickle.add("c" + storageClass)
        pickle.text(storage)
        pickle.text("cpu")
        pickle.integer(elements)
        pickle.add("tQ")
        pickle.integer(offset)
        pickle.integers(shape)
        pickle.integers(strides)
        pickle.add([0x89])
        pickle.add("ccollections\nOrderedDict\n)RtRs.")
        return pickle.bytes
    }
}
