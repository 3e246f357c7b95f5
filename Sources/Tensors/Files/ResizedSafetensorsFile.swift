import CKernels

/// A copy of a safetensors file in which some tensors have another number of rows. Those are written row by row, in any order,
/// straight to their place; the others are copied byte for byte.
public final class ResizedSafetensorsFile {
    private struct Destination {
        var type: ElementType
        var rows: Int
        var rowWidth: Int
        var offset: Int

        var rowBytes: Int { rowWidth * type.width }
    }

    private let file: OutputFile
    private var destinationByKey: [String: Destination] = [:]

    public var path: String { file.path }

    /// Writes everything but the rows of the resized tensors, which are zero until they are written.
    ///
    /// - Parameter rows: the new number of rows of each resized tensor, all of `original` and of one dimension or more.
    /// - Throws: `TensorFileError.unwritable`, also when there is a file at `path`.
    public init(_ original: SafetensorsFile, rows: [String: Int], path: String) throws(TensorFileError) {
        // Wide elements first, as the reference writer has them: a tensor that gets an odd number of 16-bit elements must not
        // push a 32-bit one to an address that readers cannot view it at. For files of that writer this is the order they have.
        let tensors = original.tensors.enumerated().sorted {
            ($1.element.type.width, $0.offset) < ($0.element.type.width, $1.offset)
        }.map(\.element)
        var header = SafetensorsHeader(metadata: original.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        for tensor in tensors {
            header.add(tensor.key, type: tensor.type, shape: rows[tensor.key].map { [$0] + tensor.shape.dropFirst() } ?? tensor.shape)
        }
        let start = header.encoded()
        file = try OutputFile(path: path, byteCount: start.count + header.tensorBytes)
        try Self.write(start, to: file, at: 0)
        var offset = start.count
        for tensor in tensors {
            let rowCount = rows[tensor.key] ?? tensor.rowCount
            let destination = Destination(type: tensor.type, rows: rowCount, rowWidth: tensor.rowWidth, offset: offset)
            if rows[tensor.key] == nil {
                try Self.copy(tensor.byteRange, of: tensor.file, to: file, at: offset)
            } else {
                destinationByKey[tensor.key] = destination
            }
            offset += rowCount * destination.rowBytes
        }
    }

    /// Copies rows of `source`, the resized tensor's original, as they are.
    ///
    /// - Parameter row: where the first of them goes.
    public func copyRows(_ rows: Range<Int>, of source: MappedTensor, at row: Int) throws(TensorFileError) {
        guard let destination = destinationByKey[source.key] else { preconditionFailure("a tensor that is not resized") }
        precondition(destination.type == source.type && destination.rowWidth == source.rowWidth, "rows of another tensor")
        precondition(rows.upperBound <= source.rowCount && row + rows.count <= destination.rows, "rows outside the tensors")
        let first = source.byteRange.lowerBound
        let bytes = first + rows.lowerBound * destination.rowBytes..<first + rows.upperBound * destination.rowBytes
        try Self.copy(bytes, of: source.file, to: file, at: destination.offset + row * destination.rowBytes)
    }

    /// Writes a row of a resized tensor, rounded to its type: to the nearest, ties to even.
    ///
    /// - Throws: `TensorFileError.notFinite` for NaN, infinity, and what becomes infinite in that type; `.unwritable`.
    public func write(_ values: Span<Float>, to key: String, at row: Int) throws(TensorFileError) {
        guard let destination = destinationByKey[key] else { preconditionFailure("a tensor that is not resized") }
        precondition(values.count == destination.rowWidth && row < destination.rows, "a row that is not the tensor's")
        let offset = destination.offset + row * destination.rowBytes
        let format = FloatFormat.allCases.first { $0.elementType == destination.type } ?? .float32
        var bytes: [UInt8] = []
        guard format.append(values.indices.map { values[$0] }, to: &bytes) else {
            throw .notFinite(key: key, file: path, row: row, type: destination.type)
        }
        try Self.write(bytes, to: file, at: offset)
    }

    private static func write<Element: BitwiseCopyable>(
        _ elements: [Element], to file: OutputFile, at offset: Int
    ) throws(TensorFileError) {
        let result = elements.withUnsafeBytes { bytes in
            Result { () throws(TensorFileError) in try file.write(bytes, at: offset) }
        }
        try result.get()
    }

    private static func copy(
        _ range: Range<Int>, of source: MappedFile, to file: OutputFile, at offset: Int
    ) throws(TensorFileError) {
        let result = source.withBytes(in: range) { bytes in
            Result { () throws(TensorFileError) in try file.write(bytes, at: offset) }
        }
        try result.get()
    }
}
