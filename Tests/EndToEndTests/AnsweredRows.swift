import Foundation
import Tensors
import Testing

/// What a JSON answer has of each token.
func items(_ answer: ServerProcess.Answer) throws -> [[String: Any]] { try #require(try answer.json["data"] as? [[String: Any]]) }

/// An answer that is a safetensors file.
func file(_ data: Data, _ scratch: Scratch) throws -> SafetensorsFile {
    let path = scratch.path + "/" + UUID().uuidString
    try data.write(to: URL(fileURLWithPath: path))
    return try SafetensorsFile(path: path)
}

/// The bits of each item's rows of one kind, whether they are numbers or base64.
func bits(_ items: [[String: Any]], _ name: String = "input") throws -> [[UInt32]] {
    try items.map { item in
        if let text = item[name] as? String { return bits(try #require(Data(base64Encoded: text))) }
        if let number = item[name] as? Double { return [Float(number).bitPattern] }
        return try #require(item[name] as? [Double]).map { Float($0).bitPattern }
    }
}

private func bits(_ data: Data) -> [UInt32] {
    stride(from: 0, to: data.count, by: 4).map { place in
        data.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt32.self)) }
    }
}

/// Of each row of a tensor.
func bits(_ file: SafetensorsFile, _ name: String) throws -> [[UInt32]] { try rows(file, name).map { $0.map(\.bitPattern) } }

/// The rows of a tensor.
func rows(_ file: SafetensorsFile, _ name: String) throws -> [[Float]] {
    let tensor = try #require(file[name])
    let numbers = try tensor.floats()
    return (0..<tensor.shape[0]).map { row in
        Array(numbers[row * numbers.count / tensor.shape[0]..<(row + 1) * numbers.count / tensor.shape[0]])
    }
}
