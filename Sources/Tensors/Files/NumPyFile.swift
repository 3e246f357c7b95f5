/// An array that `numpy.save` wrote: NumPy's format 1.0, 2.0 or 3.0, in row-major order.
public struct NumPyFile: Sendable {
    public let tensor: MappedTensor

    /// - Parameter key: what the tensor is called in errors.
    /// - Throws: `TensorFileError.unreadable`, `.malformed`.
    public init(path: String, key: String) throws(TensorFileError) {
        let file = try MappedFile(path: path)
        func malformed(_ problem: String, at byteOffset: Int) -> TensorFileError {
            .malformed(file: path, problem: problem, byteOffset: byteOffset)
        }
        guard file.count >= 10, file.bytes(in: 0..<6) == [0x93] + Array("NUMPY".utf8) else {
            throw malformed("not a file of numpy.save", at: 0)
        }
        let version = file.bytes(in: 6..<8)
        guard (1...3).contains(version[0]), version[1] == 0 else {
            throw malformed("format \(version[0]).\(version[1])", at: 6)
        }
        let headerStart = version[0] == 1 ? 10 : 12
        guard file.count >= headerStart else { throw malformed("the file is cut short", at: 8) }
        let headerLength = file.bytes(in: 8..<headerStart).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard headerLength <= min(file.count - headerStart, Self.longestHeader) else {
            throw malformed("a header of \(headerLength) bytes", at: 8)
        }
        let dataStart = headerStart + headerLength
        let header = try NumPyHeader(file.bytes(in: headerStart..<dataStart), file: path, start: headerStart)
        guard let type = ElementType(numPy: header.type) else {
            throw malformed("elements of type \"\(header.type)\", which is not read", at: headerStart)
        }
        guard !header.isColumnMajor else { throw malformed("Fortran order is not read", at: headerStart) }
        guard let bytes = type.byteCount(shape: header.shape), bytes == file.count - dataStart else {
            throw malformed("\(file.count - dataStart) bytes do not make shape \(header.shape) of \(type.rawValue)", at: dataStart)
        }
        tensor = MappedTensor(key: key, type: type, shape: header.shape, file: file, byteRange: dataStart..<file.count)
    }

    private static let longestHeader = 10_000
}

extension ElementType {
    /// The type that NumPy writes as `<f4`; nil for those that are big-endian or no numbers.
    init?(numPy name: String) {
        switch name {
        case "<f8": self = .float64
        case "<f4": self = .float32
        case "<f2": self = .float16
        case "<i8": self = .int64
        case "<i4": self = .int32
        case "<i2": self = .int16
        case "|i1": self = .int8
        case "<u8": self = .uint64
        case "<u4": self = .uint32
        case "<u2": self = .uint16
        case "|u1": self = .uint8
        case "|b1": self = .boolean
        default: return nil
        }
    }

    /// Bytes of a tensor of this shape; nil if they are more than can be.
    func byteCount(shape: [Int]) -> Int? {
        var bytes = width
        for size in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            guard !overflow, size >= 0 else { return nil }
            bytes = product
        }
        return bytes
    }
}

/// The dictionary in such a file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, and spaces up to a line feed.
private struct NumPyHeader {
    private(set) var type = ""
    private(set) var isColumnMajor = false
    private(set) var shape: [Int] = []
    private let bytes: [UInt8]
    private let file: String
    private let start: Int
    private var position = 0

    init(_ bytes: [UInt8], file: String, start: Int) throws(TensorFileError) {
        self.bytes = bytes
        self.file = file
        self.start = start
        var missing: Set<String> = ["descr", "fortran_order", "shape"]
        try expect("{")
        while !skip("}") {
            let key = try quoted()
            guard missing.remove(key) != nil else { throw malformed("key \"\(key)\"") }
            try expect(":")
            switch key {
            case "descr": type = try quoted()
            case "fortran_order": isColumnMajor = try truth()
            default: shape = try tuple()
            }
            if !skip(",") {
                try expect("}")
                break
            }
        }
        skipSpaces()
        guard missing.isEmpty, position == bytes.count else { throw malformed("more or less than type, order and shape") }
    }

    private func malformed(_ problem: String) -> TensorFileError {
        .malformed(file: file, problem: "header: \(problem)", byteOffset: start + position)
    }

    private mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
    }

    private mutating func skip(_ text: String) -> Bool {
        skipSpaces()
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func expect(_ text: String) throws(TensorFileError) {
        guard skip(text) else { throw malformed("no \(text)") }
    }

    private mutating func quoted() throws(TensorFileError) -> String {
        try expect("'")
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "'")) else { throw malformed("a string does not end") }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func truth() throws(TensorFileError) -> Bool {
        if skip("True") { return true }
        try expect("False")
        return false
    }

    private mutating func tuple() throws(TensorFileError) -> [Int] {
        var sizes: [Int] = []
        try expect("(")
        while !skip(")") {
            let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
            guard let size = Int(String(decoding: digits, as: UTF8.self)) else { throw malformed("no size") }
            sizes.append(size)
            position = digits.endIndex
            if !skip(",") {
                try expect(")")
                break
            }
        }
        return sizes
    }
}
