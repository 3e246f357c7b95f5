/// What a handler says of its request, for logs.
public struct RequestNotes: Sendable {
    public enum Value: Sendable, Equatable {
        case text(String)
        /// From 0.
        case number(Int)
        case texts([String])
    }

    /// In the order that they were said in.
    public private(set) var fields: [(name: StaticString, value: Value)] = []

    mutating func append(_ field: (StaticString, Value)) { fields.append(field) }
}
