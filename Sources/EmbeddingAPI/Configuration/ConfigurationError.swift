/// Everything that is wrong with a configuration, each with the place that says it.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [String]

    /// A line for each problem.
    public var description: String { problems.joined(separator: "\n") }
}
