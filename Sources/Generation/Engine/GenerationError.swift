import Hypernetworks

/// Why tokens did not become rows.
public enum GenerationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// So much is waiting already that this would not be answered soon. What waits now will be done in about `retryAfter`.
    case queueFull(maximumRows: Int, retryAfter: Duration)
    /// Nobody waits for the answer any more.
    case cancelled
    /// The moment by which the caller wanted its rows has passed.
    case deadlineExceeded
    /// A method without training cannot make a row as it was asked to.
    case method(TrainingFreeError)
    /// A row, counted from 0, cannot be mixed of the base's.
    case unmixable(row: Int, MixtureError)
    /// A row, counted from 0, has NaN or infinity.
    case notFinite(row: Int)
    /// What was asked for, of finite rows of the base, comes to numbers that float32 does not have.
    case overflow(row: Int)

    /// Why a request is not worth any more work; nil if it is.
    public init?(at now: ContinuousClock.Instant, deadline: ContinuousClock.Instant?, isCancelled: Bool) {
        if isCancelled {
            self = .cancelled
        } else if let deadline, deadline <= now {
            self = .deadlineExceeded
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .queueFull(let maximumRows, _): "the queue is full: at most \(maximumRows) source pieces may wait at once"
        case .cancelled: "the request was cancelled"
        case .deadlineExceeded: "the rows were not ready in the time that the request allows"
        case .method(let error): "\(error)"
        case .unmixable(let row, let error): "row \(row) cannot be mixed: \(error)"
        case .notFinite(let row): "row \(row) has NaN or infinity"
        case .overflow(let row): "row \(row) has numbers that are too large for float32"
        }
    }
}
