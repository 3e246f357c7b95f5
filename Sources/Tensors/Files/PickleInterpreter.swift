/// The stack machine that a pickle is a program for.
///
/// Every operation takes at least a byte, makes at most one value and moves what it takes from the stack, so that all that is
/// kept is proportional to the input.
struct PickleInterpreter {
    private(set) var nodes: [PickleNode] = []
    private(set) var containers: [[Int32]] = []
    private(set) var objects: [PickleObject] = []
    private var stack: [Int32] = []
    /// How high the stack was at each mark that is still open.
    private var marks: [Int] = []
    /// -1 where nothing was put.
    private var memo: [Int32] = []
    private let path: String
    /// Where the pickle starts in the file.
    private let start: Int
    private var position = 0
    /// Where the operation that is being done starts.
    private var operation = 0

    init(path: String, start: Int) {
        self.path = path
        self.start = start
    }

    /// Runs the whole program.
    ///
    /// - Returns: the place of its result in `nodes`.
    /// - Throws: `TensorFileError.malformed`, `.refusedGlobal`.
    mutating func run(_ bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> Int32 {
        guard bytes.count >= 2, bytes[0] == PickleOpcode.proto.rawValue else {
            throw malformed("no pickle of protocol 2 or later")
        }
        while true {
            operation = position
            let code = try UInt8(truncatingIfNeeded: integer(1, in: bytes))
            guard let opcode = PickleOpcode(rawValue: code) else {
                let name = PickleOpcode.refusedNames[code].map { "operation \($0)" } ?? "byte \(code), which is no operation,"
                throw malformed("\(name) is refused")
            }
            if opcode == .stop { break }
            try perform(opcode, in: bytes)
        }
        let result = try pop()
        guard stack.isEmpty, marks.isEmpty else { throw malformed("values are left over at the end") }
        guard position == bytes.count else { throw malformed("\(bytes.count - position) bytes follow the end") }
        return result
    }

    private mutating func perform(_ opcode: PickleOpcode, in bytes: UnsafeRawBufferPointer) throws(TensorFileError) {
        switch opcode {
        case .proto:
            let version = try integer(1, in: bytes)
            guard (2...5).contains(version), operation == 0 else { throw malformed("protocol \(version) is refused") }
        case .frame:
            let length = try length(8, in: bytes)
            guard length <= bytes.count - position else { throw malformed("a frame of \(length) bytes reaches beyond the end") }
        case .stop: break
        case .mark: marks.append(stack.count)
        case .pop:
            // As Python has it: a mark at the top counts as a value here.
            if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()

        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .integer1: try push(.integer(Int(integer(1, in: bytes))))
        case .integer2: try push(.integer(Int(integer(2, in: bytes))))
        case .integer4: try push(.integer(Int(Int32(truncatingIfNeeded: integer(4, in: bytes)))))
        case .long1: try pushLong(byteCount: length(1, in: bytes), in: bytes)
        case .long4: try pushLong(byteCount: length(4, in: bytes), in: bytes)
        case .float: try push(.float(Double(bitPattern: integer(8, in: bytes).byteSwapped)))
        case .string1: try push(.string(inFile(take(length(1, in: bytes), in: bytes))))
        case .string4: try push(.string(inFile(take(length(4, in: bytes), in: bytes))))
        case .string8: try push(.string(inFile(take(length(8, in: bytes), in: bytes))))
        case .bytes1: try push(.bytes(inFile(take(length(1, in: bytes), in: bytes))))
        case .bytes4: try push(.bytes(inFile(take(length(4, in: bytes), in: bytes))))
        case .bytes8, .byteArray8: try push(.bytes(inFile(take(length(8, in: bytes), in: bytes))))

        case .emptyTuple: try push(.tuple(container([])))
        case .tuple1: try pushTuple(count: 1)
        case .tuple2: try pushTuple(count: 2)
        case .tuple3: try pushTuple(count: 3)
        case .tuple: try push(.tuple(container(popToMark())))
        case .emptyList: try push(.list(container([])))
        case .append: try append([pop()], toListOn: top())
        case .appends: try append(popToMark(), toListOn: top())
        case .emptyDictionary: try push(.dictionary(container([])))
        case .setItem:
            let value = try pop()
            try set([pop(), value], inDictionaryOn: top())
        case .setItems: try set(popToMark(), inDictionaryOn: top())
        case .emptySet: try push(.set(container([])))
        case .addItems:
            let items = try popToMark()
            guard case .set(let container) = nodes[Int(try top())] else { throw malformed("items are added to no set") }
            containers[container] += items
        case .frozenSet: try push(.set(container(popToMark())))

        case .global:
            let module = try line(in: bytes)
            try pushGlobal(module: module, name: line(in: bytes))
        case .stackGlobal:
            let name = try popText(in: bytes)
            try pushGlobal(module: popText(in: bytes), name: name)
        case .reduce, .newObject:
            let arguments = try pop()
            try pushObject(of: pop(), arguments: arguments)
        case .build:
            let state = try pop()
            try build(top(), state: state)
        case .persistentIdentifier: try push(.persistent(pop()))

        case .put1: try put(top(), at: Int(integer(1, in: bytes)))
        case .put4: try put(top(), at: Int(integer(4, in: bytes)))
        case .memoize: try put(top(), at: memo.count)
        case .get1: try get(Int(integer(1, in: bytes)))
        case .get4: try get(Int(integer(4, in: bytes)))
        }
    }

    // MARK: Input

    /// The next `count` bytes, as a range of the pickle.
    private mutating func take(_ count: Int, in bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> Range<Int> {
        guard count <= bytes.count - position else {
            throw malformed("\(count) bytes are needed, and \(bytes.count - position) are left")
        }
        position += count
        return position - count..<position
    }

    /// A little-endian integer of `width` bytes, without sign.
    private mutating func integer(_ width: Int, in bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> UInt64 {
        var value: UInt64 = 0
        for index in try take(width, in: bytes).reversed() { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    private mutating func length(_ width: Int, in bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> Int {
        let length = try integer(width, in: bytes)
        guard let length = Int(exactly: length) else { throw malformed("a length of \(length) bytes") }
        return length
    }

    /// The text up to the next line feed.
    private mutating func line(in bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> String {
        guard let end = bytes[position...].prefix(Self.longestName + 1).firstIndex(of: 0x0A) else {
            throw malformed("the name of a global does not end")
        }
        let range = position..<end
        position = end + 1
        return try text(range, in: bytes)
    }

    private mutating func popText(in bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> String {
        guard case .string(let range) = nodes[Int(try pop())], range.count <= Self.longestName else {
            throw malformed("a global without a name")
        }
        return try text(range.lowerBound - start..<range.upperBound - start, in: bytes)
    }

    private func text(_ range: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(TensorFileError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw malformed("a name that is not UTF-8") }
        return text
    }

    private static let longestName = 1000

    private func inFile(_ range: Range<Int>) -> Range<Int> { start + range.lowerBound..<start + range.upperBound }

    private func malformed(_ problem: String) -> TensorFileError {
        .malformed(file: path, problem: "pickle: \(problem)", byteOffset: start + operation)
    }

    // MARK: Stack

    private mutating func push(_ node: PickleNode) throws(TensorFileError) {
        guard let index = Int32(exactly: nodes.count) else { throw malformed("too many values") }
        nodes.append(node)
        stack.append(index)
    }

    private mutating func container(_ children: [Int32]) -> Int {
        containers.append(children)
        return containers.count - 1
    }

    private func top() throws(TensorFileError) -> Int32 {
        guard let top = stack.last, stack.count > marks.last ?? 0 else { throw malformed("a value is missing") }
        return top
    }

    private mutating func pop() throws(TensorFileError) -> Int32 {
        let top = try top()
        stack.removeLast()
        return top
    }

    private mutating func popToMark() throws(TensorFileError) -> [Int32] {
        guard let mark = marks.popLast() else { throw malformed("no mark") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func put(_ value: Int32, at index: Int) throws(TensorFileError) {
        // Python numbers its puts: none is ahead of the bytes that were read.
        guard index <= position else { throw malformed("memo \(index) is out of order") }
        if index < memo.count {
            memo[index] = value
        } else {
            memo.append(contentsOf: repeatElement(-1, count: index - memo.count))
            memo.append(value)
        }
    }

    private mutating func get(_ index: Int) throws(TensorFileError) {
        guard index < memo.count, memo[index] >= 0 else { throw malformed("memo \(index) is empty") }
        stack.append(memo[index])
    }

    // MARK: Values

    private mutating func pushLong(byteCount: Int, in bytes: UnsafeRawBufferPointer) throws(TensorFileError) {
        guard byteCount <= 8 else { throw malformed("an integer of \(byteCount) bytes is too large") }
        let unused = 64 - 8 * byteCount
        let value = try integer(byteCount, in: bytes)
        try push(.integer(byteCount == 0 ? 0 : Int(Int64(bitPattern: value << UInt64(unused)) >> Int64(unused))))
    }

    private mutating func pushTuple(count: Int) throws(TensorFileError) {
        guard stack.count - (marks.last ?? 0) >= count else { throw malformed("a value is missing") }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        try push(.tuple(container(values)))
    }

    private mutating func append(_ values: [Int32], toListOn top: Int32) throws(TensorFileError) {
        guard case .list(let container) = nodes[Int(top)] else { throw malformed("values are appended to no list") }
        containers[container] += values
    }

    private mutating func set(_ items: [Int32], inDictionaryOn top: Int32) throws(TensorFileError) {
        guard case .dictionary(let container) = nodes[Int(top)] else { throw malformed("items are set in no dictionary") }
        guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
        containers[container] += items
    }

    private mutating func pushGlobal(module: String, name: String) throws(TensorFileError) {
        guard let index = PickleGlobal.index(module: module, name: name) else {
            throw .refusedGlobal(file: path, module: module, name: name, byteOffset: start + operation)
        }
        try push(.global(index))
    }

    private mutating func pushObject(of callee: Int32, arguments: Int32) throws(TensorFileError) {
        guard case .global(let global) = nodes[Int(callee)] else { throw malformed("a value that is no class is called") }
        guard case .tuple(let container) = nodes[Int(arguments)] else { throw malformed("the arguments are no tuple") }
        let values = containers[container]
        switch PickleGlobal.allowed[global].role {
        case .dictionary:
            // The one argument is what a `defaultdict` makes its values with.
            let isFactory = values.count == 1 && isGlobalOrNone(values[0])
            guard values.isEmpty || isFactory else { throw malformed("a dictionary is made of something else") }
            try push(.dictionary(self.container([])))
        case .set:
            // The set shares what the list contains: a copy for every use of the list could take any amount of memory.
            guard values.count == 1, case .list(let items) = nodes[Int(values[0])] else {
                throw malformed("a set is made of no list")
            }
            try push(.set(items))
        case .tensor, .parameter, .array, .arrayBuffer, .arrayType, .keyedVectors, .object:
            objects.append(PickleObject(global: global, arguments: arguments, state: nil))
            try push(.object(objects.count - 1))
        case .storage, .name:
            let global = PickleGlobal.allowed[global]
            throw malformed("\(global.module).\(global.name) is called")
        }
    }

    private func isGlobalOrNone(_ value: Int32) -> Bool {
        switch nodes[Int(value)] {
        case .global, .none: true
        default: false
        }
    }

    private mutating func build(_ top: Int32, state: Int32) throws(TensorFileError) {
        switch nodes[Int(top)] {
        case .object(let object): objects[object].state = state
        // Attributes of a dictionary, such as the versions in a module's state, are no entries.
        case .dictionary: break
        default: throw malformed("a value that is no object is given a state")
        }
    }
}
