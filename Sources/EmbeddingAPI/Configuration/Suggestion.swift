/// What someone may have meant who wrote a name that there is not.
enum Suggestion {
    /// "; did you mean server.port?", or nothing.
    ///
    /// - Parameter separator: between the parts of a name.
    static func text(for name: String, among names: [String], separator: Character) -> String {
        nearest(to: name, among: names, separator: separator).map { "; did you mean \($0)?" } ?? ""
    }

    /// The name with the fewest typing errors, or else one that ends alike: whoever errs in the group knows the rest.
    private static func nearest(to name: String, among names: [String], separator: Character) -> String? {
        // Nobody's typing error is so long, and comparing takes the product of the lengths.
        guard name.utf8.count <= 128 else { return nil }
        let distances = names.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
        let best = distances.min { $0.distance < $1.distance }
        if let best, best.distance <= max(1, name.utf8.count / 4) { return best.name }
        let end = name.split(separator: separator).last.map { "\(separator)\($0)" }
        return end.flatMap { end in names.first { $0.hasSuffix(end) } }
    }

    /// The number of bytes put in, left out, replaced, or swapped with their neighbours (optimal string alignment).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
