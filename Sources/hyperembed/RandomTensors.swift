import Foundation
import Tensors

/// A safetensors file of random numbers: what a pass takes does not depend on them.
enum RandomTensors {
    static func write(_ tensors: [(key: String, shape: [Int])], to path: String) throws {
        var header = SafetensorsHeader()
        for (key, shape) in tensors { header.add(key, type: .float32, shape: shape) }
        try Data(header.encoded()).write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seekToEnd()
        // Small enough for no row to overflow.
        var generator = SystemRandomNumberGenerator()
        let numbers = (0..<1 << 20).map { _ in Float.random(in: -0.02...0.02, using: &generator) }
        let block = numbers.withUnsafeBytes { Data($0) }
        var left = header.tensorBytes
        while left > 0 {
            try file.write(contentsOf: block.prefix(left))
            left -= min(left, block.count)
        }
        try file.close()
    }
}
