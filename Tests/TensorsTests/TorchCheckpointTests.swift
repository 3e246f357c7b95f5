import Foundation
import JSON
import Testing

@testable import Tensors

@Suite struct TorchCheckpointTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func open(_ bytes: [UInt8]) throws -> TorchCheckpoint {
        let path = scratch.newPath()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try TorchCheckpoint(path: path)
    }

    /// A checkpoint of one storage, `0`, of 24 bytes: the floats 0 to 5.
    private func open(pickle: [UInt8]) throws -> TorchCheckpoint {
        let floats = (0..<6).map(Float.init).withUnsafeBytes { Array($0) }
        return try open(StoredArchive.checkpoint(pickle: pickle, storages: [("0", floats)]).encoded())
    }

    private func refusal(of pickle: [UInt8]) throws -> String {
        let error = #expect(throws: TensorFileError.self) { _ = try open(pickle: pickle) }
        return error?.description ?? ""
    }

    /// Types, shapes, strides and values of a Lightning checkpoint are those that torch itself reads from it.
    @Test(arguments: ["lightning.ckpt", "bare.pt"])
    func readsWhatTorchReads(name: String) throws {
        let checkpoint = try TorchCheckpoint(path: fixture("pickles/torch/\(name)"))
        let expected = try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: fixture("pickles/torch/expected.json")))))
        #expect(expected.root.members.map { $0.key.string } == checkpoint.tensors.map(\.key))
        for (key, value) in expected.root.members {
            let tensor = try #require(checkpoint[key.string ?? ""])
            #expect(tensor.shape == value["shape"]?.elements.map(\.integer))
            #expect(tensor.strides == value["strides"]?.elements.map(\.integer))
            let values = try #require(value["values"]).elements
            switch tensor.type {
            case .boolean: #expect(try tensor.integers().map { $0 == 1 } == [true, false, true])
            case .float64, .float32, .float16, .bfloat16:
                #expect(try tensor.floats() == values.compactMap(\.double).map(Float.init), "\(tensor.key)")
            default: #expect(try tensor.integers() == values.compactMap(\.integer).map(Int64.init), "\(tensor.key)")
            }
            #expect(tensor.isContiguous == !["transposed", "column", "block", "permuted"].contains { tensor.key.contains($0) })
            if tensor.isContiguous, [.float32, .float16, .bfloat16].contains(tensor.type) {
                #expect(try checkpoint.tensor(tensor.key, shape: tensor.shape).floats() == tensor.floats())
            }
        }
        #expect(checkpoint.tensors.map(\.type).prefix(10).suffix(4) == [.float16, .bfloat16, .float64, .float64])
        // Views share their storage.
        #expect(checkpoint["model.weight"]?.storage == checkpoint["model.transposed"]?.storage)
    }

    @Test func readsOtherProtocols() throws {
        let checkpoint = try TorchCheckpoint(path: fixture("pickles/torch/protocol-4.pt"))
        let same = try TorchCheckpoint(path: fixture("pickles/torch/bare.pt"))
        #expect(try checkpoint.tensor("w", shape: [4, 6]).floats() == same.tensor("model.weight", shape: [4, 6]).floats())
    }

    @Test func readsHyperParameters() throws {
        let checkpoint = try TorchCheckpoint(path: fixture("pickles/torch/lightning.ckpt"))
        let parameters = try #require(checkpoint.hyperParameters)
        #expect(parameters["num_layers"]?.integer == 2 && parameters["dropout"]?.double == 0.25)
        #expect(parameters["name"]?.string == "größe" && parameters["nothing"]?.isNone == true)
        #expect(parameters["bidirectional"]?.bool == true && parameters["absent"] == nil)
        #expect(parameters["sizes"]?.elements.map(\.integer) == [1, 2, 3])
        #expect(parameters["large"]?.integer == 1 << 62 && parameters["negative"]?.integer == -(1 << 40))
        #expect(parameters["names"]?.elements.map(\.string) == ["a"] && parameters["frozen"]?.elements.map(\.string) == ["b"])
        #expect(parameters["arguments"]?["hidden_dim"]?.integer == 48)
        #expect(parameters["defaults"]?["k"]?.elements.map(\.integer) == [1])
        #expect(parameters["size"]?.naturalNumbers == [3, 4])
        #expect(checkpoint.document.root["epoch"]?.integer == 3)
        #expect(parameters.members.first?.key.string == "num_layers")
    }

    /// The bits of all elements sum up to what they do in torch.
    @Test(arguments: ["hyperofa-bilstm-2-layers", "hyperofa-setformer"])
    func readsTheGoldenCheckpoints(name: String) throws {
        let path = fixture("../Golden/\(name)/model.ckpt")
        let checkpoint = try TorchCheckpoint(path: path)
        let expected = try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: fixture("pickles/torch/\(name).json")))))
        #expect(expected.root.members.map { $0.key.string } == checkpoint.tensors.map(\.key))
        for (key, value) in expected.root.members {
            let shape = value["shape"]?.elements.compactMap(\.integer) ?? []
            let tensor = try checkpoint.tensor(key.string ?? "", shape: shape)
            #expect(try tensor.floats().reduce(0) { $0 + Int($1.bitPattern) } == value["sum"]?.integer, "\(key.string ?? "")")
        }
    }

    @Test func saysWhatItCannotGive() throws {
        let path = fixture("pickles/torch/bare.pt")
        let checkpoint = try TorchCheckpoint(path: path)
        #expect(throws: TensorFileError.missingTensor(key: "x", file: path)) { _ = try checkpoint.tensor("x", shape: []) }
        #expect(throws: TensorFileError.wrongShape(key: "model.half", file: path, expected: [4], found: [5])) {
            _ = try checkpoint.tensor("model.half", shape: [4])
        }
        #expect(throws: TensorFileError.unsupportedType(key: "model.double", file: path, type: .float64)) {
            _ = try checkpoint.tensor("model.double", shape: [3, 2])
        }
        #expect(throws: TensorFileError.notContiguous(key: "model.transposed", file: path, shape: [6, 4], strides: [1, 6])) {
            _ = try checkpoint.tensor("model.transposed", shape: [6, 4])
        }
        #expect(throws: TensorFileError.unsupportedType(key: "model.long", file: path, type: .int64)) {
            _ = try checkpoint.view("model.long", shape: [2]).floats()
        }
        #expect(throws: TensorFileError.unsupportedType(key: "model.half", file: path, type: .float16)) {
            _ = try checkpoint.view("model.half", shape: [5]).integers()
        }
        let large = fixture("pickles/torch/too-large.pt")
        #expect(throws: TensorFileError.overflow(key: "w", file: large, format: .float32)) {
            _ = try TorchCheckpoint(path: large).view("w", shape: [1]).floats()
        }
        #expect(throws: TensorFileError.overflow(key: "w", file: large, format: .float32)) {
            _ = try TorchCheckpoint(path: large).view("w", shape: [1]).mapped().floats()
        }
    }

    @Test(arguments: [
        ("legacy.pt", "as torch wrote before 1.6"), ("module.pt", "torch.nn.modules.linear.Linear"),
        ("expanded.pt", "has 1000000 elements, more than its storage of 1"), ("expected.json", "no ZIP directory"),
    ])
    func refusesOtherFilesOfTorch(name: String, problem: String) throws {
        let error = #expect(throws: TensorFileError.self) { _ = try TorchCheckpoint(path: fixture("pickles/torch/\(name)")) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func readsViewsOfAStorage() throws {
        let transposed = try open(pickle: PickleBytes.tensor(shape: [3, 2], strides: [1, 3]))
        #expect(try transposed["w"]?.floats() == [0, 3, 1, 4, 2, 5])
        let diagonal = try open(pickle: PickleBytes.tensor(offset: 1, shape: [2], strides: [4]))
        #expect(try diagonal["w"]?.floats() == [1, 5])
        let empty = try open(pickle: PickleBytes.tensor(offset: 6, shape: [0, 1 << 40], strides: [.max, .max]))
        #expect(try empty["w"]?.floats() == [] && empty["w"]?.mapped().floats() == [])
        let unit = try open(pickle: PickleBytes.tensor(offset: 5, shape: [1, 1], strides: [.max, .max]))
        #expect(try unit["w"]?.mapped().floats() == [5])
    }

    @Test(arguments: [
        ([7], [1], 0, "reaches beyond"), ([6], [1], 1, "reaches beyond"), ([2, 3], [4, 1], 0, "reaches beyond"),
        ([1], [1], 6, "reaches beyond"), ([1], [1], 7, "starts outside"), ([1], [1], -1, "starts outside"),
        ([1], [1], .max, "starts outside"), ([2], [-1], 1, "natural numbers"), ([-1], [1], 0, "natural numbers"),
        ([2], [], 0, "1 dimensions, 0 strides"), ([.max, .max], [0, 0], 0, "overflows"), ([.max, .max, 0], [0, 0, 0], 0, "overflows"), ([0, .max, .max], [0, 0, 0], 0, "overflows"), ([3], [.max], 0, "overflows"),
        ([2, 2], [.max, 1], 1, "overflows"), ([1 << 62, 4], [1, 1], 0, "overflows"), ([1 << 40], [0], 0, "more than its storage"),
        ([7, 1], [0, 0], 0, "7 elements, more than its storage of 6"), (Array(repeating: 1, count: 65), [], 0, "natural numbers"),
    ] as [([Int], [Int], Int, String)])
    func refusesViewsThatLeaveTheirStorage(shape: [Int], strides: [Int], offset: Int, problem: String) throws {
        let refusal = try refusal(of: PickleBytes.tensor(offset: offset, shape: shape, strides: strides))
        #expect(refusal.contains(problem), "\(refusal)")
    }

    @Test(arguments: [
        (PickleBytes.tensor(storage: "1", shape: [], strides: []), "storage \"1\" is not in the file"),
        (PickleBytes.tensor(storage: "../data.pkl", shape: [], strides: []), "is not in the file"),
        (PickleBytes.tensor(kind: "module", shape: [], strides: []), "no storage that is known"),
        (PickleBytes.tensor(storageClass: "torch\nfloat32\n", shape: [], strides: []), "no storage that is known"),
        (PickleBytes.tensor(storageClass: "torch\nDoubleStorage\n", shape: [], strides: []), "has 24 bytes, too few for 6"),
        (PickleBytes.tensor(elements: 7, shape: [], strides: []), "too few for 7"),
        (PickleBytes.tensor(elements: -1, shape: [], strides: []), "too few for -1"),
        (PickleBytes.tensor(elements: .max, shape: [], strides: []), "too few for"),
        (PickleBytes("N.").bytes, "holds no dictionary"), (PickleBytes("].").bytes, "holds no dictionary"),
    ])
    func refusesStoragesThatDoNotFit(pickle: [UInt8], problem: String) throws {
        let refusal = try refusal(of: pickle)
        #expect(refusal.contains(problem), "\(refusal)")
    }

    @Test func refusesArgumentsOfOtherKinds() throws {
        for arguments in ["N", ")", "(Nt", "(NNNNt", "(NQNNNt", "(]QK\u{0}))t", "(K\u{0}K\u{0}))t"] {
            var pickle = PickleBytes("}")
            pickle.text("w")
            pickle.add("ctorch._utils\n_rebuild_tensor_v2\n" + arguments + "Rs.")
            #expect(throws: TensorFileError.self, "\(arguments)") { _ = try open(pickle: pickle.bytes) }
        }
        var pickle = PickleBytes("}")
        pickle.text("w")
        pickle.add("ctorch._utils\n_rebuild_parameter\n(NtRs.")
        #expect(try refusal(of: pickle.bytes).contains("a parameter of something else"))
    }

    @Test func refusesATensorTwice() throws {
        let once = PickleBytes.tensor(shape: [6], strides: [1])
        let entry = once[3..<once.count - 1]
        #expect(try refusal(of: Array(once[0..<3] + entry + entry + [0x2E])).contains("\"w\" is listed twice"))
    }

    @Test func refusesArchivesThatAreNotOfTorch() throws {
        let pickle = PickleBytes("}.").bytes
        func problem(_ change: (inout StoredArchive) -> Void) throws -> String {
            var archive = StoredArchive.checkpoint(pickle: pickle)
            change(&archive)
            let error = #expect(throws: TensorFileError.self) { _ = try open(archive.encoded()) }
            return error?.description ?? ""
        }
        #expect(try problem { $0.entries[1].bytes = Array("big".utf8) }.contains("byte order \"big\""))
        #expect(try problem { $0.entries[2].bytes = Array("11\n".utf8) }.contains("version \"11\""))
        #expect(try problem { $0.entries[2].bytes = [] }.contains("version \"\""))
        #expect(try problem { $0.entries.removeLast() }.contains("no version"))
        #expect(try problem { $0.entries.removeFirst() }.contains("no data.pkl"))
        #expect(try problem { $0.entries.append(("b/data.pkl", pickle)) }.contains("more than one data.pkl"))
        #expect(try open(StoredArchive.checkpoint(pickle: pickle).encoded()).tensors.isEmpty)
    }

    @Test func refusesEveryTruncationOfThePickle() throws {
        let whole = PickleBytes.tensor(shape: [2, 3], strides: [3, 1])
        #expect(try open(pickle: whole).tensor("w", shape: [2, 3]).floats() == [0, 1, 2, 3, 4, 5])
        for length in 0..<whole.count {
            #expect(throws: TensorFileError.self) { _ = try open(pickle: Array(whole.prefix(length))) }
        }
    }

    /// A table of 3.6 million rows of 200 floats, a hole in the file: opening reads none of it.
    @Test func opensALargeTableWithoutReadingIt() throws {
        let (rows, columns) = (3_600_000, 200)
        let path = scratch.newPath()
        let pickle = PickleBytes.tensor(elements: rows * columns, shape: [rows, columns], strides: [columns, 1])
        let small = StoredArchive.checkpoint(pickle: pickle, storages: [("0", [])]).encoded()
        // The storage's header is the last before that of `version`: both sizes and all places behind grow.
        let large = try widened(small, entry: "a/data/0", to: rows * columns * 4)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(large.front)))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: UInt64(large.front.count + rows * columns * 4))
        try handle.seekToEnd()
        try handle.write(contentsOf: large.back)
        try handle.close()
        let table = try TorchCheckpoint(path: path).tensor("w", shape: [rows, columns])
        #expect(table.rows(rows - 1..<rows).byteRange.upperBound == large.front.count + rows * columns * 4)
        #expect(try table.rows(rows - 1..<rows).floats() == Array(repeating: 0, count: columns))
    }

    /// The bytes before and after a hole of `size` bytes that stands for the content of an entry, which had none.
    private func widened(_ bytes: [UInt8], entry: String, to size: Int) throws -> (front: [UInt8], back: [UInt8]) {
        let name = Array(entry.utf8)
        let places = bytes.indices.filter { bytes[$0...].starts(with: name) }
        let header = try #require(places.first) - 30
        let entryOfDirectory = try #require(places.last) - 46
        var bytes = bytes
        func put(_ value: Int, at place: Int) { bytes.replaceSubrange(place..<place + 4, with: StoredArchive.field(value, 4)) }
        for place in [header + 18, header + 22, entryOfDirectory + 20, entryOfDirectory + 24] { put(size, at: place) }
        let end = header + 30 + name.count
        let nextEntryOfDirectory = entryOfDirectory + 46 + name.count
        put(end + size, at: nextEntryOfDirectory + 42)
        let directory = bytes[(bytes.count - 6)...].prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        put(directory + size, at: bytes.count - 6)
        return (Array(bytes[..<end]), Array(bytes[end...]))
    }
}
