import Foundation
import Tensors
import Testing

@Suite struct PickleDocumentTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func read(_ bytes: [UInt8]) throws -> PickleValue {
        let path = scratch.newPath()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try PickleDocument(MappedFile(path: path), range: 0..<bytes.count).root
    }

    private func refusal(of bytes: [UInt8]) throws -> String {
        let error = #expect(throws: TensorFileError.self) { _ = try read(bytes) }
        return error?.description ?? ""
    }

    /// Each would run something in Python.
    @Test(arguments: [
        ("cos\nsystem\n(X\u{2}\u{0}\u{0}\u{0}ls\u{0}tR.", "os.system"), ("cposix\nsystem\n.", "posix.system"),
        ("c__builtin__\neval\n(X\u{1}\u{0}\u{0}\u{0}1tR.", "__builtin__.eval"), ("cbuiltins\nexec\n.", "builtins.exec"),
        ("cbuiltins\ngetattr\n.", "builtins.getattr"), ("cbuiltins\n__import__\n.", "builtins.__import__"),
        ("csubprocess\nPopen\n.", "subprocess.Popen"), ("ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes"),
        ("ctorch.storage\nUntypedStorage\n.", "torch.storage.UntypedStorage"), ("ctorch\nload\n.", "torch.load"),
        ("cnumpy.core.multiarray\nfromfile\n.", "numpy.core.multiarray.fromfile"),
        ("ctorch.nn.modules.linear\nLinear\n.", "torch.nn.modules.linear.Linear"),
        ("ccollections\nOrderedDict.fromkeys\n.", "collections.OrderedDict.fromkeys"),
        ("ccollections OrderedDict\n\n.", "collections OrderedDict."),
    ])
    func refusesOtherGlobalsByName(operations: String, name: String) throws {
        let refusal = try refusal(of: PickleBytes(operations).bytes)
        #expect(refusal.contains("asks at byte 2 for \(name), which"), "\(refusal)")
    }

    @Test func refusesAGlobalWhoseNameIsPutTogether() throws {
        var pickle = PickleBytes()
        pickle.text("os")
        pickle.text("system")
        pickle.add([0x93] + Array(")R.".utf8))
        let refusal = try refusal(of: pickle.bytes)
        #expect(refusal.contains("asks at byte 20 for os.system"), "\(refusal)")
    }

    @Test(arguments: [
        ("S'a'\n.", "operation STRING is refused"), ("I1\n.", "operation INT"), ("ios\nsystem\n.", "operation INST"),
        ("(cos\n", "does not end"), ("o.", "operation OBJ"), ("P0\n.", "operation PERSID"), ("2.", "operation DUP"),
        ("\u{1}.", "byte 1, which is no operation"), ("", "1 bytes are needed, and 0 are left"), (".", "a value is missing"),
        ("NN.", "left over"), ("N(.", "a value is missing"), ("(N.", "left over"), ("N.N", "1 bytes follow the end"),
        ("t.", "no mark"), ("N(a.", "a value is missing"), ("Na.", "a value is missing"), ("NNa.", "to no list"),
        ("N(Ne.", "to no list"), ("}(Nu.", "key without a value"), ("NNNs.", "in no dictionary"), ("NNb.", "given a state"),
        ("N)R.", "no class is called"), ("ctorch\nFloatStorage\n)R.", "torch.FloatStorage is called"),
        ("ctorch\nSize\nNR.", "no tuple"), ("c__builtin__\nset\n)R.", "made of no list"), ("h\u{0}.", "memo 0 is empty"),
        ("Nj\u{0}\u{0}\u{0}\u{7F}.", "memo 2130706432 is empty"), ("Nr\u{0}\u{0}\u{0}\u{7F}.", "out of order"),
        ("X\u{7F}\u{7F}\u{7F}\u{7F}a.", "2139062143 bytes are needed, and 2 are left"),
        ("N}bNa.", "given a state"), ("c\u{7F}\n", "does not end"),
    ])
    func refusesWhatBreaksTheFormat(operations: String, problem: String) throws {
        let refusal = try refusal(of: PickleBytes(operations).bytes)
        #expect(refusal.contains(problem), "\(refusal)")
    }

    @Test(arguments: [
        ([0x28, 0x2E], "no pickle of protocol 2"), ([], "no pickle"), ([0x80], "no pickle"), ([0x80, 1, 0x4E, 0x2E], "protocol 1"),
        ([0x80, 6, 0x4E, 0x2E], "protocol 6"), ([0x80, 2, 0x80, 2, 0x4E, 0x2E], "protocol 2"),
        ([0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0, 0x4E, 0x2E], "frame of 9 bytes"),
        ([0x80, 4, 0x8D, 255, 255, 255, 255, 255, 255, 255, 255, 0x2E], "a length of 18446744073709551615"),
        ([0x80, 4, 0x8E, 255, 255, 255, 255, 255, 255, 255, 127, 0x2E], "9223372036854775807 bytes are needed"),
        ([0x80, 2, 0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x2E], "an integer of 9 bytes"),
        ([0x80, 2, 0x8B, 255, 255, 255, 255, 0x2E], "an integer of 4294967295 bytes"),
        ([0x80, 5, 0x97, 0x2E], "NEXT_BUFFER"), ([0x80, 4, 0x92, 0x2E], "NEWOBJ_EX"), ([0x80, 2, 0x82, 1, 0x2E], "EXT1"),
        ([0x80, 2, 0x4E, 0x85, 0x86, 0x2E], "a value is missing"), ([0x80, 4, 0x4E, 0x4E, 0x93, 0x2E], "without a name"),
    ] as [([UInt8], String)])
    func refusesLengthsAndVersions(bytes: [UInt8], problem: String) throws {
        let refusal = try refusal(of: bytes)
        #expect(refusal.contains(problem), "\(refusal)")
    }

    @Test func readsIntegersOfEveryWidth() throws {
        var pickle = PickleBytes("(")
        pickle.add([0x4B, 255, 0x4D, 255, 255, 0x4A, 255, 255, 255, 255, 0x8A, 0, 0x8A, 1, 0x80, 0x8A, 2, 0xFF, 0])
        pickle.integer(.min)
        pickle.integer(.max)
        pickle.add([0x47, 0xBF, 0xF8, 0, 0, 0, 0, 0, 0])
        pickle.add("t.")
        let values = try read(pickle.bytes).elements
        #expect(values.dropLast().map(\.integer) == [255, 65535, -1, 0, -128, 255, .min, .max])
        #expect(values.last?.double == -1.5 && values.last?.integer == nil)
    }

    /// Neither reading nor freeing may take a stack frame a level.
    @Test func nestsAsDeepAsTheBytesReach() throws {
        let depth = 300_000
        let open = [UInt8](repeating: 0x5D, count: depth)
        let close = [UInt8](repeating: 0x61, count: depth - 1)
        let root = try read([0x80, 2] + open + close + [0x2E])
        #expect(root.isList && root.elements.count == 1 && root.elements.first?.isList == true)
    }

    /// Lists of ten times the list before, thirty deep: 10^30 values if a use were a copy.
    @Test func aSharedValueIsKeptOnce() throws {
        var pickle = PickleBytes("]q\u{0}")
        for level in 0..<30 {
            pickle.add("](")
            for _ in 0..<10 { pickle.add([0x68, UInt8(level)]) }
            pickle.add("eq" + String(UnicodeScalar(UInt8(level + 1))))
        }
        // What remains on the stack goes.
        pickle.add(Array(repeating: 0x30, count: 31))
        pickle.add([0x68, 30, 0x2E])
        let root = try read(pickle.bytes)
        #expect(root.elements.count == 10 && root.elements.last?.elements.count == 10)
    }

    /// A set of a shared list, many times over, must not copy the list.
    @Test func aListInManySetsIsKeptOnce() throws {
        var pickle = PickleBytes("c__builtin__\nset\nq\u{0}](")
        pickle.add([UInt8](repeating: 0x4E, count: 100_000))
        pickle.add("e")
        pickle.add([0x85, 0x71, 1, 0x30, 0x28])
        for _ in 0..<100_000 { pickle.add([0x68, 0, 0x68, 1, 0x52]) }
        pickle.add("t.")
        #expect(throws: TensorFileError.self) { _ = try read(pickle.bytes) }  // the class is left over
        var right = pickle.bytes
        right.removeLast()
        right += [0x86, 0x2E]
        #expect(try read(right).elements.last?.elements.last?.elements.count == 100_000)
    }

    @Test func aValueMayContainItself() throws {
        let root = try read(PickleBytes("]q\u{0}h\u{0}a.").bytes)
        #expect(root.elements.first?.elements.first?.isList == true)
    }

    @Test func theLastEntryOfANameCounts() throws {
        var pickle = PickleBytes("}(")
        pickle.text("a")
        pickle.add("N")
        pickle.text("a")
        pickle.add([0x88, 0x75, 0x2E])
        #expect(try read(pickle.bytes)["a"]?.bool == true)
        #expect(try read(pickle.bytes)["b"] == nil)
    }

    @Test func textThatIsNotUTF8IsNoString() throws {
        let root = try read([0x80, 4, 0x8C, 2, 0xFF, 0x41, 0x2E])
        #expect(root.string == nil && root.stringRange == 4..<6)
    }
}
