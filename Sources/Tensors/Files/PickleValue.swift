/// A value of a pickle.
public struct PickleValue: Sendable {
    let document: PickleDocument
    let index: Int32

    var node: PickleNode { document.nodes[Int(index)] }

    public var isNone: Bool {
        if case .none = node { true } else { false }
    }

    public var bool: Bool? {
        if case .bool(let value) = node { value } else { nil }
    }

    public var integer: Int? {
        if case .integer(let value) = node { value } else { nil }
    }

    /// A float, or an integer as one.
    public var double: Double? {
        switch node {
        case .float(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    /// Where the UTF-8 of a string lies in the file; it is not yet known to be valid.
    public var stringRange: Range<Int>? {
        if case .string(let range) = node { range } else { nil }
    }

    /// A string, if it is valid UTF-8.
    public var string: String? {
        stringRange.flatMap { range in document.file.withBytes(in: range) { String(validating: $0, as: UTF8.self) } }
    }

    /// Where the bytes of a `bytes` or `bytearray` lie in the file.
    public var bytesRange: Range<Int>? {
        if case .bytes(let range) = node { range } else { nil }
    }

    public var isList: Bool {
        if case .list = node { true } else { false }
    }

    public var isTuple: Bool {
        if case .tuple = node { true } else { false }
    }

    public var isDictionary: Bool {
        if case .dictionary = node { true } else { false }
    }

    /// What a list, a tuple or a set contains; empty for other values.
    public var elements: LazyMapCollection<[Int32], PickleValue> {
        let children: [Int32] =
            switch node {
            case .list(let container), .tuple(let container), .set(let container): document.containers[container]
            default: []
            }
        return children.lazy.map { [document] in PickleValue(document: document, index: $0) }
    }

    /// The entries of a dictionary in their order; empty for other values.
    public var members: LazyMapCollection<Range<Int>, (key: PickleValue, value: PickleValue)> {
        var children: [Int32] = []
        if case .dictionary(let container) = node { children = document.containers[container] }
        return (0..<children.count / 2).lazy.map { [document] in
            (
                PickleValue(document: document, index: children[2 * $0]),
                PickleValue(document: document, index: children[2 * $0 + 1])
            )
        }
    }

    /// The dictionary's value for a string, or the object's attribute of that name, such as those of an `argparse.Namespace`.
    public subscript(key: String) -> PickleValue? {
        if let state = object?.state { return state[entry: key] }
        return self[entry: key]
    }

    private subscript(entry key: String) -> PickleValue? {
        // The last one counts, as in Python.
        members.last { $0.key.equals(key) }?.value
    }

    private func equals(_ text: String) -> Bool {
        guard let range = stringRange, range.count == text.utf8.count else { return false }
        return document.file.withBytes(in: range) { $0.elementsEqual(text.utf8) }
    }

    var role: PickleGlobal.Role? {
        if case .global(let global) = node { PickleGlobal.allowed[global].role } else { nil }
    }

    var object: (role: PickleGlobal.Role, arguments: PickleValue, state: PickleValue?)? {
        guard case .object(let place) = node else { return nil }
        let object = document.objects[place]
        return (
            PickleGlobal.allowed[object.global].role, PickleValue(document: document, index: object.arguments),
            object.state.map { PickleValue(document: document, index: $0) }
        )
    }

    var persistentIdentifier: PickleValue? {
        if case .persistent(let identifier) = node { PickleValue(document: document, index: identifier) } else { nil }
    }

    /// The natural numbers in a tuple, a list or a `torch.Size`.
    var naturalNumbers: [Int]? {
        if let object, object.role == .object, object.arguments.elements.count == 1 {
            return object.arguments.elements[0].plainNaturalNumbers
        }
        return plainNaturalNumbers
    }

    private var plainNaturalNumbers: [Int]? {
        guard isTuple || isList else { return nil }
        // No tensor has more dimensions, and hostile ones are not copied.
        guard elements.count <= 64 else { return nil }
        var numbers: [Int] = []
        for element in elements {
            guard let number = element.integer, number >= 0 else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}
