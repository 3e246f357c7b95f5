/// A byte trie from vocabulary entries to ids: exact look-ups, and every entry that begins at a place, in one walk.
///
/// Children are found in one open-addressing hash table over (node, byte), which costs about 20 bytes for each node and one
/// probe for each byte of a walk, however large the vocabulary.
struct VocabularyTrie: Sendable {
    typealias Node = Int

    static let root: Node = 0
    private static let noID: Int32 = -1

    /// (node + 1) << 8 | byte; 0 is an empty slot.
    private var edges: [UInt64]
    private var children: [Int32]
    private var ids: [Int32] = [noID]
    private var edgeCount = 0

    init() {
        edges = [UInt64](repeating: 0, count: 1024)
        children = [Int32](repeating: 0, count: 1024)
    }

    /// Adds an entry, or gives an entry that is there already another id.
    mutating func insert(_ entry: some Sequence<UInt8>, id: Int) {
        var node = Self.root
        for byte in entry { node = child(of: node, byte) ?? addChild(of: node, byte) }
        ids[node] = Int32(id)
    }

    /// The node that `byte` leads to, if any entry goes on that way.
    func child(of node: Node, _ byte: UInt8) -> Node? {
        let edge = Self.edge(node, byte)
        let mask = edges.count - 1
        var slot = Self.hash(edge) & mask
        while edges[slot] != 0 {
            if edges[slot] == edge { return Int(children[slot]) }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The node that `bytes` lead to from `node`.
    func descend(from node: Node = root, _ bytes: some Sequence<UInt8>) -> Node? {
        var current = node
        for byte in bytes {
            guard let next = child(of: current, byte) else { return nil }
            current = next
        }
        return current
    }

    /// Finds every entry that begins at `start`, the shortest first.
    ///
    /// - Parameter node: where the walk begins; not the root where entries have something before the text.
    func forEachEntry(in text: [UInt8], from start: Int, after node: Node = root, _ found: (_ id: Int, _ end: Int) -> Void) {
        var node = node
        var end = start
        while end < text.count, let next = child(of: node, text[end]) {
            node = next
            end += 1
            if let id = id(at: node) { found(id, end) }
        }
    }

    /// The id of the entry that ends at `node`, if one does.
    func id(at node: Node) -> Int? {
        ids[node] == Self.noID ? nil : Int(ids[node])
    }

    func id(of entry: some Sequence<UInt8>) -> Int? {
        descend(entry).flatMap(id(at:))
    }

    private mutating func addChild(of node: Node, _ byte: UInt8) -> Node {
        if (edgeCount + 1) * 2 > edges.count { grow() }
        ids.append(Self.noID)
        let child = ids.count - 1
        place(Self.edge(node, byte), Int32(child))
        edgeCount += 1
        return child
    }

    private mutating func grow() {
        let (oldEdges, oldChildren) = (edges, children)
        edges = [UInt64](repeating: 0, count: oldEdges.count * 2)
        children = [Int32](repeating: 0, count: oldEdges.count * 2)
        for (edge, child) in zip(oldEdges, oldChildren) where edge != 0 { place(edge, child) }
    }

    private mutating func place(_ edge: UInt64, _ child: Int32) {
        let mask = edges.count - 1
        var slot = Self.hash(edge) & mask
        while edges[slot] != 0 { slot = (slot + 1) & mask }
        edges[slot] = edge
        children[slot] = child
    }

    private static func edge(_ node: Node, _ byte: UInt8) -> UInt64 { UInt64(node + 1) << 8 | UInt64(byte) }

    /// Fibonacci hashing: the product's upper half depends on every bit of the edge.
    private static func hash(_ edge: UInt64) -> Int { Int(truncatingIfNeeded: (edge &* 0x9E37_79B9_7F4A_7C15) >> 32) }
}
