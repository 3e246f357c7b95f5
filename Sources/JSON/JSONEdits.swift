/// Changes to the text of a JSON document. What they do not name stays as it is, byte for byte: the order of members, white
/// space, the spelling of numbers and strings.
///
/// What is added to an array or object goes behind its last child, spaced as that child is.
public struct JSONEdits: Sendable {
    private let storage: JSONStorage
    /// Bytes to put in the place of a range; ranges do not overlap, and those at one place come in the order they were added.
    private var replacements: [(range: Range<Int>, bytes: [UInt8])] = []
    /// Containers without children that something has been added to.
    private var filled: Set<Int> = []

    public init(_ document: JSONDocument) { storage = document.storage }

    /// Puts a value, given as JSON text, in the place of `value`, which must be of the same document.
    public mutating func replace(_ value: JSONValue, with text: [UInt8]) {
        replacements.append((storage.textRange(of: value.index), text))
    }

    /// Gives a member of `object` a value; the member is added if it is not there. No effect on other kinds of values.
    public mutating func set(_ key: String, of object: JSONValue, to text: [UInt8]) {
        if let value = object[key] {
            replace(value, with: text)
        } else {
            append([(key, text)], to: object)
        }
    }

    /// Adds members to `object`, whether or not it has some of those names. No effect on other kinds of values.
    public mutating func append(_ members: [(key: String, text: [UInt8])], to object: JSONValue) {
        guard object.kind == .object else { return }
        let last = object.members.reduce(nil) { _, member in member }
        let separator = last.map { storage.bytes(between: $0.key.index, and: $0.value.index) } ?? Array(": ".utf8)
        let texts = members.map { key, text in
            var name = JSONWriter()
            name.string(key)
            return name.bytes + separator + text
        }
        insert(texts, behind: last.map { ($0.key, $0.value) }, in: object)
    }

    /// Adds elements to `array`. No effect on other kinds of values.
    public mutating func append(_ elements: [[UInt8]], to array: JSONValue) {
        guard array.kind == .array else { return }
        insert(elements, behind: array.elements.reduce(nil) { _, element in (element, element) }, in: array)
    }

    /// - Parameter last: where the container's last child starts and ends.
    private mutating func insert(
        _ texts: [[UInt8]], behind last: (first: JSONValue, last: JSONValue)?, in container: JSONValue
    ) {
        let comma = [UInt8(ascii: ",")]
        if let last {
            let end = storage.textRange(of: last.last.index).upperBound
            let separator = comma + storage.whitespace(before: last.first.index)
            replacements.append((end..<end, texts.flatMap { separator + $0 }))
        } else if !texts.isEmpty {
            let start = storage.textRange(of: container.index).lowerBound + 1
            let separator = filled.insert(container.index).inserted ? [] : comma
            replacements.append((start..<start, separator + texts.joined(separator: comma)))
        }
    }

    /// The document with all changes.
    public func edited() -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(storage.bytes.count + replacements.reduce(0) { $0 + $1.bytes.count })
        var position = 0
        // Equal places keep their order.
        let ordered = replacements.enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }
        for (_, replacement) in ordered {
            result += storage.bytes[position..<max(position, replacement.range.lowerBound)]
            result += replacement.bytes
            position = max(position, replacement.range.upperBound)
        }
        return result + storage.bytes[position...]
    }
}

extension JSONStorage {
    /// Where a value stands in the text, its quotes included.
    fileprivate func textRange(of index: Int) -> Range<Int> {
        let range = range(index)
        return kind(index) == .string ? range.lowerBound - 1..<range.upperBound + 1 : range
    }

    fileprivate func bytes(between index: Int, and next: Int) -> [UInt8] {
        Array(bytes[textRange(of: index).upperBound..<textRange(of: next).lowerBound])
    }

    fileprivate func whitespace(before index: Int) -> [UInt8] {
        let start = textRange(of: index).lowerBound
        let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return Array(bytes[(bytes[..<start].lastIndex { !isSpace($0) } ?? -1) + 1..<start])
    }
}
