import Foundation
import Tensors
import Testing

@Suite struct GensimKeyedVectorsTests {
    private let scratch: Scratch
    private let words = ["eng:a", "fra:bé", "$x", "日本"]
    private let rows = (0..<12).map { Float($0) / 7 }

    init() throws { scratch = try Scratch() }

    @Test(arguments: ["inside.kv", "beside.kv", "protocol-5.kv"])
    func readsWhatGensimWrote(name: String) throws {
        let table = try GensimKeyedVectors(path: fixture("pickles/gensim/\(name)"))
        #expect(table.vectors.shape == [4, 3] && table.vectors.type == .float32)
        #expect(try table.vectors.floats() == rows)
        #expect(table.words.indices.map(table.word) == words)
        #expect(table.words.map { table.file.bytes(in: $0) } == words.map { Array($0.utf8) })
        #expect(table.vectors.path.hasSuffix(".npy") == (name == "beside.kv"))
    }

    @Test func readsOtherTypes() throws {
        let half = try GensimKeyedVectors(path: fixture("pickles/gensim/half.kv")).vectors
        #expect(half.type == .float16)
        #expect(try half.floats() == rows.map { Float(Float16($0)) })
        #expect(try GensimKeyedVectors(path: fixture("pickles/gensim/double.kv")).vectors.type == .float64)
    }

    @Test(arguments: [
        ("protocol-2.kv", "kept as text, as protocol 2 does"), ("fasttext.kv", "the vectors were left out"),
        ("version-2.npy", "no pickle of protocol 2"),
    ])
    func saysWhatItCannotRead(name: String, problem: String) throws {
        let error = #expect(throws: TensorFileError.self) { _ = try GensimKeyedVectors(path: fixture("pickles/gensim/\(name)")) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func namesTheFileThatIsMissingBeside() throws {
        let path = scratch.newPath()
        try FileManager.default.copyItem(atPath: fixture("pickles/gensim/beside.kv"), toPath: path)
        #expect(throws: TensorFileError.unreadable(file: path + ".vectors.npy", reason: "No such file or directory")) {
            _ = try GensimKeyedVectors(path: path)
        }
        try Data(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n", data: 8)).write(
            to: URL(fileURLWithPath: path + ".vectors.npy"))
        let error = #expect(throws: TensorFileError.self) { _ = try GensimKeyedVectors(path: path) }
        #expect(error?.description.contains("4 words have vectors of shape [2, 1]") == true)
    }

    @Test func refusesEveryTruncation() throws {
        for name in ["inside.kv", "protocol-5.kv"] {
            let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("pickles/gensim/\(name)")))
            for length in 0..<whole.count {
                let path = scratch.newPath()
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: TensorFileError.self) { _ = try GensimKeyedVectors(path: path) }
            }
        }
    }

    // MARK: numpy.save

    private func npy(_ header: String, version: [UInt8] = [1, 0], data: Int = 0) -> [UInt8] {
        let length = StoredArchive.field(header.utf8.count, version[0] == 1 ? 2 : 4)
        return [0x93] + Array("NUMPY".utf8) + version + length + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    @Test func readsNumPyFormats() throws {
        #expect(try NumPyFile(path: fixture("pickles/gensim/version-2.npy"), key: "x").tensor.floats() == rows)
        let path = scratch.newPath()
        let header = "{'shape': (), 'fortran_order': False, 'descr': '<f2'}"
        try Data(npy(header, version: [3, 0], data: 2)).write(to: URL(fileURLWithPath: path))
        let scalar = try NumPyFile(path: path, key: "x").tensor
        #expect(scalar.shape == [] && scalar.type == .float16)
        #expect(try NumPyFile(path: fixture("pickles/gensim/flags.npy"), key: "x").tensor.type == .boolean)
    }

    @Test(arguments: [("fortran.npy", "Fortran order"), ("big-endian.npy", "type \">f4\""), ("inside.kv", "not a file of numpy.save")])
    func refusesOtherFilesOfNumPy(name: String, problem: String) throws {
        let error = #expect(throws: TensorFileError.self) { _ = try NumPyFile(path: fixture("pickles/gensim/\(name)"), key: "x") }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 23, "23 bytes do not make shape [2, 3]"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 25, "25 bytes do not make"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 0, "do not make"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 0, "no size"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 0, "no size"),
        ("{'descr': '<f4', 'fortran_order': False, }", 0, "more or less"),
        ("{'descr': '<f4', 'descr': '<f4', }", 0, "key \"descr\""), ("{'x': '<f4', }", 0, "key \"x\""),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, "no '"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8, "type \"|O\""),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", 4, "no False"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + 1", 4, "more or less"), ("", 0, "no {"), ("{", 0, "no '"),
        ("{'descr", 0, "does not end"),
    ])
    func refusesHeadersThatDoNotFit(header: String, data: Int, problem: String) throws {
        let path = scratch.newPath()
        try Data(npy(header, data: data)).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: TensorFileError.self) { _ = try NumPyFile(path: path, key: "x") }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }
}
