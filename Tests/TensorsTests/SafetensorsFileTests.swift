import Foundation
import JSON
import Tensors
import Testing

@Suite struct SafetensorsFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func readsWhatTheReferenceWriterWrote() throws {
        let file = try SafetensorsFile(path: fixture("safetensors/single/model.safetensors"))
        #expect(file.metadata == ["format": "pt", "naïve": "ü"])
        #expect(Set(file.tensors.map(\.key)) == [
            "half.values", "half.expected", "brain.values", "brain.expected", "numbers", "flags", "scalar", "empty",
        ])
        let numbers = try #require(file["numbers"])
        #expect(numbers.shape == [3, 4] && numbers.type == .int32)
        #expect(try numbers.integers() == Array(-3..<9))
        let scalar = try #require(file["scalar"])
        #expect(scalar.shape == [] && scalar.rowCount == 1)
        #expect(try scalar.floats() == [2.5])
        #expect(try file["empty"]?.floats() == [])
        #expect(file["absent"] == nil)
    }

    @Test(arguments: [("half", ElementType.float16), ("brain", .bfloat16)])
    func widensHalfPrecisionExactly(name: String, type: ElementType) throws {
        let file = try SafetensorsFile(path: fixture("safetensors/single/model.safetensors"))
        let values = try #require(file[name + ".values"])
        let expected = try #require(file[name + ".expected"]).floats()
        #expect(values.type == type)
        #expect(try values.floats().map(\.bitPattern) == expected.map(\.bitPattern))
        var matrix = Matrix(rows: 2, columns: 6)
        let last = values.rowCount - 1
        matrix.readRow(last, of: values, to: 1, column: 2)
        #expect(matrix.row(1) == [0, 0] + expected.suffix(4))
        #expect(matrix.row(0) == [0, 0, 0, 0, 0, 0])
    }

    @Test func refusesTypesThatAreNoFloats() throws {
        let file = try SafetensorsFile(path: fixture("safetensors/single/model.safetensors"))
        let flags = try #require(file["flags"])
        #expect(throws: TensorFileError.unsupportedType(key: "flags", file: file.path, type: .boolean)) {
            _ = try flags.floats()
        }
        #expect(throws: TensorFileError.self) { _ = try flags.integers() }
        #expect(throws: TensorFileError.wrongShape(key: "flags", file: file.path, expected: [4], found: [3])) {
            _ = try flags.expecting(shape: [4])
        }
    }

    /// Data that starts at an odd byte is read all the same: the format promises no alignment.
    @Test func readsMisalignedTensors() throws {
        let header = #"{"x":{"dtype":"F16","shape":[2],"data_offsets":[1,5]},"o":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
        let path = try write(header + (header.utf8.count % 2 == 0 ? " " : ""), data: [9, 0x00, 0x3C, 0x00, 0xC0])
        #expect(try SafetensorsFile(path: path)["x"]?.floats() == [1, -2])
    }

    @Test(arguments: [
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "lie outside"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "belong to no tensor"),
        (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "needs 12 bytes"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "lie outside"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, "lie outside"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "no data_offsets"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}"#, 8, "no data_offsets"),
        (#"{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "natural number"),
        (#"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, 8, "overflows"),
        (#"{"x":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#, 0, "overflows"),
        (#"{"x":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "overflows"),
        (#"{"x":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "unknown dtype"),
        (#"{"x":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "no dtype"),
        (#"{"x":{"dtype":"F32","data_offsets":[0,8]}}"#, 8, "no shape"), (#"{"x":7}"#, 0, "no dtype"),
        (#"{"__metadata__":{"a":1}}"#, 0, "no string"), (#"{"__metadata__":[]}"#, 0, "no object"),
        (#"[]"#, 0, "no JSON object"), (#"{"x":"#, 0, "ends too early"),
        (#"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#, 4, "twice"),
        (#"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, "overlaps"),
        (#"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}"#, 5, "gap"),
    ] as [(String, Int, String)])
    func refusesHeadersThatDoNotFitTheFile(header: String, dataCount: Int, problem: String) throws {
        let path = try write(header, data: [UInt8](repeating: 0, count: dataCount))
        let error = #expect(throws: TensorFileError.self) { _ = try SafetensorsFile(path: path) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func refusesHeaderLengthsBeyondTheFile() throws {
        for length in [UInt64.max, 1 << 63, 100_000_001, 3] {
            let path = scratch.newPath()
            try Data(withUnsafeBytes(of: length.littleEndian, Array.init) + Array("{}".utf8)).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: TensorFileError.self) { _ = try SafetensorsFile(path: path) }
            #expect(error?.description.contains("header length \(length)") == true)
        }
    }

    /// Every truncation of a good file is refused; none crashes.
    @Test func refusesEveryTruncation() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("safetensors/sharded/model-00002-of-00002.safetensors")))
        for length in 0..<whole.count {
            let path = scratch.newPath()
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: TensorFileError.self) { _ = try SafetensorsFile(path: path) }
        }
    }

    @Test func saysWhyAFileCannotBeRead() {
        #expect(throws: TensorFileError.unreadable(file: "/absent", reason: "No such file or directory")) {
            _ = try SafetensorsFile(path: "/absent")
        }
        #expect(throws: TensorFileError.unreadable(file: "/tmp", reason: "not a regular file")) {
            _ = try SafetensorsFile(path: "/tmp")
        }
    }

    @Test func writesWhatItReads() throws {
        var writer = SafetensorsWriter(metadata: [("tokens", "[\" naïve\"]")])
        writer.add("a", shape: [2, 3], elements: [1, 2, 3, 4, 5, -0.5])
        writer.add("b", shape: [0], elements: [])
        writer.add("c", shape: [1], elements: [.pi])
        let path = scratch.newPath()
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["tokens": "[\" naïve\"]"])
        #expect(try file["a"]?.expecting(shape: [2, 3]).floats() == [1, 2, 3, 4, 5, -0.5])
        #expect(try file["b"]?.floats() == [] && file["c"]?.floats() == [.pi])
        #expect(file.tensors.allSatisfy { $0.byteRange.lowerBound % 4 == 0 })
    }

    private func write(_ header: String, data: [UInt8]) throws -> String {
        let path = scratch.newPath()
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
        try Data(length + Array(header.utf8) + data).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// A file or folder of Tests/Fixtures.
func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name)").path
}

/// A folder for the files of a test, which is removed with everything in it.
final class Scratch {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A path in the folder that nothing has yet.
    func newPath() -> String { folder + "/" + UUID().uuidString }
}
