/// What a pickle (Python's object format, protocols 2 to 5) holds, as data: nothing in it is executed.
///
/// Values lie in one array and refer to each other by their place in it, so that a value which the pickle uses many times is kept
/// once, memory is proportional to the bytes read, and neither reading nor freeing recurses. Strings and bytes stay in the mapped
/// file. A value may contain itself: whoever follows the values must know how far.
public final class PickleDocument: Sendable {
    public let file: MappedFile
    let nodes: [PickleNode]
    /// What lists, tuples and sets contain, and dictionaries: key, value, key, value, and so on.
    let containers: [[Int32]]
    let objects: [PickleObject]
    private let rootIndex: Int32

    /// - Parameter range: where the pickle lies in the file, which it must fill.
    /// - Throws: `TensorFileError.malformed` with the byte of the file, `.refusedGlobal`.
    public init(_ file: MappedFile, range: Range<Int>) throws(TensorFileError) {
        var interpreter = PickleInterpreter(path: file.path, start: range.lowerBound)
        rootIndex = try file.withBytes(in: range) { (bytes) throws(TensorFileError) in try interpreter.run(bytes) }
        self.file = file
        nodes = interpreter.nodes
        containers = interpreter.containers
        objects = interpreter.objects
    }

    public var root: PickleValue { PickleValue(document: self, index: rootIndex) }
}

/// A value; what it consists of is named by places in the document's arrays.
enum PickleNode: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    /// Bytes of the file that should be UTF-8.
    case string(Range<Int>)
    case bytes(Range<Int>)
    case list(Int)
    case tuple(Int)
    case set(Int)
    case dictionary(Int)
    case global(Int)
    case object(Int)
    /// What stands for something outside of the pickle, such as a storage.
    case persistent(Int32)
}

/// What a class or function was to be applied to, and what the result's state was to become.
struct PickleObject: Sendable {
    let global: Int
    let arguments: Int32
    var state: Int32?
}
