import Foundation
import JSON
import Tensors
import Testing

@testable import Generation

func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/folders/\(name)").path
}

/// A folder that is removed with everything in it.
final class Scratch {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A copy of a fixture to break.
    func copy(_ name: String) throws -> String {
        try FileManager.default.copyItem(atPath: fixture(name), toPath: path + "/" + name)
        return path + "/" + name
    }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

func rowStorage(_ rows: [[Float]]) -> RowStorage {
    let columns = rows.first?.count ?? 0
    let storage = RowStorage(rows: rows.count, columns: columns)
    var matrix = Matrix(rows: 1, columns: columns)
    for (index, row) in rows.enumerated() {
        matrix.setRow(0, to: row)
        storage.store(index, from: matrix, row: 0)
    }
    return storage
}

extension MappedTensor {
    var bytes: [UInt8] { get throws { try MappedFile(path: path).bytes(in: byteRange) } }

    func bytes(rows: Range<Int>) throws -> [UInt8] {
        let width = rowWidth * type.width
        return Array(try bytes[rows.lowerBound * width..<rows.upperBound * width])
    }
}

func json(_ path: String) throws -> JSONValue {
    try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))).root
}

func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
